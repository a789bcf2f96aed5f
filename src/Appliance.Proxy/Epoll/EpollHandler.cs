namespace Appliance.Proxy.Epoll;

/// <summary>
/// What a loop calls when a descriptor is ready, something was posted, or time is up. Every method runs on the loop's thread, one after the
/// other: it must not block, and no user code may run in it.
/// </summary>
internal abstract class EpollHandler
{
    /// <summary>When <see cref="OnDue"/> is wanted, as a timestamp; 0: never. Written by the loop's thread only.</summary>
    internal long DueAt { get; set; }

    /// <summary>True while the loop's list of what is due has it.</summary>
    internal bool IsListed { get; set; }

    /// <summary>
    /// 1 while it waits for a turn that was posted; with <see cref="NextPosted"/> the loop's list, so that posting allocates nothing and
    /// cannot fail.
    /// </summary>
    internal int Posted; // a field: it is exchanged

    /// <summary>The one that was posted before it.</summary>
    internal EpollHandler? NextPosted { get; set; }

    /// <summary>A descriptor of this handler is ready; <paramref name="second"/> tells which, for a handler of two.</summary>
    public abstract void OnReady(EpollLoop loop, bool second, uint events);

    /// <summary>It was posted, once or more often since the last turn, or asked for another turn.</summary>
    public virtual void OnTurn(EpollLoop loop) { }

    /// <summary>The time that was asked for has come, up to a tick late.</summary>
    public virtual void OnDue(EpollLoop loop) { }

    /// <summary>
    /// The loop ends (<see cref="EpollLoop.IsStopping"/>), or has failed, or this handler has just thrown: let go of every descriptor. May
    /// come more than once.
    /// </summary>
    public abstract void OnAbandoned(EpollLoop loop);
}
