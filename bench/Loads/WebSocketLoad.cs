using System.Diagnostics;
using Appliance.Bench.Measures;
using Appliance.Bench.Peers;

namespace Appliance.Bench.Loads;

/// <summary>WebSockets that echo, and WebSockets that do nothing.</summary>
internal static class WebSocketLoad
{
    /// <summary>Every connection sends a message when the one before has come back; the figure is the proxy's CPU microseconds per message.</summary>
    public static async Task<Sample> EchoAsync(Peer peer, int connections, int payload, int seconds, CancellationToken cancellationToken)
    {
        var sockets = await OpenAsync(peer, connections, cancellationToken);
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

    /// <summary>The figure is the proxy's memory in bytes per open socket that has carried one message.</summary>
    public static async Task<Sample> IdleAsync(Peer peer, int connections, CancellationToken cancellationToken)
    {
        var frame = RawWebSocket.Frame(128);
        var warm = await OpenAsync(peer, 50, cancellationToken);
        warm.ForEach(socket => socket.Dispose());
        var before = ProcessFigures.MemoryBytes(peer.Pid);
        var sockets = await OpenAsync(peer, connections, cancellationToken);
        foreach (var socket in sockets)
            await socket.RoundTripAsync(frame, cancellationToken);
        var after = ProcessFigures.MemoryBytes(peer.Pid);
        sockets.ForEach(socket => socket.Dispose());
        return new(connections, (after - before) / (double)connections, 0, 0);
    }

    private static async Task<List<RawWebSocket>> OpenAsync(Peer peer, int count, CancellationToken cancellationToken)
    {
        var sockets = new List<RawWebSocket>(count);
        for (var index = 0; index < count; index++)
        {
            var socket = new RawWebSocket();
            await socket.OpenAsync(peer.Port, cancellationToken);
            sockets.Add(socket);
        }

        return sockets;
    }

    private static async Task<(long Messages, List<double> Trips)> PingAsync(RawWebSocket socket, byte[] frame, TimeSpan span, CancellationToken cancellationToken)
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
