using Appliance.Data.Rights;

namespace Appliance.Data.Revisions;

/// <summary>The author, the comment and the origin of a revision.</summary>
/// <param name="Actor">Who, from where, and what they may do.</param>
/// <param name="Comment">Why; may be empty.</param>
/// <param name="Origin">How: console, apply, demo.</param>
public sealed record RevisionInfo(Actor Actor, string Comment, string Origin);
