using Appliance.Proxy.Headers;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.WebSockets;

/// <summary>What holds for every tunnel of a host, whatever the config.</summary>
public sealed record TunnelSettings
{
    /// <summary>Leave out request headers with an underscore in the name, as plain HTTP does.</summary>
    public bool DropUnderscoreHeaders { get; init; }

    /// <summary>Writes X-Forwarded-* for routes that want them; the same rules as for plain HTTP.</summary>
    public required Action<RequestFacts, IHeaderLines> WriteForwardedHeaders { get; init; }
}
