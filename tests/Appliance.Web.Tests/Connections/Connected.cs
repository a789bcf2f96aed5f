using System.Net;
using Appliance.Proxy.Connections;
using Appliance.Testing;

namespace Appliance.Web.Tests.Connections;

/// <summary>Connections that nobody opened.</summary>
internal static class Connected
{
    public static LiveConnection To(
        string route,
        string client = "10.0.0.1",
        int port = 1000,
        string path = "/",
        TimeProvider? time = null,
        string? extensions = null
    ) =>
        new(time ?? TestTime.New())
        {
            RouteId = Guid.Empty,
            RouteName = route,
            PoolName = "pool",
            ServerAddress = "http://127.0.0.1:80",
            ClientAddress = IPAddress.Parse(client),
            ClientPort = port,
            Host = "example.com",
            Path = path,
            Extensions = extensions,
        };
}
