namespace Appliance.Proxy.Variables;

/// <summary>
/// A regular expression ran out of time on a request. Nobody knows what it would have said, so the request is answered 500: taken for "no
/// match" it would open what the expression closes.
/// </summary>
public sealed class RegexOutOfTimeException(string pattern, Exception cause) : Exception("A regular expression ran out of time.", cause)
{
    /// <summary>
    /// Where it stands, as people find it: <c>path</c>, <c>host</c>, <c>condition on header X-Kind</c>, <c>row 2 of $kind</c>.
    /// </summary>
    public string Place { get; private set; } = "a regular expression";

    /// <summary>The expression as it was written.</summary>
    public string Pattern { get; private set; } = pattern;

    /// <summary>The routes that it keeps from being chosen; empty: the one that was chosen.</summary>
    public IReadOnlyList<Guid> Routes { get; private set; } = [];

    /// <summary>Says where it stands and for which routes it was asked.</summary>
    public void StandsIn(string place, string pattern, IReadOnlyList<Guid> routes)
    {
        (Place, Pattern) = (place, pattern);
        Routes = routes;
    }
}
