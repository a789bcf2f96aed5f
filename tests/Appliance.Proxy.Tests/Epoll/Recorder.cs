using Appliance.Proxy.Epoll;

namespace Appliance.Proxy.Tests.Epoll;

/// <summary>A handler that keeps what it was told, and does what a test wants when it is told.</summary>
internal sealed class Recorder : EpollHandler
{
    private int _ready;
    private int _turns;
    private int _dues;
    private int _abandoned;
    private uint _events;

    public Action<EpollLoop>? Ready { get; init; }

    public Action<EpollLoop>? Turn { get; init; }

    public int ReadyCount => Volatile.Read(ref _ready);

    public int Turns => Volatile.Read(ref _turns);

    public int Dues => Volatile.Read(ref _dues);

    public int Abandoned => Volatile.Read(ref _abandoned);

    /// <summary>Every event that it was told of.</summary>
    public uint Events => Volatile.Read(ref _events);

    public override void OnReady(EpollLoop loop, bool second, uint events)
    {
        Volatile.Write(ref _events, _events | events);
        Interlocked.Increment(ref _ready);
        Ready?.Invoke(loop);
    }

    public override void OnTurn(EpollLoop loop)
    {
        Interlocked.Increment(ref _turns);
        Turn?.Invoke(loop);
    }

    public override void OnDue(EpollLoop loop) => Interlocked.Increment(ref _dues);

    public override void OnAbandoned(EpollLoop loop) => Interlocked.Increment(ref _abandoned);
}
