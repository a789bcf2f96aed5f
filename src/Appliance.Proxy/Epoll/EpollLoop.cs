using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Epoll;

/// <summary>
/// One thread around one epoll instance. Descriptors are watched edge-triggered, so that an ordinary socket costs one epoll_ctl in its life; who stops
/// reading simply does not read, and goes on by its own memory of what it was told.
/// </summary>
/// <remarks>
/// An event carries a slot number and that slot's generation, not the descriptor: the kernel gives a closed descriptor's number to the next socket, and an
/// event of the old one, later in the same batch, must never reach the new one. Hot path: no allocation, no lock.
/// </remarks>
internal sealed class EpollLoop : IDisposable
{
    /// <summary>What a socket is watched for as long as it takes what is written: a fresh one would be reported as writable for nothing.</summary>
    public const uint Reading = EpollEvents.In | EpollEvents.PeerEnded | EpollEvents.EdgeTriggered;

    /// <summary>And what from the first time on that it did not.</summary>
    public const uint ReadingAndWriting = Reading | EpollEvents.Out;

    /// <summary>The size of <see cref="Room"/>, and the most that a turn of a handler reads at once.</summary>
    public const int RoomBytes = 64 * 1024;

    private const int BatchOfEvents = 256;
    private const int TickMilliseconds = 100;
    private const uint WakeGeneration = uint.MaxValue;

    private readonly int _epoll;
    private readonly int _wake;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Thread _thread;
    private readonly long _tick;
    private readonly byte[] _room = GC.AllocateUninitializedArray<byte>(RoomBytes, pinned: true);

    // Slots change under the lock, on any thread; the loop reads them without.
    private readonly Lock _slotLock = new();
    private Slot[] _slots = new Slot[256];
    private int _firstFree;
    private int _used;
    private int _sockets;

    private readonly ConcurrentQueue<EpollHandler> _posted = new();
    private int _woken;
    private volatile bool _stopping;
    private volatile bool _stopped;

    // The loop's thread only.
    private readonly List<EpollHandler> _due = [];
    private List<EpollHandler> _again = [];
    private List<EpollHandler> _thisTurn = [];
    private long _lastTick;

    /// <summary>Makes the loop and starts its thread. Throws <see cref="InvalidOperationException"/> when the kernel refuses.</summary>
    public EpollLoop(string name, TimeProvider time, ILogger log)
    {
        (_time, _log) = (time, log);
        _tick = time.TimestampFrequency * TickMilliseconds / 1000;
        _epoll = Libc.EpollCreate();
        _wake = Libc.EventCreate();
        if (_epoll < 0 || _wake < 0)
            throw new InvalidOperationException($"The kernel gives no event loop (errno {-Math.Min(_epoll, _wake)}).");

        // Edge-triggered: a raise is told once, and nobody needs to read the counter back to zero.
        Libc.EpollControl(_epoll, EpollChange.Add, _wake, EpollEvents.In | EpollEvents.EdgeTriggered, (ulong)WakeGeneration << 32);
        _firstFree = -1;
        Now = time.GetTimestamp();
        _thread = new Thread(Run) { Name = name, IsBackground = true };
        _thread.Start();
    }

    /// <summary>When this turn began: near enough for whatever is measured in seconds.</summary>
    public long Now { get; private set; }

    /// <summary>One buffer for all handlers: nobody keeps bytes in it beyond a call.</summary>
    public Memory<byte> Room => _room;

    /// <summary>How many descriptors are registered.</summary>
    public int Sockets => Volatile.Read(ref _sockets);

    /// <summary>True on the loop's own thread.</summary>
    public bool IsCurrent => Thread.CurrentThread == _thread;

    /// <summary>Watches a descriptor from now on; returns its slot, or a negated errno. Any thread.</summary>
    public int Register(int fd, EpollHandler handler, bool second, uint events)
    {
        int at;
        uint generation;
        lock (_slotLock)
        {
            if (_firstFree >= 0)
            {
                at = _firstFree;
                _firstFree = _slots[at].NextFree;
            }
            else
            {
                at = _used++;
                if (at == _slots.Length)
                {
                    var larger = new Slot[at * 2];
                    _slots.CopyTo(larger, 0);
                    Volatile.Write(ref _slots, larger);
                }
            }

            generation = _slots[at].Generation;
            _slots[at].Second = second;
            Volatile.Write(ref _slots[at].Handler, handler);
            _sockets++;
        }

        var result = Libc.EpollControl(_epoll, EpollChange.Add, fd, events, ((ulong)generation << 32) | (uint)at);
        if (result >= 0) return at;
        Release(at);
        return result;
    }

    /// <summary>Changes what is watched of a descriptor. Any thread.</summary>
    public void Watch(int fd, int slot, uint events)
    {
        uint generation;
        lock (_slotLock) generation = _slots[slot].Generation;
        Libc.EpollControl(_epoll, EpollChange.Modify, fd, events, ((ulong)generation << 32) | (uint)slot);
    }

    /// <summary>
    /// Hands a slot to another handler, without a system call. Any thread; events of the past went to the old one. Nothing happens when the slot is not
    /// <paramref name="from"/>'s any more: it may be free, or somebody else's.
    /// </summary>
    public void Replace(int slot, EpollHandler from, EpollHandler handler, bool second)
    {
        lock (_slotLock)
        {
            if (_slots[slot].Handler != from) return;
            _slots[slot].Second = second;
            Volatile.Write(ref _slots[slot].Handler, handler);
        }
    }

