using System.Collections.Immutable;

namespace Appliance.Proxy.Connections;

/// <summary>The WebSockets that ended last, and how many ended in which way since the start.</summary>
public sealed class ClosedConnections(TimeProvider time)
{
    /// <summary>How many are remembered.</summary>
    public const int Kept = 5000;

    /// <summary>Seconds of one <see cref="EndsPoint"/>.</summary>
    public const int SecondsAPoint = 5;

    private const int Points = 180;

    private static readonly int _kinds = Enum.GetValues<EndedBy>().Length;

    private readonly Lock _lock = new();
    private readonly LiveConnection?[] _ring = new LiveConnection?[Kept];
    private readonly long[] _totals = new long[_kinds];
    private readonly Queue<(long Point, int[] Counts)> _history = new();
    private long _count;

    /// <summary>How many have ended since the start.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>The remembered ones, newest first.</summary>
    public IReadOnlyList<LiveConnection> List()
    {
        lock (_lock)
        {
            var list = new LiveConnection[(int)Math.Min(_count, Kept)];
            for (var at = 0; at < list.Length; at++)
                list[at] = _ring[(_count - 1 - at) % Kept]!; // written when it was counted
            return list;
        }
    }

    /// <summary>How many ended in this way since the start.</summary>
    public long Total(EndedBy by)
    {
        lock (_lock)
            return _totals[(int)by];
    }

    /// <summary>
    /// The last 15 minutes in points of <see cref="SecondsAPoint"/> seconds, oldest first, up to the point that is not over yet; quiet ones
    /// are there, too.
    /// </summary>
    public ImmutableArray<EndsPoint> History()
    {
        var now = Now;
        var points = ImmutableArray.CreateBuilder<EndsPoint>(Points);
        lock (_lock)
        {
            var known = _history.ToDictionary(entry => entry.Point, entry => entry.Counts);
            for (var at = now - Points + 1; at <= now; at++)
                points.Add(
                    new EndsPoint(
                        DateTimeOffset.FromUnixTimeSeconds(at * SecondsAPoint),
                        known.TryGetValue(at, out var counts) ? [.. counts] : [.. new int[_kinds]]
                    )
                );
        }

        return points.MoveToImmutable();
    }

    /// <summary>Remembers one that is over.</summary>
    internal void Add(LiveConnection connection)
    {
        var by = (int)connection.End.By();
        var now = Now;
        lock (_lock)
        {
            _ring[_count % Kept] = connection;
            _count++;
            _totals[by]++;
            while (_history.Count > 0 && _history.Peek().Point <= now - Points)
                _history.Dequeue();
            if (_history.Count == 0 || _history.Last().Point != now)
                _history.Enqueue((now, new int[_kinds]));
            _history.Last().Counts[by]++;
        }
    }

    private long Now => time.GetUtcNow().ToUnixTimeSeconds() / SecondsAPoint;
}

/// <summary>The numbers of connections that ended within a few seconds.</summary>
/// <param name="At">When they began, UTC.</param>
/// <param name="Counts">By <see cref="EndedBy"/>.</param>
public readonly record struct EndsPoint(DateTimeOffset At, ImmutableArray<int> Counts)
{
    /// <summary>How many ended in this way.</summary>
    public int Of(EndedBy by) => Counts[(int)by];
}
