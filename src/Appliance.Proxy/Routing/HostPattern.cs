using System.Globalization;
using System.Text;

namespace Appliance.Proxy.Routing;

/// <summary>The spellings of a host in a route (ngx_http_core_module, server_name).</summary>
public static class HostPattern
{
    private static readonly IdnMapping _idn = new();

    /// <summary>
    /// Lower case, without a trailing dot, and as clients send it: names of other scripts in ASCII (RFC 5890), <c>bücher.example</c> as
    /// <c>xn--bcher-kva.example</c>. A regex (<c>~</c>) stays as it is: <c>\D</c> and <c>\d</c> are opposites.
    /// </summary>
    public static string Normalize(string host)
    {
        if (host.StartsWith('~'))
            return host;
        var lower = WithPlainDots(host).ToLowerInvariant();
        var name = lower.Length > 1 && lower.EndsWith('.') ? lower[..^1] : lower;
        return Ascii.IsValid(name) ? name : string.Join('.', name.Split('.').Select(InAscii));
    }

    /// <summary>What is wrong with a pattern that is not a regex, as a sentence, or null.</summary>
    public static string? Fault(string host)
    {
        if (host.Length == 0)
            return "The host is empty; leave the list empty for every host.";
        if (host.Contains("://", StringComparison.Ordinal))
            return $"\"{host}\" is a URL; write only the host name.";
        if (host.Contains('/', StringComparison.Ordinal))
            return $"\"{host}\" has a path; write the host here and the path in the path field.";
        if (host.Contains(',', StringComparison.Ordinal))
            return $"\"{host}\" has a comma; separate hosts by spaces or lines, or write a dot.";
        host = WithPlainDots(host);
        if (host.Contains("..", StringComparison.Ordinal))
            return $"\"{host}\" has two dots behind one another; remove one.";
        var name = host.StartsWith('.') ? host[1..] : host;
        if (host.StartsWith("*.", StringComparison.Ordinal))
            name = name[2..];
        else if (name.EndsWith(".*", StringComparison.Ordinal))
            name = name[..^2];
        if (name.Contains('*', StringComparison.Ordinal) || name.Length == 0)
            return $"\"{host}\": invalid wildcard; a * stands alone at the start or the end, as in *.example.com or example.*.";
        if (name.StartsWith('[') && name.EndsWith(']') && System.Net.IPAddress.TryParse(name, out _))
            return null;
        if (name.Contains(':', StringComparison.Ordinal))
            return $"\"{host}\" has a port; the port of a request is ignored, write only the host name.";
        if (name.Any(character => !(char.IsAsciiLetterOrDigit(character) || character is '-' or '.' or '_') && character < 0x80))
            return $"\"{host}\" is not a host name.";
        return name.Length > 253 || !Ascii.IsValid(Normalize(name)) ? $"\"{host}\" is not a host name." : null;
    }

    // What separates the parts of a name as it is typed in East Asia (RFC 3490, 3.1).
    private static string WithPlainDots(string host) =>
        Ascii.IsValid(host) ? host : host.Replace('\u3002', '.').Replace('\uff0e', '.').Replace('\uff61', '.');

    // A part that is no name in any script stays as it is: no client can ask for it.
    private static string InAscii(string label)
    {
        try
        {
            return Ascii.IsValid(label) ? label : _idn.GetAscii(label);
        }
        catch (ArgumentException)
        {
            return label;
        }
    }
}
