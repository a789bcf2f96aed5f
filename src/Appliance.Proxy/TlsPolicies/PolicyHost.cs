using System.Globalization;
using Appliance.Proxy.Routing;

namespace Appliance.Proxy.TlsPolicies;

/// <summary>One spelling for a name, wherever it comes from: the config, the handshake, the request.</summary>
public static class PolicyHost
{
    private static readonly IdnMapping _idn = new();

    /// <summary>
    /// Lower case, without a trailing dot, and as ASCII (RFC 5890). The framework hands over the name of a handshake in letters:
    /// <c>bücher.example</c> for <c>xn--bcher-kva.example</c>.
    /// </summary>
    public static string Normalize(string host)
    {
        var name = HostPattern.Normalize(host);
        if (System.Text.Ascii.IsValid(name))
            return name;
        try
        {
            return name.StartsWith("*.", StringComparison.Ordinal) ? "*." + _idn.GetAscii(name[2..]) : _idn.GetAscii(name);
        }
        catch (ArgumentException)
        {
            // No name that anybody could own: it stays as it came, and nothing is found for it.
            return name;
        }
    }
}
