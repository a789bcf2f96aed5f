namespace Appliance.Proxy.Traffic;

/// <summary>The counters of every route, pool and server by identity. Outlives snapshots. Get-or-add; never on the request path.</summary>
public sealed class TrafficRegistry
{
    /// <summary>Counters of a route; kept across renames.</summary>
    public RouteTraffic Route(Guid id) => throw new NotImplementedException();

    /// <summary>Counters of a pool.</summary>
    public PoolTraffic Pool(Guid id) => throw new NotImplementedException();
}

/// <summary>Counters of one route. Written by the request path without locks.</summary>
public sealed class RouteTraffic : ExchangeTraffic;

/// <summary>Counters of one pool.</summary>
public sealed class PoolTraffic : ExchangeTraffic;

/// <summary>Counters of one server of a pool.</summary>
public sealed class ServerTraffic : ExchangeTraffic;

/// <summary>What is counted about exchanges anywhere.</summary>
public abstract class ExchangeTraffic
{
    /// <summary>A request begins.</summary>
    public void Begin() => throw new NotImplementedException();

    /// <summary>A request ended.</summary>
    public void End(int status, TimeSpan duration, long bytesIn, long bytesOut) => throw new NotImplementedException();

    /// <summary>A WebSocket opened.</summary>
    public void SocketOpened() => throw new NotImplementedException();

    /// <summary>A WebSocket closed.</summary>
    public void SocketClosed() => throw new NotImplementedException();
}
