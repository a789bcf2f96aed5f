using System.Diagnostics;
using Appliance.Bench.Measures;
using Appliance.Bench.Peers;

namespace Appliance.Bench.Loads;

/// <summary>WebSockets that echo, and WebSockets that do nothing.</summary>
internal static class WebSocketLoad
{
    /// <summary>
    /// Every connection sends a message when the one before has come back; the figure is the proxy's CPU microseconds per message.
    /// </summary>
    public static async Task<Sample> EchoAsync(
        Peer peer,
        int connections,
        int payload,
        int seconds,
        CancellationToken cancellationToken,
        bool secure = false
    )
    {
        var sockets = await OpenAsync(peer, connections, cancellationToken, secure: secure);
        var frame = RawWebSocket.Frame(payload);
        await Task.WhenAll(sockets.Select(socket => PingAsync(socket, frame, TimeSpan.FromSeconds(1), cancellationToken))); // warm
        var before = ProcessFigures.CpuSeconds(peer.Pid);
        var runs = await Task.WhenAll(sockets.Select(socket => PingAsync(socket, frame, TimeSpan.FromSeconds(seconds), cancellationToken)));
        var cpu = ProcessFigures.CpuSeconds(peer.Pid) - before;
        sockets.ForEach(socket => socket.Dispose());
        var messages = runs.Sum(run => run.Messages);
        var trips = runs.SelectMany(run => run.Trips).Order().ToArray();
        return new(messages, cpu * 1e6 / messages, messages / (double)seconds, trips[(int)(trips.Length * 0.99)]);
    }

    /// <summary>
    /// Every connection sends at its own pace, far below what any proxy can: what people wait for a message at the same load.
    /// </summary>
    public static async Task<Sample> PacedEchoAsync(
        Peer peer,
        int connections,
        int rate,
        int payload,
        int seconds,
        CancellationToken cancellationToken,
        bool secure = false
    )
    {
        var sockets = await OpenAsync(peer, connections, cancellationToken, secure: secure);
        var frame = RawWebSocket.Frame(payload);
        await Task.WhenAll(sockets.Select(socket => PacedAsync(socket, frame, rate, TimeSpan.FromSeconds(1), cancellationToken))); // warm
        var before = ProcessFigures.CpuSeconds(peer.Pid);
        var runs = await Task.WhenAll(
            sockets.Select(socket => PacedAsync(socket, frame, rate, TimeSpan.FromSeconds(seconds), cancellationToken))
        );
        var cpu = ProcessFigures.CpuSeconds(peer.Pid) - before;
        sockets.ForEach(socket => socket.Dispose());
        var trips = runs.SelectMany(run => run).Order().ToArray();
        return new(trips.Length, cpu * 1e6 / trips.Length, trips.Length / (double)seconds, trips[(int)(trips.Length * 0.99)]);
    }

    /// <summary>The figure is the proxy's memory in bytes per open socket that has carried nothing yet, or one message.</summary>
    public static async Task<Sample> IdleAsync(
        Peer peer,
        int connections,
        bool traffic,
        CancellationToken cancellationToken,
        bool secure = false
    )
    {
        var frame = RawWebSocket.Frame(128);
        var warm = await OpenAsync(peer, 50, cancellationToken, secure: secure);
        warm.ForEach(socket => socket.Dispose());
        var before = ProcessFigures.MemoryBytes(peer.Pid);
        var sockets = await OpenAsync(peer, connections, cancellationToken, secure: secure);
        foreach (var some in traffic ? sockets.Chunk(100) : [])
            await Task.WhenAll(some.Select(socket => socket.RoundTripAsync(frame, cancellationToken).AsTask()));
        var after = ProcessFigures.MemoryBytes(peer.Pid);
        sockets.ForEach(socket => socket.Dispose());
        return new(connections, (after - before) / (double)connections, 0, 0);
    }

