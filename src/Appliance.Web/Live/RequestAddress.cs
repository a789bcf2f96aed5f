namespace Appliance.Web.Live;

/// <summary>Addresses of the page of requests, for areas that link to it.</summary>
public static class RequestAddress
{
    /// <summary>The failed requests of a route.</summary>
    public static string FailedOfRoute(string route) => $"/requests?status=failed&route={Uri.EscapeDataString(route)}";

    /// <summary>The requests of a client on a route: of a WebSocket, its own one and those around it.</summary>
    public static string OfClient(string client, string route) =>
        $"/requests?client={Uri.EscapeDataString(client)}&route={Uri.EscapeDataString(route)}";

    /// <summary>The requests that were for a pool.</summary>
    public static string OfPool(string pool) => $"/requests?pool={Uri.EscapeDataString(pool)}";

    /// <summary>The failed requests that were for a pool.</summary>
    public static string FailedOfPool(string pool) => $"/requests?status=failed&pool={Uri.EscapeDataString(pool)}";

    /// <summary>The failed requests that asked a server, by its address as configured.</summary>
    public static string FailedOfServer(string address)
    {
        var uri = new Uri(
            address.StartsWith("h2c:", StringComparison.OrdinalIgnoreCase) ? string.Concat("http", address.AsSpan(3)) : address
        );
        return $"/requests?status=failed&server={Uri.EscapeDataString($"{uri.Host}:{uri.Port}")}";
    }
}
