namespace Appliance.Proxy.Upstreams;

/// <summary>The right to use a server once. Dispose when the request or the WebSocket is over; Succeeded or Failed before.</summary>
public sealed class ServerLease : IDisposable
{
    private readonly CompiledPool _pool;
    private readonly int _index;
    private int _disposed;

    internal ServerLease(CompiledPool pool, int index)
    {
        _pool = pool;
        _index = index;
        Server = pool.Servers[index];
    }

    /// <summary>The server that the lease is for.</summary>
    public ServerState Server { get; }

    /// <summary>Notes that the server answered.</summary>
    public void Succeeded() => _pool.Succeeded(_index);

    /// <summary>Notes that the server failed; <paramref name="reason"/> is kept as its last error.</summary>
    public void Failed(string reason) => _pool.Failed(_index, reason);

    /// <summary>It could not be used, which was not its doing; <paramref name="reason"/> is kept as its last error.</summary>
    internal void Noted(string reason) => _pool.Noted(_index, reason);

    /// <summary>Lowers the active count, once.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            Server.Leave();
    }
}
