using Appliance.Proxy.Memory;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Epoll;

/// <summary>
/// The loops of a process, one for each processor, and the count of their sockets. Sockets are capped below the process's limit of open
/// files, because a process that has none left can do nothing right any more: no file, no log, no assembly, no database.
/// </summary>
internal sealed class EpollLoops : IDisposable
{
    private readonly EpollLoop[] _loops;
    private int _sockets;

    /// <summary>
    /// Starts them. <paramref name="lastResort"/> is what ends the process where nothing else helps; null, as in tests, leaves it running.
    /// </summary>
    public EpollLoops(
        TimeProvider time,
        ILogger<EpollLoops> log,
        int? mostSockets = null,
        MemoryRoom? memory = null,
        long? mostUnread = null,
        LastResort? lastResort = null
    )
    {
        Time = time;
        LastResort = lastResort ?? new LastResort(log, () => { });
        Memory = memory ?? new MemoryRoom(time);
        Unread = new MemoryBudget(
            "What clients sent and nobody has read yet",
            "bodies are read in small pieces, and clients with a long head are cut",
            mostUnread ?? MemoryRoom.MostBytes / 8,
            time,
            log
        );
        MostSockets = mostSockets ?? int.MaxValue;
        Log = log;
        _loops =
        [
            .. Enumerable
                .Range(0, Math.Clamp(Environment.ProcessorCount, 1, 16))
                .Select(at => new EpollLoop($"epoll {at}", time, log, LastResort.End)),
        ];
    }

    /// <summary>The clock of every loop.</summary>
    public TimeProvider Time { get; }

    /// <summary>True where epoll is: on Linux.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux();

    /// <summary>The open files of the process, of which sockets are a part.</summary>
    public OpenFiles Files { get; } = new();

    /// <summary>The memory of the process.</summary>
    public MemoryRoom Memory { get; }

    /// <summary>The part of it in which clients' unread heads and bodies are, beyond the first bytes of each.</summary>
    public MemoryBudget Unread { get; }

    /// <summary>
    /// How many sockets may be open at most, clients and servers together; for tests that cannot wait for the real limit.
    /// </summary>
    public int MostSockets { get; }

    /// <summary>How many are open.</summary>
    public int Sockets => Volatile.Read(ref _sockets);

    /// <summary>True when no more may be opened.</summary>
    public bool IsFull => Sockets >= MostSockets || Files.AreScarce;

    /// <summary>True when no new client should be taken.</summary>
    public bool MayNotAccept => IsFull || Memory.IsScarce;

    /// <summary>What is left to do when the proxy would go on deaf.</summary>
    public LastResort LastResort { get; }

    /// <summary>The loop that carries the fewest, of those that serve.</summary>
    public EpollLoop Quietest
    {
        get
        {
            var best = _loops[0];
            foreach (var loop in _loops)
            {
                if (loop.IsServing && (loop.Sockets < best.Sockets || !best.IsServing))
                    best = loop;
            }

            return best;
        }
    }

    /// <summary>Where listeners are watched.</summary>
    public EpollLoop First => _loops[0];

    /// <summary>Where all of it is logged.</summary>
    public ILogger Log { get; }

    /// <summary>Counts one more open socket.</summary>
    public void Opened() => Interlocked.Increment(ref _sockets);

    /// <summary>Counts one open socket less.</summary>
    public void Closed() => Interlocked.Decrement(ref _sockets);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var loop in _loops)
            loop.Dispose();
    }
}
