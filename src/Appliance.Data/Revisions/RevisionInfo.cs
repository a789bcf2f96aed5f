namespace Appliance.Data.Revisions;

/// <summary>What a writer says about a revision.</summary>
/// <param name="Author">Who.</param>
/// <param name="Comment">Why; may be empty.</param>
/// <param name="Origin">How: edit, apply, demo.</param>
/// <param name="From">Where from: an address, or <c>local</c>.</param>
public sealed record RevisionInfo(string Author, string Comment, string Origin, string From = "local");
