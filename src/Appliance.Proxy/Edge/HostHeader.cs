using System.Text;

namespace Appliance.Proxy.Edge;

/// <summary>
/// Which Host headers can go on to a server: the server under us lets some through that are no host (RFC 9112, 3.2), and that HttpClient
/// refuses to send.
/// </summary>
internal static class HostHeader
{
    private const int MostPort = 65535;
    private const int LongestOfTheUsual = 200;

    /// <summary>The same for the bytes of a Host header.</summary>
    public static bool CanGoOn(ReadOnlySpan<byte> host)
    {
        if (host.Length > LongestOfTheUsual)
            return CanGoOn(Encoding.Latin1.GetString(host));
        Span<char> chars = stackalloc char[LongestOfTheUsual];
        chars = chars[..Encoding.Latin1.GetChars(host, chars)];
        return IsUsual(chars) || CanGoOn(new string(chars));
    }

    /// <summary>
    /// False for <c>a..b</c>, <c>.a</c>, <c>a:99999</c> and their kin; nginx answers 400 to most of them, too. True for none at all.
    /// </summary>
    public static bool CanGoOn(string host)
    {
        if (host.Length <= LongestOfTheUsual && IsUsual(host))
            return true;

        // A host that ends before its end, and letters that are no host before somebody has translated them.
        if (host.AsSpan().ContainsAny("/?#\\@") || !Ascii.IsValid(host))
            return false;

        // As HttpClient asks (HttpRuleParser): what it would not take is refused before a server is chosen for it.
        return Uri.TryCreate($"http://u@{host}/", UriKind.Absolute, out _);
    }

    // Letters, digits, hyphens and single dots, perhaps with a port: every host of every day, without an allocation.
    private static bool IsUsual(ReadOnlySpan<char> host)
    {
        if (host.IsEmpty)
            return true;
        if (host.LastIndexOf(':') is >= 0 and var colon)
        {
            if (
                !int.TryParse(
                    host[(colon + 1)..],
                    System.Globalization.NumberStyles.None,
                    System.Globalization.CultureInfo.InvariantCulture,
                    out var port
                )
                || port > MostPort
            )
                return false;
            host = host[..colon];
        }

        var dot = true;
        foreach (var letter in host)
        {
            if (letter == '.' ? dot : !char.IsAsciiLetterOrDigit(letter) && letter != '-')
                return false;
            dot = letter == '.';
        }

        return !host.IsEmpty;
    }
}