    /// <summary>
    /// The back end sends to every socket, <paramref name="rate"/> messages a second; the figure is the proxy's CPU microseconds per
    /// message.
    /// </summary>
    public static async Task<Sample> FanOutAsync(
        Peer peer,
        int connections,
        int rate,
        int payload,
        int seconds,
        CancellationToken cancellationToken,
        bool secure = false
    )
    {
        var sockets = await OpenAsync(peer, connections, cancellationToken, $"/fan?rate={rate}&size={payload}", secure);
        await DrainAsync(1); // warm
        var before = ProcessFigures.CpuSeconds(peer.Pid);
        var bytes = await DrainAsync(seconds);
        var cpu = ProcessFigures.CpuSeconds(peer.Pid) - before;
        sockets.ForEach(socket => socket.Dispose());
        var messages = bytes / (double)(payload + (payload < 126 ? 2 : 4));
        return new(messages, cpu * 1e6 / messages, messages / seconds, 0);

        async Task<long> DrainAsync(int span)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            stop.CancelAfter(TimeSpan.FromSeconds(span));
            return (await Task.WhenAll(sockets.Select(socket => socket.DrainAsync(stop.Token)))).Sum();
        }
    }

    /// <summary>Open, handshake, one message there and back, close; the figure is the proxy's CPU microseconds for that.</summary>
    public static async Task<Sample> ChurnAsync(
        Peer peer,
        int atOnce,
        int seconds,
        CancellationToken cancellationToken,
        bool secure = false
    )
    {
        var frame = RawWebSocket.Frame(128);
        await RunAsync(TimeSpan.FromSeconds(1)); // warm
        var before = ProcessFigures.CpuSeconds(peer.Pid);
        var count = await RunAsync(TimeSpan.FromSeconds(seconds));
        var cpu = ProcessFigures.CpuSeconds(peer.Pid) - before;
        return new(count, cpu * 1e6 / count, count / (double)seconds, 0);

        async Task<long> RunAsync(TimeSpan span) =>
            (await Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => OneAfterTheOtherAsync(span)))).Sum();

        async Task<long> OneAfterTheOtherAsync(TimeSpan span)
        {
            var started = Stopwatch.GetTimestamp();
            long count = 0;
            for (; Stopwatch.GetElapsedTime(started) < span; count++)
            {
                using var socket = new RawWebSocket();
                await socket.OpenAsync(secure ? peer.SecurePort : peer.Port, cancellationToken, secure: secure);
                await socket.RoundTripAsync(frame, cancellationToken);
            }

            return count;
        }
    }

    private static async Task<List<double>> PacedAsync(
        RawWebSocket socket,
        byte[] frame,
        int rate,
        TimeSpan span,
        CancellationToken cancellationToken
    )
    {
        var trips = new List<double>();
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / rate));
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < span && await pace.WaitForNextTickAsync(cancellationToken))
        {
            var sent = Stopwatch.GetTimestamp();
            await socket.RoundTripAsync(frame, cancellationToken);
            trips.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
        }

        return trips;
    }

    // A hundred at a time: nobody's backlog overflows.
    internal static async Task<List<RawWebSocket>> OpenAsync(
        Peer peer,
        int count,
        CancellationToken cancellationToken,
        string path = "/ws",
        bool secure = false
    )
    {
        var sockets = Enumerable.Range(0, count).Select(_ => new RawWebSocket()).ToList();
        foreach (var some in sockets.Chunk(100))
            await Task.WhenAll(
                some.Select(socket => socket.OpenAsync(secure ? peer.SecurePort : peer.Port, cancellationToken, path: path, secure: secure))
            );
        return sockets;
    }

    private static async Task<(long Messages, List<double> Trips)> PingAsync(
        RawWebSocket socket,
        byte[] frame,
        TimeSpan span,
        CancellationToken cancellationToken
    )
    {
        var trips = new List<double>();
        var started = Stopwatch.GetTimestamp();
        long messages = 0;
        while (Stopwatch.GetElapsedTime(started) < span)
        {
            var sent = Stopwatch.GetTimestamp();
            await socket.RoundTripAsync(frame, cancellationToken);
            trips.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            messages++;
        }

        return (messages, trips);
    }
}
