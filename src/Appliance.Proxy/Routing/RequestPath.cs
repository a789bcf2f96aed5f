namespace Appliance.Proxy.Routing;

/// <summary>A request target taken apart: the raw text, and nginx's normalised path made from it.</summary>
public sealed class RequestPath
{
    private RequestPath()
    {
    }

    /// <summary>
    /// Normalises as nginx does: percent-decoded, <c>.</c> and <c>..</c> resolved, adjacent slashes merged; a fragment is cut. Null when nginx would answer
    /// 400 (a bad escape, above the root, NUL). Absolute-form targets keep their path; <c>*</c> is <c>*</c>.
    /// </summary>
    public static RequestPath? TryParse(string rawTarget) => throw new NotImplementedException();

    /// <summary>The normalised path, one char per byte (Latin-1), which is what locations are compared with (<c>$uri</c>).</summary>
    public string Normalized => throw new NotImplementedException();

    /// <summary>The raw path and query (origin-form), byte for byte as sent.</summary>
    public string RawPathAndQuery => throw new NotImplementedException();

    /// <summary>The raw query without <c>?</c> (<c>$args</c>), or empty.</summary>
    public string Query => throw new NotImplementedException();

    /// <summary>True when the target had a <c>?</c>, even with nothing behind it.</summary>
    public bool HasQuery => throw new NotImplementedException();

    /// <summary>The first argument of that name, as it came (not decoded, as nginx's <c>$arg_</c>), or null. Argument names ignore case in <c>$arg_</c>.</summary>
    public string? Argument(ReadOnlySpan<char> name) => throw new NotImplementedException();

    /// <summary>
    /// The target for the upstream when the route has an upstream path: the piece of the normalised path that equals <paramref name="location"/> replaced by
    /// <paramref name="upstreamPath"/>, re-escaped as nginx does it, query appended.
    /// </summary>
    public string Replace(string location, string upstreamPath) => throw new NotImplementedException();
}