    /// <summary>Forgets a slot; events that are still on their way reach nobody. Close the descriptor afterwards. Any thread.</summary>
    public void Release(int slot)
    {
        lock (_slotLock)
        {
            // The wake-up's own generation is never given out.
            ref var one = ref _slots[slot];
            Volatile.Write(ref one.Generation, one.Generation + 1 == WakeGeneration ? 0 : one.Generation + 1);
            one.Handler = null;
            one.NextFree = _firstFree;
            _firstFree = slot;
            _sockets--;
        }
    }

    /// <summary>Lets <see cref="EpollHandler.OnTurn"/> run on the loop's thread; once that has ended, abandons the handler. Any thread.</summary>
    public void Post(EpollHandler handler)
    {
        _posted.Enqueue(handler);
        if (Interlocked.Exchange(ref _woken, 1) != 0 && !_stopped) return;

        // The wake-up's number may be somebody else's once the loop has ended.
        lock (_slotLock)
        {
            if (_stopped) AbandonPosted();
            else Libc.EventRaise(_wake);
        }
    }

    /// <summary>Gives a handler another turn after everybody else had theirs. The loop's thread.</summary>
    public void Again(EpollHandler handler) => _again.Add(handler);

    /// <summary>Calls <see cref="EpollHandler.OnDue"/> once, after <paramref name="delay"/>; a later call moves it. The loop's thread.</summary>
    public void CallAfter(EpollHandler handler, TimeSpan delay)
    {
        handler.DueAt = Math.Max(1, Now + (long)(delay.TotalSeconds * _time.TimestampFrequency));
        if (handler.IsListed) return;
        handler.IsListed = true;
        _due.Add(handler);
    }

    /// <summary>Stops the thread; every handler is abandoned.</summary>
    public void Dispose()
    {
        if (_stopping) return;
        _stopping = true;
        Libc.EventRaise(_wake);
        _thread.Join();
        lock (_slotLock)
        {
            _stopped = true;
            Libc.Close(_wake);
            Libc.Close(_epoll);
            AbandonPosted();
        }
    }

    private void Run()
    {
        using var events = new EpollEvents(BatchOfEvents);
        while (!_stopping)
        {
            // 1. Sleep, unless somebody has more to do; a clock ticks only while somebody waits for it.
            var count = Libc.EpollWait(_epoll, events, _again.Count > 0 ? 0 : _due.Count > 0 ? TickMilliseconds : -1);
            Now = _time.GetTimestamp();

            // 2. What is ready.
            for (var at = 0; at < count; at++) Dispatch(events.Data(at), events.Happened(at));

            // 3. What others want. The flag falls first: who posts from here on wakes us up again.
            Volatile.Write(ref _woken, 0);
            Interlocked.MemoryBarrier();
            while (_posted.TryDequeue(out var handler)) Turn(handler);

            // 4. Those who stopped in the middle, so that one loud connection starves nobody.
            (_thisTurn, _again) = (_again, _thisTurn);
            foreach (var handler in _thisTurn) Turn(handler);
            _thisTurn.Clear();

            // 5. What is due.
            if (_due.Count > 0 && Now - _lastTick >= _tick) Tick();
        }

        foreach (var slot in _slots) slot.Handler?.OnAbandoned(this);
    }

    private void Dispatch(ulong data, uint happened)
    {
        var generation = (uint)(data >> 32);
        if (generation == WakeGeneration) return;
        // The handler first: one that took the slot over came after the generation had changed, so that reading this second tells them apart.
        ref var slot = ref Volatile.Read(ref _slots)[(uint)data];
        var handler = Volatile.Read(ref slot.Handler);
        if (handler is null || Volatile.Read(ref slot.Generation) != generation) return;
        try
        {
            handler.OnReady(this, slot.Second, happened);
        }
        catch (Exception bug)
        {
            Abandon(handler, bug);
        }
    }

    private void Turn(EpollHandler handler)
    {
        try
        {
            handler.OnTurn(this);
        }
        catch (Exception bug)
        {
            Abandon(handler, bug);
        }
    }

    private void Tick()
    {
        _lastTick = Now;
        for (var at = _due.Count - 1; at >= 0; at--)
        {
            var handler = _due[at];
            if (handler.DueAt > Now) continue;
            _due[at] = _due[^1];
            _due.RemoveAt(_due.Count - 1);
            handler.IsListed = false;
            if (handler.DueAt == 0) continue;
            handler.DueAt = 0;
            try
            {
                handler.OnDue(this);
            }
            catch (Exception bug)
            {
                Abandon(handler, bug);
            }
        }
    }

    private void AbandonPosted()
    {
        while (_posted.TryDequeue(out var handler)) handler.OnAbandoned(this);
    }

    // One connection's bug ends that connection; all others go on.
    private void Abandon(EpollHandler handler, Exception bug)
    {
        _log.HandlerFailed(bug, handler.GetType().Name);
        handler.OnAbandoned(this);
    }

    private struct Slot
    {
        public EpollHandler? Handler;
        public uint Generation;
        public int NextFree;
        public bool Second;
    }
}

/// <summary>What the event loops and their transport log; event ids 1500 to 1599.</summary>
internal static partial class EpollLog
{
    [LoggerMessage(1500, LogLevel.Error, "A {Handler} of the event loop failed; its connection is cut")]
    public static partial void HandlerFailed(this ILogger log, Exception exception, string handler);

    [LoggerMessage(1503, LogLevel.Warning, "A connection could not be taken: {Reason}")]
    public static partial void AcceptFailed(this ILogger log, string reason);
}
