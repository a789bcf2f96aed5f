namespace Appliance.Proxy.Traffic;

/// <summary>The regular expression that ran out of time last on a route; each time a request was answered 500.</summary>
/// <param name="Place">Where it stands: <c>path</c>, <c>host</c>, <c>condition on X-Kind</c>, <c>row 2 of $kind</c>.</param>
/// <param name="Pattern">The expression as it was written.</param>
/// <param name="Count">How often it ran out of time since the start.</param>
/// <param name="LastAt">When it did last, UTC.</param>
public sealed record SlowRegex(string Place, string Pattern, long Count, DateTimeOffset LastAt);
