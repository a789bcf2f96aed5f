namespace Appliance.Data.Revisions;

/// <summary>What became of one item of the config since it was made.</summary>
/// <param name="Created">The revision that made it.</param>
/// <param name="LastChanged">The newest revision that changed, moved or removed it; the first one while there is no other.</param>
/// <param name="Revisions">How many revisions wrote it.</param>
public sealed record ItemLife(RevisionRow Created, RevisionRow LastChanged, int Revisions);
