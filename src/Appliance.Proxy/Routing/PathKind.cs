namespace Appliance.Proxy.Routing;

/// <summary>How a route's path is compared, with nginx's location modifier in brackets.</summary>
public enum PathKind
{
    /// <summary>Plain string prefix; the longest wins (no modifier). <c>/foo</c> also matches <c>/foobar</c>.</summary>
    Prefix,

    /// <summary>The whole path (<c>=</c>); ends the search immediately.</summary>
    Exact,

    /// <summary>Prefix that, when it is the longest, keeps regexes from being tried (<c>^~</c>).</summary>
    PrefixNoRegex,

    /// <summary>Case-sensitive regular expression, unanchored (<c>~</c>); the first in route order wins.</summary>
    Regex,

    /// <summary>Regular expression that ignores case (<c>~*</c>).</summary>
    RegexIgnoreCase,
}
