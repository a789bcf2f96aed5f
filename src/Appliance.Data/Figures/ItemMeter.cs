using Appliance.Proxy.Traffic;

namespace Appliance.Data.Figures;

/// <summary>
/// The readings of one item's counters: the last one that was written, and those of the last five minutes, one every ten seconds. Not for
/// two threads at the same time. About 700 bytes while the item carries something, 300 after five quiet minutes.
/// </summary>
internal sealed class ItemMeter(ExchangeTraffic source)
{
    /// <summary>Seconds between two readings of the last five minutes.</summary>
    public const int SlotSeconds = 10;

    private const int Slots = 32;
    private const int LatencyReadings = 5;

    private TrafficCounts _written;
    private LatencyCounts _latenciesWritten = LatencyCounts.None;
    private readonly Queue<LatencyCounts> _latencies = new(LatencyReadings);
    private long _most;

    // Requests and errors at the end of each slot, as numbers that may run over. Null: they have not changed for all of the slots.
    private (uint Requests, uint Errors)[]? _ring;
    private (uint Requests, uint Errors) _last;
    private long _slot = -1;
    private long _changedIn;

    /// <summary>The counters that are read. With other ones of the same item, everything begins again.</summary>
    public ExchangeTraffic Source => source;

    /// <summary>In which look it was found last.</summary>
    public long Seen { get; set; }

    /// <summary>The counters as they were written last.</summary>
    public TrafficCounts Written => _written;

    /// <summary>One look, every second. <paramref name="seconds"/> grows steadily, whatever the clock on the wall does.</summary>
    public void Look(double seconds)
    {
        var counts = source.Read();
        _most = Math.Max(_most, counts.SocketsOpen);
        var slot = (long)(seconds / SlotSeconds);
        if (slot == _slot)
            return;
        var now = Reading(counts);
        if (_slot < 0)
        {
            // What was counted before this first look came after the slot began.
            (_slot, _changedIn) = (slot, slot);
            return;
        }

        if (now != _last)
        {
            if (_ring is null)
            {
                _ring = new (uint, uint)[Slots];
                Array.Fill(_ring, _last);
            }

            _changedIn = slot;
        }
        else if (slot - _changedIn > Slots)
        {
            _ring = null;
        }

        if (_ring is not null)
        {
            // Looks that did not come: what they would have seen was there now at the latest.
            for (var missed = Math.Max(_slot + 1, slot - Slots + 1); missed <= slot; missed++)
                _ring[missed % Slots] = now;
        }

        (_slot, _last) = (slot, now);
    }

    /// <summary>What was carried since the last call; null: nothing.</summary>
    public FigurePoint? Take()
    {
        var counts = source.Read();
        var latencies = LatenciesNow();
        var point = FigurePoint.Between(_written, counts) with
        {
            MostSockets = Math.Max(_most, counts.SocketsOpen),
            Latencies = _latenciesWritten.Until(latencies),
        };
        (_written, _latenciesWritten, _most) = (counts, latencies, counts.SocketsOpen);
        if (_latencies.Count == LatencyReadings)
            _latencies.Dequeue();
        _latencies.Enqueue(latencies);
        return point.IsNothing ? null : point;
    }

    /// <summary>What it carried lately, as of <paramref name="seconds"/>.</summary>
    public RecentFigures Recent(double seconds)
    {
        var now = Reading(source.Read());
        var (requests, errors) = Since(now, seconds - 300);
        return new(Since(now, seconds - 60).Requests, requests, errors);
    }

    /// <summary>How long the requests of the last five to six minutes took.</summary>
    public LatencyCounts RecentLatencies() =>
        (_latencies.Count == LatencyReadings ? _latencies.Peek() : LatencyCounts.None).Until(LatenciesNow());

    // Between two readings it is taken for even: a figure that is looked at every second glides.
    private (long Requests, long Errors) Since((uint Requests, uint Errors) now, double second)
    {
        var place = second / SlotSeconds;
        var slot = (long)Math.Floor(place);
        var (before, after) = (At(slot, now), At(slot + 1, now));
        var rest = 1 - (place - slot);
        return unchecked(
            (
                (long)(now.Requests - after.Requests) + (long)Math.Round(rest * (after.Requests - before.Requests)),
                (long)(now.Errors - after.Errors) + (long)Math.Round(rest * (after.Errors - before.Errors))
            )
        );
    }

    // The reading of slot n was taken in its first second.
    private (uint Requests, uint Errors) At(long slot, (uint, uint) now) =>
        slot > _slot ? now
        : _ring is null ? _last
        : _ring[((Math.Max(slot, _slot - Slots + 1) % Slots) + Slots) % Slots];

    private static (uint, uint) Reading(in TrafficCounts counts) => unchecked(((uint)counts.Requests, (uint)counts.ServerErrors));

    private LatencyCounts LatenciesNow()
    {
        if (source.Latencies is not { } histogram)
            return LatencyCounts.None;
        Span<uint> counts = stackalloc uint[LatencyHistogram.Buckets];
        histogram.CopyTo(counts);
        var now = LatencyCounts.Of(counts);

        // An idle item keeps one copy, not six.
        return now.Packed.Span.SequenceEqual(_latenciesWritten.Packed.Span) ? _latenciesWritten : now;
    }
}
