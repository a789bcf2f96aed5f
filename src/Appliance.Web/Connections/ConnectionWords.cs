using Appliance.Proxy.Connections;

namespace Appliance.Web.Connections;

/// <summary>Facts of a connection as people read them.</summary>
internal static class ConnectionWords
{
    /// <summary>The extensions that both ends agreed on.</summary>
    public static string Compression(string? extensions)
    {
        if (extensions is null)
            return "none";
        var name = extensions.Split(';', ',')[0].Trim();
        return name.Equals("permessage-deflate", StringComparison.OrdinalIgnoreCase) ? "deflate" : name;
    }

    /// <summary>Pings of both ends, and ours.</summary>
    public static long Pings(LiveConnection connection) =>
        connection.FromClient.Counts.Ping
        + connection.FromServer.Counts.Ping
        + connection.FromClient.OwnPings
        + connection.FromServer.OwnPings;
}
