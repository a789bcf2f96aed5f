using System.Text;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.Routing;

/// <summary>Puts an upstream path in the place of a location without losing a byte of what stands behind it.</summary>
internal static class RawRest
{
    private const string Slashes = "/\\";

    /// <summary>
    /// The target: <paramref name="upstreamPath"/>, and of the raw target everything behind the bytes that decode to
    /// <paramref name="location"/>, query and all, without a fragment. Rules:
    /// <list type="number">
    /// <item>Where the client's path enters the location for the last time (after dots and double slashes), there it is cut.</item>
    /// <item>Where location or rest has a slash at the border, one slash stands there, neither two nor none.</item>
    /// <item>A rest with dot segments is sent with them resolved as for the choice of the route, every remaining byte as it was
    /// written.</item>
    /// <item>A rest that some server could still read as a way up (<c>..\</c>, <c>..;</c>) is not sent: null.</item>
    /// </list>
    /// </summary>
    public static string? Join(RequestPath path, string location, string upstreamPath)
    {
        var raw = path.RawPathAndQuery;
        var end = raw.AsSpan().IndexOfAny('?', '#');
        if (end < 0)
            end = raw.Length;
        var starts = new int[end + 1];
        if (RequestPath.Normalize(raw[..end], starts) is not { } normalized || normalized.Length < location.Length)
            return null;
        var cut = location.Length == 0 ? 0 : starts[location.Length - 1] + LengthAt(raw, starts[location.Length - 1], end);
        var rest = raw[cut..end];
        if (HasDotSegment(rest))
        {
            rest = Written(raw, starts.AsSpan(location.Length, normalized.Length - location.Length), end);
            if (HasDotSegment(rest))
                return null;
        }

        var hasBorder = location.EndsWith('/') || rest.StartsWith('/');
        var joined = hasBorder ? $"{upstreamPath.TrimEnd('/')}/{rest.TrimStart('/')}" : upstreamPath + rest;

        // The query goes on as it came. A fragment is cut, as for the choice of the route: to a server that takes # for a byte like
        // another, what stands behind it would be a path that nothing here has judged.
        return RequestPath.Escaped(path.HasQuery ? $"{joined}?{path.Query}" : joined);
    }

    /// <summary>
    /// True where a location without a slash at its end (<c>/api</c>) would, with an upstream path that has one (<c>/v2/</c>), turn
    /// <c>/api../x</c> into <c>/v2/../x</c>. nginx sends that.
    /// </summary>
    public static bool ClimbsAtTheBorder(string normalized, string location, string upstreamPath) =>
        upstreamPath.EndsWith('/')
        && !location.EndsWith('/')
        && normalized.AsSpan(Math.Min(location.Length, normalized.Length)) is ['.', ..] rest
        && IsDots(rest.IndexOf('/') is >= 0 and var slash ? rest[..slash] : rest);

    // As they were written: the bytes that the normalised rest was made of.
    private static string Written(string raw, ReadOnlySpan<int> starts, int end)
    {
        var text = new StringBuilder(starts.Length * 2);
        foreach (var start in starts)
            text.Append(raw, start, LengthAt(raw, start, end));
        return text.ToString();
    }

    private static int LengthAt(string raw, int at, int end) =>
        raw[at] == '%' && at + 2 < end && char.IsAsciiHexDigit(raw[at + 1]) && char.IsAsciiHexDigit(raw[at + 2]) ? 3 : 1;

    // In the eyes of any server: an encoded slash may be one, a backslash, too, and what a segment has behind a semicolon may be dropped.
    internal static bool HasDotSegment(string rest)
    {
        var decoded = BytesText.Unescaped(rest).AsSpan();
        foreach (var range in decoded.SplitAny(Slashes))
        {
            var segment = decoded[range];
            if (IsDots(segment.IndexOf(';') is >= 0 and var parameters ? segment[..parameters] : segment))
                return true;
        }

        return false;
    }

    private static bool IsDots(ReadOnlySpan<char> segment) => segment is "." or "..";
}
