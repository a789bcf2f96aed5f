namespace Appliance.Proxy.Upstreams;

/// <summary>The right to use a server once. Dispose when the request or the WebSocket is over; Succeeded or Failed before.</summary>
public sealed class ServerLease : IDisposable
{
    private readonly CompiledPool pool;
    private readonly int index;
    private int disposed;

    internal ServerLease(CompiledPool pool, int index)
    {
        this.pool = pool;
        this.index = index;
        Server = pool.Servers[index];
    }

    /// <summary>The server.</summary>
    public ServerState Server { get; }

    /// <summary>It answered.</summary>
    public void Succeeded() => pool.Succeeded(index);

    /// <summary>It did not; <paramref name="reason"/> is kept as its last error.</summary>
    public void Failed(string reason) => pool.Failed(index, reason);

    /// <summary>It could not be used, which was not its doing; <paramref name="reason"/> is kept as its last error.</summary>
    internal void Noted(string reason) => pool.Noted(index, reason);

    /// <summary>Lowers the active count, once.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
            Server.Leave();
    }
}
