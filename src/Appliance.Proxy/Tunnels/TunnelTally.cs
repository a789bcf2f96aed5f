namespace Appliance.Proxy.Tunnels;

/// <summary>
/// Carries a connection's counts over to the counters of its route, pool and server in batches, so that a message costs one counter and not four.
/// Called once a second and once at the end, which may meet: hence the lock.
/// </summary>
internal sealed class TunnelTally
{
    private readonly Lock _lock = new();
    private FrameCounts _fromClient;
    private FrameCounts _fromServer;

    /// <summary>Where the counts go: messages and wire bytes from the client, then from the server.</summary>
    public Action<long, long, long, long>? Add { get; set; }

    /// <summary>Adds what passed since the last call.</summary>
    public void Take(LiveConnection connection)
    {
        lock (_lock)
        {
            var client = connection.FromClient.Counts;
            var server = connection.FromServer.Counts;
            if (client == _fromClient && server == _fromServer) return;
            Add?.Invoke(
                client.Messages - _fromClient.Messages,
                client.WireBytes - _fromClient.WireBytes,
                server.Messages - _fromServer.Messages,
                server.WireBytes - _fromServer.WireBytes);
            _fromClient = client;
            _fromServer = server;
        }
    }
}
