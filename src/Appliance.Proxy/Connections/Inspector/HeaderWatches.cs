using System.Collections.Immutable;
using Appliance.Proxy.AccessLogs;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Connections.Inspector;

/// <summary>Whose header values somebody wants to see, and for how long.</summary>
public sealed record HeaderOrder
{
    /// <summary>The route.</summary>
    public required Guid RouteId { get; init; }

    /// <summary>Its name, for the banner.</summary>
    public required string RouteName { get; init; }

    /// <summary>It ends automatically after this long. One second to an hour. Default five minutes.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The name of the person who wants it.</summary>
    public required string By { get; init; }
}

/// <summary>Header values of one route are kept until <paramref name="Ends"/>.</summary>
/// <param name="Order">What was asked for.</param>
/// <param name="Ends">When it ends automatically.</param>
public sealed record HeaderWatch(HeaderOrder Order, DateTimeOffset Ends)
{
    /// <summary>The same as a timestamp: a clock that is set back prolongs nothing.</summary>
    internal long EndsAt { get; init; }
}

/// <summary>
/// Keeps the values of header lines of requests, for routes and times that somebody asked for: at most <see cref="MostAtOnce"/> routes,
/// and 8 MB of values. Secrets are blacked out before anything is kept. Values are forgotten 15 minutes after their route's time is over,
/// or when it is stopped; newer ones push out the oldest. Hot path: one read while nobody asks. Any thread.
/// </summary>
public sealed class HeaderWatches : IDisposable
{
    /// <summary>How many routes may be watched at the same time.</summary>
    public const int MostAtOnce = 5;

    /// <summary>Chars of a value that are kept.</summary>
    public const int LongestValue = 512;

    /// <summary>For how long values can be read when their route's time is over.</summary>
    public static readonly TimeSpan Readable = TimeSpan.FromMinutes(15);

    private const int MostBytes = 8 * 1024 * 1024;
    private const int MostUnderWay = 256;

    private readonly TimeProvider _time;
    private readonly Redaction _redaction = Redaction.Of([]).Redaction!; // the standard ones are expressions
    private readonly Lock _gate = new();
    private readonly LinkedList<Held> _held = new();
    private readonly ITimer _sweeper;
    private volatile ImmutableDictionary<Guid, HeaderWatch> _running = ImmutableDictionary<Guid, HeaderWatch>.Empty;
    private volatile ImmutableDictionary<Guid, (string Name, long At)> _forgets = ImmutableDictionary<Guid, (string, long)>.Empty;
    private long _bytes;
    private int _underWay;

