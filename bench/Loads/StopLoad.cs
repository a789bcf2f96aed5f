using System.Diagnostics;
using System.Globalization;
using Appliance.Bench.Peers;

namespace Appliance.Bench.Loads;

/// <summary>The end of a process with many sockets open: who hears of it, when, and how the process exits.</summary>
internal static class StopLoad
{
    /// <summary>
    /// Sends SIGTERM with the sockets open; reports how many heard 1001, how that was spread over the window, and the exit.
    /// </summary>
    public static async Task RunAsync(int sockets, int windowSeconds, string dll, CancellationToken cancellationToken)
    {
        await using var back = await PeerCommands.BackendAsync(cancellationToken);
        var port = Peer.FreePort();
        await using var peer = await PeerCommands.ApplianceAsync(
            dll,
            port,
            Peer.FreePort(),
            new() { ["APPLIANCE_DRAIN_SECONDS"] = windowSeconds.ToString(CultureInfo.InvariantCulture) },
            cancellationToken
        );
        await PeerCommands.ApplyAsync(
            dll,
            peer,
            $$"""
            { "routes": [ { "name": "all", "action": { "kind": "proxy", "pool": "backend" } } ],
              "upstreamPools": [ { "name": "backend", "servers": [ { "address": "http://127.0.0.1:{{back.Port}}" } ] } ] }
            """,
            cancellationToken
        );
        var open = await WebSocketLoad.OpenAsync(peer, sockets, cancellationToken);
        var started = Stopwatch.GetTimestamp();
        using var kill = Process.Start("kill", ["-TERM", peer.Pid.ToString(CultureInfo.InvariantCulture)]);
        var heard = await Task.WhenAll(
            open.Select(async socket =>
            {
                var code = await socket.CloseCodeAsync(cancellationToken);
                return (Code: code, After: Stopwatch.GetElapsedTime(started).TotalSeconds);
            })
        );
        var exit = await peer.ExitCodeAsync(cancellationToken);
        var took = Stopwatch.GetElapsedTime(started).TotalSeconds;
        open.ForEach(socket => socket.Dispose());
        var (right, third) = (heard.Where(one => one.Code == 1001).ToList(), windowSeconds / 3.0);
        var spread = string.Join(
            ", ",
            Enumerable
                .Range(0, 3)
                .Select(part =>
                    right.Count(one => (int)Math.Min(2, one.After / third) == part).ToString("N0", CultureInfo.InvariantCulture)
                )
        );
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"  SIGTERM with {sockets:N0} sockets, asked to leave over {windowSeconds} s: {right.Count:N0} heard 1001 ({spread} in each third), exit code {exit} after {took:0.0} s"
            )
        );
    }
}
