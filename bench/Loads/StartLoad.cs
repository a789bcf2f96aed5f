using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Appliance.Bench.Measures;
using Appliance.Bench.Peers;

namespace Appliance.Bench.Loads;

/// <summary>From the start of a process to its first answer, and what it takes once it is idle.</summary>
internal static class StartLoad
{
    private const int Routes = 20;
    private const double MiB = 1024 * 1024;
    private static readonly TimeSpan _calm = TimeSpan.FromSeconds(10);

    /// <summary>Starts every peer in turn, that often, and prints medians. The product has a folder with twenty routes.</summary>
    public static async Task RunAsync(string dll, int repetitions, string[]? only, CancellationToken cancellationToken)
    {
        using var certificate = new BenchCertificate();
        await using var back = await PeerCommands.BackendAsync(cancellationToken, certificate);
        var data = await PreparedAsync(dll, back.Port, certificate, cancellationToken);
        (string Name, Func<Task<Start>> Run)[] peers =
        [
            ("nginx", () => PeerAsync(() => PeerCommands.NginxAsync(back, certificate, tuned: false, cancellationToken))),
            ("HAProxy", () => PeerAsync(() => PeerCommands.HaproxyAsync(back, certificate, cancellationToken))),
            ("Caddy", () => PeerAsync(() => PeerCommands.CaddyAsync(back.Port, certificate, cancellationToken))),
            ("raw YARP", () => PeerAsync(() => PeerCommands.RawYarpAsync(back.Port, certificate, cancellationToken))),
            ("Appliance", () => ApplianceAsync(dll, data.FullName, certificate, cancellationToken)),
        ];
        var starts = new Dictionary<string, List<Start>>();
        for (var repetition = 0; repetition < repetitions; repetition++)
        {
            foreach (var (name, run) in peers.Where(peer => only is null || only.Contains(peer.Name, StringComparer.OrdinalIgnoreCase)))
            {
                if (!starts.TryGetValue(name, out var list))
                    starts[name] = list = [];
                list.Add(await run());
            }
        }

        data.Delete(recursive: true);
        foreach (var (name, list) in starts)
        {
            Console.WriteLine(
                $"  {name, -10} first answer {Of(one => one.Answer), 6:0} ms   console {(double.IsNaN(Of(one => one.Console)) ? "-" : $"{Of(one => one.Console):0}"), 6} ms   "
                    + $"CPU until calm {Of(one => one.Cpu) * 1000, 6:0} ms   resident {Of(one => one.Resident) / MiB, 6:0.0} MiB, "
                    + $"its share {Of(one => one.Share) / MiB, 6:0.0} MiB"
            );

            double Of(Func<Start, double> figure) => Median.Of(list.Select(figure));
        }
    }

    // A folder as a stopped process leaves it.
    private static async Task<DirectoryInfo> PreparedAsync(
        string dll,
        int backend,
        BenchCertificate certificate,
        CancellationToken cancellationToken
    )
    {
        var folder = Directory.CreateTempSubdirectory("bench-start-");
        await using var peer = await LaunchAsync(dll, Peer.FreePort(), Peer.FreePort(), folder.FullName, certificate, cancellationToken);
        var routes = Enumerable
            .Range(0, Routes)
            .Select(at =>
                $$"""{ "name": "r{{at}}", "hosts": ["h{{at}}.example.com"], "action": { "kind": "proxy", "pool": "p{{at}}" } }"""
            );
        var pools = Enumerable
            .Range(0, Routes)
            .Select(at => $$"""{ "name": "p{{at}}", "servers": [ { "address": "http://127.0.0.1:{{backend}}" } ] }""");
        await PeerCommands.ApplyAsync(
            dll,
            peer,
            $$"""{ "routes": [ {{string.Join(", ", routes)}} ], "upstreamPools": [ {{string.Join(", ", pools)}} ] }""",
            cancellationToken,
            folder.FullName
        );
        return folder;
    }

    private static Task<Peer> LaunchAsync(
        string dll,
        int port,
        int console,
        string data,
        BenchCertificate certificate,
        CancellationToken cancellationToken
    ) =>
        PeerCommands.ApplianceAsync(
            dll,
            port,
            console,
            new()
            {
                ["APPLIANCE_DATA"] = data,
                ["APPLIANCE_ADMIN_USER"] = "bench",
                ["APPLIANCE_ADMIN_PASSWORD"] = "correct horse battery",
                ["MALLOC_ARENA_MAX"] = "2",
            },
            cancellationToken,
            certificate: certificate
        );

    private static async Task<Start> PeerAsync(Func<Task<Peer>> start)
    {
        await using var peer = await start();
        var answered = await AnswerAsync(peer.Port, "/small");
        return await CalmAsync(peer, answered, double.NaN);
    }

    private static async Task<Start> ApplianceAsync(
        string dll,
        string data,
        BenchCertificate certificate,
        CancellationToken cancellationToken
    )
    {
        var (port, console) = (Peer.FreePort(), Peer.FreePort());
        var (first, page) = (AnswerAsync(port, "/small"), AnswerAsync(console, "/healthz"));
        await using var peer = await LaunchAsync(dll, port, console, data, certificate, cancellationToken);
        return await CalmAsync(peer, await first, Stopwatch.GetElapsedTime(peer.Started, await page).TotalMilliseconds);
    }

    private static async Task<Start> CalmAsync(Peer peer, long answered, double console)
    {
        await ProcessFigures.QuietAsync(peer.Pid, _calm, CancellationToken.None);
        return new(
            Stopwatch.GetElapsedTime(peer.Started, answered).TotalMilliseconds,
            console,
            ProcessFigures.CpuSeconds(peer.Pid),
            ProcessFigures.ResidentBytes(peer.Pid),
            ProcessFigures.MemoryBytes(peer.Pid)
        );
    }

    // When the port said 200 first. Plain sockets: a client of .NET would take longer to warm up than most peers to start.
    private static async Task<long> AnswerAsync(int port, string path)
    {
        var host = path == "/small" ? "h3.example.com" : "localhost";
        var request = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        var buffer = new byte[1024];
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync("127.0.0.1", port, limit.Token);
                await socket.SendAsync(request, limit.Token);
                var read = await socket.ReceiveAsync(buffer, limit.Token);
                if (buffer.AsSpan(0, read).StartsWith("HTTP/1.1 200"u8))
                    return Stopwatch.GetTimestamp();
            }
            catch (SocketException)
            {
                // Nobody listens yet.
            }

            await Task.Delay(2, limit.Token);
        }
    }

    /// <summary>One start.</summary>
    /// <param name="Answer">Milliseconds until the proxy's first 200.</param>
    /// <param name="Console">Milliseconds until the console answers; not a number where there is none.</param>
    /// <param name="Cpu">CPU seconds until the process does nothing more.</param>
    /// <param name="Resident">Resident bytes then.</param>
    /// <param name="Share">The same, of shared pages its share alone.</param>
    private sealed record Start(double Answer, double Console, double Cpu, double Resident, double Share);
}
