using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Appliance.Proxy.Traffic;

namespace Appliance.Data.Figures;

/// <summary>
/// Makes figures out of counters that only grow: what was carried since the last writing, and lately. Reads counters once a second and
/// never stands in the way of a request. For several threads.
/// </summary>
/// <param name="time">The clock; null: the system's.</param>
public sealed class FigureMeter(TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _gate = new();
    private readonly Dictionary<FigureItem, ItemMeter> _items = [];
    private readonly Dictionary<FigureItem, FigurePoint> _gone = [];
    private readonly ConditionalWeakTable<ExchangeTraffic, ItemMeter> _known = [];
    private long? _began;
    private long _looks;

    /// <summary>One look at all counters, every second.</summary>
    public void Look(IEnumerable<KeyValuePair<FigureItem, ExchangeTraffic>> counters)
    {
        lock (_gate)
        {
            var seconds = Seconds();
            _looks++;
            foreach (var (item, traffic) in counters)
                Look(item, traffic, seconds);
            LetGo();
        }
    }

    /// <summary>
    /// What every item carried since the last call, those that are gone too; the whole proxy always. Forgets items that are gone.
    /// </summary>
    public IReadOnlyList<KeyValuePair<FigureItem, FigurePoint>> Take()
    {
        lock (_gate)
        {
            var points = new List<KeyValuePair<FigureItem, FigurePoint>>();
            foreach (var (item, meter) in _items)
            {
                var point = meter.Take();
                if (_gone.Remove(item, out var before))
                    point = (point ?? FigurePoint.None).Add(before);
                if (point is not null || item == FigureItem.Total)
                    points.Add(new(item, point ?? FigurePoint.None));
            }

            points.AddRange(_gone);
            _gone.Clear();

            return points;
        }
    }

    /// <summary>What an item carried lately.</summary>
    public RecentFigures Of(FigureItem item)
    {
        lock (_gate)
            return _items.TryGetValue(item, out var meter) ? meter.Recent(Seconds()) : default;
    }

    /// <summary>How long the requests of an item took, those of the last five to six minutes.</summary>
    public LatencyCounts LatenciesOf(FigureItem item)
    {
        lock (_gate)
            return _items.TryGetValue(item, out var meter) ? meter.RecentLatencies() : LatencyCounts.None;
    }

    /// <summary>
    /// What an item carried since the last <see cref="Take"/>, so that it is in no file yet, and all of its counters; both of one moment,
    /// so that one never has a request that the other has not.
    /// </summary>
    public (FigurePoint Unwritten, TrafficCounts All) Now(FigureItem item)
    {
        lock (_gate)
        {
            if (!_items.TryGetValue(item, out var meter))
                return (FigurePoint.None, default);
            var all = meter.Source.Read();
            return (FigurePoint.Between(meter.Written, all), all);
        }
    }

    // What an item carried before it was gone is kept as numbers; its counters are not kept in memory.
    private void LetGo()
    {
        foreach (var (item, meter) in _items)
        {
            if (meter.Seen == _looks)
                continue;
            _items.Remove(item);
            Keep(item, meter);
        }
    }

    private void Keep(FigureItem item, ItemMeter meter)
    {
        if (meter.Take() is { } point)
            _gone[item] = _gone.TryGetValue(item, out var before) ? before.Add(point) : point;
    }

    private void Look(FigureItem item, ExchangeTraffic traffic, double seconds)
    {
        ref var meter = ref CollectionsMarshal.GetValueRefOrAddDefault(_items, item, out _);
        if (meter is null || meter.Source != traffic)
        {
            // Ten thousand routes that nobody asks for cost one look each.
            if (item != FigureItem.Total && traffic.Read() is { Requests: 0, SocketsOpened: 0 })
            {
                if (meter is null)
                    _items.Remove(item);
                return;
            }

            // Other counters in the same second: what the ones before had counted is not lost.
            if (meter is not null)
                Keep(item, meter);

            // One that was away and is back goes on with what was written of it.
            meter = _known.GetValue(traffic, static source => new(source));
        }

        meter.Seen = _looks;
        meter.Look(seconds);
    }

    private double Seconds()
    {
        _began ??= _time.GetTimestamp();
        return _time.GetElapsedTime(_began.Value).TotalSeconds;
    }
}