    /// <summary>Nothing is watched.</summary>
    public HeaderWatches(TimeProvider time)
    {
        _time = time;
        _sweeper = time.CreateTimer(_ => Sweep(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What is watched now, by the route's name.</summary>
    public IReadOnlyList<HeaderWatch> List()
    {
        if (_running.IsEmpty)
            return [];
        var now = _time.GetTimestamp();
        return
        [
            .. _running.Values.Where(watch => watch.EndsAt > now).OrderBy(watch => watch.Order.RouteName, StringComparer.OrdinalIgnoreCase),
        ];
    }

    /// <summary>The watch of a route, or null.</summary>
    public HeaderWatch? Find(Guid route) =>
        _running.TryGetValue(route, out var watch) && watch.EndsAt > _time.GetTimestamp() ? watch : null;

    /// <summary>True while values of a route can be read, also when its time is over.</summary>
    public bool Holds(Guid route) => _forgets.ContainsKey(route);

    /// <summary>The route of this name then, of which values are kept or can still be read; null: without one.</summary>
    public Guid? FindByName(string name)
    {
        foreach (var (route, held) in _forgets)
        {
            if (held.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return route;
        }

        return null;
    }

    /// <summary>Starts one, in the place of the one that the route has; or says why not.</summary>
    public (HeaderWatch? Watch, string? Fault) Start(HeaderOrder order)
    {
        if (order.Duration < TimeSpan.FromSeconds(1) || order.Duration > TimeSpan.FromHours(1))
            return (null, "Values of headers are kept for one second to one hour.");
        lock (_gate)
        {
            Sweep();
            if (_running.Count >= MostAtOnce && !_running.ContainsKey(order.RouteId))
                return (null, $"Values of {MostAtOnce} routes are being kept; stop one first.");
            var watch = new HeaderWatch(order, _time.GetUtcNow() + order.Duration) { EndsAt = After(order.Duration) };
            _running = _running.SetItem(order.RouteId, watch);
            _forgets = _forgets.SetItem(order.RouteId, (order.RouteName, After(order.Duration + Readable)));
            _sweeper.Change(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
            return (watch, null);
        }
    }

    /// <summary>Ends one before its time; the values that it kept are forgotten. False when there was none, and nothing was kept.</summary>
    public bool Stop(Guid route)
    {
        lock (_gate)
        {
            var was = _forgets.ContainsKey(route);
            _running = _running.Remove(route);
            Forget(route);
            return was;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _sweeper.Dispose();

    /// <summary>What will have the values of these header lines; null: nobody asked for this route.</summary>
    internal KeptHeaders? Keep(Guid route, IHeaderDictionary request, IHeaderDictionary? answer)
    {
        if (_running.IsEmpty || Find(route) is null)
            return null;
        var kept = new KeptHeaders();
        if (Interlocked.Increment(ref _underWay) > MostUnderWay)
        {
            Interlocked.Decrement(ref _underWay);
            return kept;
        }

        // Expressions look for secrets: not on an event loop.
        var more = (Request: 0, Answer: 0);
        var sent = Lines(request, ref more.Request);
        var got = answer is null ? [] : Lines(answer, ref more.Answer);
        var state = (Watches: this, Kept: kept, Route: route, Request: sent, Answer: got, More: more);
        ThreadPool.UnsafeQueueUserWorkItem(
            static state =>
            {
                try
                {
                    state.Watches.Hold(state.Kept, state.Route, state.Request, state.Answer, state.More);
                }
                finally
                {
                    Interlocked.Decrement(ref state.Watches._underWay);
                }
            },
            state,
            preferLocal: false
        );
        return kept;
    }

    private long After(TimeSpan span) => _time.GetTimestamp() + (long)(span.TotalSeconds * _time.TimestampFrequency);

    private static List<PastHeader> Lines(IHeaderDictionary headers, ref int more)
    {
        var lines = new List<PastHeader>(Math.Min(headers.Count, HeaderNames.MostLines));
        foreach (var (name, values) in headers)
        {
            foreach (var value in values)
            {
                if (lines.Count == HeaderNames.MostLines)
                {
                    more++;
                    continue;
                }

                lines.Add(new(name.Length > LongestValue ? name[..LongestValue] : name, value ?? ""));
            }
        }

        return lines;
    }

    private void Hold(KeptHeaders kept, Guid route, List<PastHeader> request, List<PastHeader> answer, (int Request, int Answer) more)
    {
        var lines = new KeptHeaders.Lines(Safe(request), Safe(answer), more.Request, more.Answer);
        long bytes = lines.Request.Concat(lines.Answer).Sum(line => 64L + (2 * (line.Name.Length + line.Value.Length)));
        lock (_gate)
        {
            // Stopped meanwhile.
            if (!_forgets.ContainsKey(route))
                return;
            kept.Set(lines);
            _held.AddLast(new Held(kept, route, bytes));
            _bytes += bytes;
            while (_bytes > MostBytes)
                Drop(_held.First!); // it has the bytes
        }

        ImmutableArray<PastHeader> Safe(List<PastHeader> all) =>
            [.. all.Select(line => line with { Value = SecretHeaders.Blacken(line.Name, line.Value, LongestValue, _redaction) })];
    }

    private void Sweep()
    {
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            foreach (var (route, watch) in _running)
            {
                if (watch.EndsAt <= now)
                    _running = _running.Remove(route);
            }

            foreach (var (route, held) in _forgets)
            {
                if (held.At <= now)
                    Forget(route);
            }

            if (_forgets.IsEmpty)
                _sweeper.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private void Forget(Guid route)
    {
        _forgets = _forgets.Remove(route);
        for (var held = _held.First; held is not null; )
        {
            var next = held.Next;
            if (held.Value.Route == route)
                Drop(held);
            held = next;
        }
    }

    private void Drop(LinkedListNode<Held> held)
    {
        _held.Remove(held);
        _bytes -= held.Value.Bytes;
        held.Value.Kept.Set(null);
    }

    private sealed record Held(KeptHeaders Kept, Guid Route, long Bytes);
}
