namespace Appliance.Web.Control;

/// <summary>Keep header values of a route, or forget them.</summary>
/// <param name="Route">The route's name.</param>
/// <param name="During">For how long; null: stop, and forget what was kept.</param>
/// <param name="Author">Who asks.</param>
public sealed record HeaderRequest(string Route, TimeSpan? During, string Author);

/// <summary>What came of it.</summary>
/// <param name="ExitCode">For the command.</param>
/// <param name="Summary">What was done, or why it was not, as a sentence.</param>
/// <param name="UntilUtc">Until when values are kept; null: they are not.</param>
public sealed record HeaderAnswer(int ExitCode, string Summary, DateTime? UntilUtc);
