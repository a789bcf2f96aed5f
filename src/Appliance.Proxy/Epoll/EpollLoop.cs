using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Epoll;

/// <summary>
/// One thread around one epoll instance. Descriptors are watched edge-triggered, so that an ordinary socket costs one epoll_ctl in its
/// life; who stops reading simply does not read, and goes on by its own memory of what it was told.
/// </summary>
/// <remarks>
/// An event carries a slot number and that slot's generation, not the descriptor: the kernel gives a closed descriptor's number to the next
/// socket, and an event of the old one, later in the same batch, must never reach the new one. Hot path: no allocation, no lock.
/// </remarks>
internal sealed class EpollLoop : IDisposable
{
    /// <summary>
    /// What a socket is watched for as long as it takes what is written: a fresh one would be reported as writable for nothing.
    /// </summary>
    public const uint Reading = EpollEvents.In | EpollEvents.Urgent | EpollEvents.PeerEnded | EpollEvents.EdgeTriggered;

    /// <summary>And what from the first time on that it did not.</summary>
    public const uint ReadingAndWriting = Reading | EpollEvents.Out;

    /// <summary>The size of <see cref="Room"/>, and the most that a turn of a handler reads.</summary>
    public const int RoomBytes = 64 * 1024;

    private const int BatchOfEvents = 256;
    private const int TickMilliseconds = 100;

    // A wait that fails for the moment (memory) is asked again this often; one that fails for good (a closed descriptor) is the end of the
    // loop.
    private const int MostFailedWaits = 20;
    private const int FailedWaitMilliseconds = 50;
    private const uint WakeGeneration = uint.MaxValue;

    private readonly int _epoll;
    private readonly int _wake;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Thread _thread;
    private readonly long _tick;
    private readonly string _name;
    private readonly Action<string> _failed;
    private readonly EpollEvents _events = new(BatchOfEvents);
    private readonly ManualResetEventSlim _stopAsked = new();
    private readonly byte[] _room = GC.AllocateUninitializedArray<byte>(RoomBytes, pinned: true);

    // Slots change under the lock, on any thread; the loop reads them without.
    private readonly Lock _slotLock = new();
    private Slot[] _slots = new Slot[256];
    private int _firstFree;
    private int _used;
    private int _sockets;

    private readonly PostedHandlers _posted = new();
    private int _woken;
    private volatile bool _stopping;
    private volatile bool _stopped;

    // The loop's thread only.
    private readonly List<EpollHandler> _due = [];
    private List<EpollHandler> _again = [];
    private List<EpollHandler> _thisTurn = [];
    private long _lastTick;

