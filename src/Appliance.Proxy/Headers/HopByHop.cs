using Microsoft.Extensions.Primitives;

namespace Appliance.Proxy.Headers;

/// <summary>Headers that belong to one connection and never cross (RFC 9110, 7.6.1).</summary>
public static class HopByHop
{
    /// <summary>True for Connection, Keep-Alive, Proxy-Connection, TE, Trailer, Transfer-Encoding, Upgrade, Proxy-Authenticate?, ... ignoring case.</summary>
    public static bool Is(string name) => throw new NotImplementedException();

    /// <summary>The names that a Connection header nominates, or null when it nominates none besides close, keep-alive and upgrade.</summary>
    public static HashSet<string>? Nominated(StringValues connection) => throw new NotImplementedException();
}
