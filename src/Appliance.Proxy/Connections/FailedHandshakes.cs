using System.Net;

namespace Appliance.Proxy.Connections;

/// <summary>Whose no it was that a handshake became no connection.</summary>
public enum HandshakeSide
{
    /// <summary>The proxy's: the handshake is wrong, or the route does not take it.</summary>
    Proxy,

    /// <summary>The server's: it answered something else than 101, or wrongly, or not.</summary>
    Server,

    /// <summary>The client's: it went away.</summary>
    Client,
}

/// <summary>
/// A handshake that was refused or failed. It keeps no query, no cookie, and no header but the client's User-Agent, because they may be
/// secret.
/// </summary>
public sealed record FailedHandshake
{
    /// <summary>When it failed, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The id of the route.</summary>
    public required Guid RouteId { get; init; }

    /// <summary>The route's name then.</summary>
    public required string RouteName { get; init; }

    /// <summary>The pool's name then.</summary>
    public required string PoolName { get; init; }

    /// <summary>The client behind trusted proxies.</summary>
    public IPAddress? ClientAddress { get; init; }

    /// <summary>The client as people read it.</summary>
    public string Client => ClientAddress?.ToString() ?? "unknown";

    /// <summary>The host that was asked for, cut at 256 characters.</summary>
    public required string Host { get; init; }

    /// <summary>The path that was asked for, cut at 256 characters, without its query.</summary>
    public required string Path { get; init; }

    /// <summary>The Origin of the page that asked, cut at 256 characters, or null.</summary>
    public string? Origin { get; init; }

    /// <summary>The client's User-Agent, cut at 256 characters, or null.</summary>
    public string? UserAgent { get; init; }

    /// <summary>What was to be switched to: <c>websocket</c>, or what the client offered.</summary>
    public required string Protocol { get; init; }

    /// <summary>Whose no it was.</summary>
    public required HandshakeSide Side { get; init; }

    /// <summary>The status that the client got; 0 when it was gone.</summary>
    public required int Status { get; init; }

    /// <summary>Why, in a sentence.</summary>
    public required string Reason { get; init; }

    /// <summary>The server that was asked last, as configured; null when none was asked.</summary>
    public string? Server { get; init; }
}

/// <summary>
/// The handshakes that were refused or failed last: of each route the last <see cref="KeptOfRoute"/>, of all routes together the last
/// <see cref="Kept"/>.
/// </summary>
public sealed class FailedHandshakes
{
    /// <summary>How many are remembered.</summary>
    public const int Kept = 1000;

    /// <summary>How many of one route: a noisy one does not drive out the others.</summary>
    public const int KeptOfRoute = 100;

    private readonly Lock _lock = new();
    private readonly LinkedList<FailedHandshake> _all = new();
    private readonly Dictionary<Guid, Queue<LinkedListNode<FailedHandshake>>> _routes = [];
    private long _count;

    /// <summary>How many there were since the start.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>The remembered ones, newest first.</summary>
    public IReadOnlyList<FailedHandshake> List()
    {
        lock (_lock)
            return [.. _all.Reverse()];
    }

    /// <summary>Those of one route, newest first.</summary>
    public IReadOnlyList<FailedHandshake> Of(Guid route)
    {
        lock (_lock)
            return _routes.TryGetValue(route, out var queue) ? [.. queue.Reverse().Select(node => node.Value)] : [];
    }

    /// <summary>Remembers a handshake; the oldest one may go.</summary>
    internal void Add(FailedHandshake handshake)
    {
        lock (_lock)
        {
            Volatile.Write(ref _count, _count + 1);
            if (!_routes.TryGetValue(handshake.RouteId, out var queue))
                _routes[handshake.RouteId] = queue = new Queue<LinkedListNode<FailedHandshake>>();
            queue.Enqueue(_all.AddLast(handshake));
            if (queue.Count > KeptOfRoute)
                _all.Remove(queue.Dequeue());
            if (_all.Count <= Kept)
                return;

            // The oldest of all is the oldest of its route.
            var oldest = _all.First!.Value; // there are more than none
            _all.RemoveFirst();
            _routes[oldest.RouteId].Dequeue();
            if (_routes[oldest.RouteId].Count == 0)
                _routes.Remove(oldest.RouteId);
        }
    }
}