    /// <summary>
    /// Makes the loop and starts its thread. Throws <see cref="InvalidOperationException"/> when the kernel refuses. When the loop cannot
    /// go on, its connections are ended, and <paramref name="failed"/> is told why, once, on its thread.
    /// </summary>
    public EpollLoop(string name, TimeProvider time, ILogger log, Action<string> failed)
    {
        (_name, _time, _log, _failed) = (name, time, log, failed);
        _tick = time.TimestampFrequency * TickMilliseconds / 1000;
        _epoll = Libc.EpollCreate();
        _wake = Libc.EventCreate();
        if (_epoll < 0 || _wake < 0)
            throw new InvalidOperationException($"The kernel gives no event loop (errno {-Math.Min(_epoll, _wake)}).");

        // Edge-triggered: a raise is told once, and nobody needs to read the counter back to zero.
        if (
            Libc.EpollControl(_epoll, EpollChange.Add, _wake, EpollEvents.In | EpollEvents.EdgeTriggered, (ulong)WakeGeneration << 32)
            is < 0
                and var refused
        )
            throw new InvalidOperationException($"The kernel watches no event (errno {-refused}).");
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

    /// <summary>False once it has ended or failed: nothing that is given to it is carried.</summary>
    public bool IsServing => !_stopped && !_stopping;

    /// <summary>True once it was asked to end.</summary>
    public bool IsStopping => _stopping;

    /// <summary>True on the loop's own thread.</summary>
    public bool IsCurrent => Thread.CurrentThread == _thread;

    /// <summary>Watches a descriptor from now on; returns its slot, or a negated errno. Any thread.</summary>
    public int Register(int fd, EpollHandler handler, bool second, uint events)
    {
        int at;
        uint generation;
        lock (_slotLock)
        {
            if (_stopped)
                return -Errno.BadDescriptor;
            if (_firstFree >= 0)
            {
                at = _firstFree;
                _firstFree = _slots[at].NextFree;
            }
            else
            {
                // Counted when there is room for it: what throws here must leave everything as it was.
                if (_used == _slots.Length)
                    Volatile.Write(ref _slots, Larger(_slots));
                at = _used++;
            }

            generation = _slots[at].Generation;
            _slots[at].Second = second;
            Volatile.Write(ref _slots[at].Handler, handler);
            _sockets++;
        }

        var result = Libc.EpollControl(_epoll, EpollChange.Add, fd, events, ((ulong)generation << 32) | (uint)at);
        if (result >= 0)
            return at;
        Release(at);
        return result;
    }

    /// <summary>Changes what is watched of a descriptor; a negated errno when nothing has changed. Any thread.</summary>
    public int Watch(int fd, int slot, uint events)
    {
        uint generation;
        lock (_slotLock)
            generation = _slots[slot].Generation;
        return Libc.EpollControl(_epoll, EpollChange.Modify, fd, events, ((ulong)generation << 32) | (uint)slot);
    }

    /// <summary>
    /// Hands a slot to another handler, without a system call. Any thread; events of the past went to the old one. Nothing happens when the
    /// slot is not <paramref name="from"/>'s any more: it may be free, or somebody else's.
    /// </summary>
    public void Replace(int slot, EpollHandler from, EpollHandler handler, bool second)
    {
        lock (_slotLock)
        {
            if (_slots[slot].Handler != from)
                return;
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

    /// <summary>
    /// Lets <see cref="EpollHandler.OnTurn"/> run on the loop's thread, once for all posts before it; once that has ended, abandons the
    /// handler. Any thread; it allocates nothing, so that a tunnel's end cannot be lost for lack of memory.
    /// </summary>
    public void Post(EpollHandler handler)
    {
        if (!_posted.Add(handler) && !_stopped)
            return;
        if (Interlocked.Exchange(ref _woken, 1) != 0 && !_stopped)
            return;

        // The wake-up's number may be somebody else's once the loop has ended.
        lock (_slotLock)
        {
            if (_stopped)
                AbandonPosted();
            else
                Libc.EventRaise(_wake);
        }
    }

    /// <summary>Gives a handler another turn after everybody else had theirs. The loop's thread.</summary>
    public void Again(EpollHandler handler)
    {
        if (_again.Count == _again.Capacity)
            Faults.Allocating();
        _again.Add(handler);
    }

    /// <summary>
    /// Calls <see cref="EpollHandler.OnDue"/> once, after <paramref name="delay"/>; a later call moves it. The loop's thread.
    /// </summary>
    public void CallAfter(EpollHandler handler, TimeSpan delay)
    {
        handler.DueAt = Math.Max(1, Now + (long)(delay.TotalSeconds * _time.TimestampFrequency));
        if (handler.IsListed)
            return;
        if (_due.Count == _due.Capacity)
            Faults.Allocating();
        _due.Add(handler);
        handler.IsListed = true;
    }

    /// <summary>Stops the thread; every handler is abandoned.</summary>
    public void Dispose()
    {
        if (_stopping)
            return;
        _stopping = true;
        _stopAsked.Set();
        Libc.EventRaise(_wake);
        _thread.Join();
        lock (_slotLock)
        {
            _stopped = true;
            Libc.Close(_wake);
            Libc.Close(_epoll);
            AbandonPosted();
        }

        _events.Dispose();
        _stopAsked.Dispose();
    }

    private void Run()
    {
        LoopThread.Enter();
        try
        {
            var failedWaits = 0;
            while (!_stopping)
            {
                // 1. Sleep, unless somebody has more to do; a clock ticks only while somebody waits for it.
                var count = Libc.EpollWait(
                    _epoll,
                    _events,
                    _again.Count > 0 ? 0
                        : _due.Count > 0 ? TickMilliseconds
                        : -1
                );
                failedWaits = count >= 0 || Errno.MustWait(count) ? 0 : failedWaits + 1;
                if (failedWaits == MostFailedWaits)
                {
                    GiveUp($"epoll_wait failed {failedWaits} times in a row (errno {-count})");
                    return;
                }

                // The kernel does not say what is ready. Without a pause a lasting failure would only burn a processor.
                if (failedWaits > 0)
                    _stopAsked.Wait(FailedWaitMilliseconds);
                Round(count);
            }

            AbandonAll();
        }
        catch (Exception bug)
        {
            // Handlers' own exceptions end at their handler: this is the loop's.
            GiveUp(bug.Message);
        }
    }

    private void Round(int count)
    {
        Now = _time.GetTimestamp();

        // 2. What is ready.
        for (var at = 0; at < count; at++)
            Dispatch(_events.Data(at), _events.Happened(at));

        // 3. What others want. The flag falls first: who posts from here on wakes us up again.
        Volatile.Write(ref _woken, 0);
        Interlocked.MemoryBarrier();
        for (var posted = _posted.Take(); PostedHandlers.Next(ref posted) is { } handler; )
            Turn(handler);

        // 4. Those who stopped in the middle, so that one loud connection starves nobody.
        (_thisTurn, _again) = (_again, _thisTurn);
        foreach (var handler in _thisTurn)
            Turn(handler);
        _thisTurn.Clear();

        // 5. What is due.
        if (_due.Count > 0 && Now - _lastTick >= _tick)
            Tick();
    }

    private void GiveUp(string reason)
    {
        // From here on nothing is registered or posted: it is refused, or abandoned on the caller's thread.
        lock (_slotLock)
        {
            _stopped = true;
            AbandonPosted();
        }

        AbandonAll();
        _failed($"The event loop {_name} cannot go on: {reason}. Its connections have been ended.");
    }

    private void AbandonAll()
    {
        foreach (var slot in Volatile.Read(ref _slots))
        {
            if (slot.Handler is { } handler)
                Abandon(handler);
        }
    }

    private void Dispatch(ulong data, uint happened)
    {
        var generation = (uint)(data >> 32);
        if (generation == WakeGeneration)
            return;
        // The handler first: one that took the slot over came after the generation had changed, so that reading this second tells them
        // apart.
        ref var slot = ref Volatile.Read(ref _slots)[(uint)data];
        var handler = Volatile.Read(ref slot.Handler);
        if (handler is null || Volatile.Read(ref slot.Generation) != generation)
            return;
        LoopThread.NextTurn();
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
            if (handler.DueAt > Now)
                continue;
            _due[at] = _due[^1];
            _due.RemoveAt(_due.Count - 1);
            handler.IsListed = false;
            if (handler.DueAt == 0)
                continue;
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
        for (var posted = _posted.Take(); PostedHandlers.Next(ref posted) is { } handler; )
            Abandon(handler);
    }

    // One connection's bug ends that connection; all others go on.
    private void Abandon(EpollHandler handler, Exception bug)
    {
        Abandon(handler);
        try
        {
            _log.HandlerFailed(bug, handler.GetType().Name);
        }
        catch (Exception)
        {
            // Going on is right: the connection is let go of, and a log that fails is no reason to end all others.
        }
    }

    private void Abandon(EpollHandler handler)
    {
        try
        {
            handler.OnAbandoned(this);
        }
        catch (Exception)
        {
            // Going on is right: a handler lets go of its descriptors before anything that can throw, and the others still need the loop.
        }
    }

    private static Slot[] Larger(Slot[] slots)
    {
        Faults.Allocating();
        var larger = new Slot[slots.Length * 2];
        slots.CopyTo(larger, 0);
        return larger;
    }

    private struct Slot
    {
        public EpollHandler? Handler;
        public uint Generation;
        public int NextFree;
        public bool Second;
    }
}
