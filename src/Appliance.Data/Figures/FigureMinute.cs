namespace Appliance.Data.Figures;

/// <summary>What was carried in a minute, or in a part of it.</summary>
/// <param name="Minute">The minute: how many have passed since 1970, UTC.</param>
/// <param name="Points">By item; the whole proxy is always among them, others when they carried something.</param>
public sealed record FigureMinute(long Minute, IReadOnlyList<KeyValuePair<FigureItem, FigurePoint>> Points);
