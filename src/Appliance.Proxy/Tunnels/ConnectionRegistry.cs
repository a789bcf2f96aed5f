namespace Appliance.Proxy.Tunnels;

/// <summary>Every open WebSocket of this process. Outlives snapshots.</summary>
public sealed class ConnectionRegistry
{
    /// <summary>How many are open.</summary>
    public int Count => throw new NotImplementedException();

    /// <summary>A copy of the list as of now, oldest first.</summary>
    public IReadOnlyList<LiveConnection> List() => throw new NotImplementedException();
}

/// <summary>One WebSocket being relayed now, with its counters.</summary>
public sealed class LiveConnection;
