using System.Security.Cryptography.X509Certificates;
using Appliance.Bench.Loads;
using Appliance.Bench.Loads.Steady;
using Appliance.Bench.Measures;
using Appliance.Bench.Peers;

// The program is also the servers it measures against: each is a process of its own.
switch (args)
{
    case ["serve-backend", var port]:
        await Servers.BackendAsync(int.Parse(port), 0, certificate: null);
        return 0;
    case ["serve-backend", var port, var secure, var chain, var key]:
        await Servers.BackendAsync(int.Parse(port), int.Parse(secure), X509Certificate2.CreateFromPemFile(chain, key));
        return 0;
    case ["serve-yarp", var port, var secure, var backend, var chain, var key]:
        await Servers.YarpAsync(int.Parse(port), int.Parse(secure), int.Parse(backend), X509Certificate2.CreateFromPemFile(chain, key));
        return 0;
    case ["edit", var hosts]:
        await EditLoad.RunAsync(int.Parse(hosts));
        return 0;
}

// The number of repetitions, a word of the loads that are wanted, and the peers that are: --peers=nginx,Appliance
const string peersOption = "--peers=";

// With lines in nginx's and the product's access log: --log=combined, --log=json
const string logOption = "--log=";
PeerCommands.AccessLog = args.FirstOrDefault(text => text.StartsWith(logOption, StringComparison.Ordinal))?[logOption.Length..];
args = [.. args.Where(text => !text.StartsWith(logOption, StringComparison.Ordinal))];

// Of the steady run: one number of routes, for all of the minutes.
const string routesOption = "--routes=";
var only = args.FirstOrDefault(text => text.StartsWith(peersOption, StringComparison.Ordinal))?[peersOption.Length..].Split(',');
args = [.. args.Where(text => !text.StartsWith(peersOption, StringComparison.Ordinal))];
var repetitions = args.Select(text => int.TryParse(text, out var number) ? number : 0).FirstOrDefault(number => number > 0, 5);
var wanted = args.FirstOrDefault(text => !int.TryParse(text, out _)) ?? "";
const int seconds = 3;
const string tuned = "nginx 64k";
const string HttpsServer = "HTTP to an https server, ";
var stop = CancellationToken.None;
var dll = Path.Combine(AppContext.BaseDirectory, "Appliance.Web.dll");

// Half of the minutes with one route, half with many: what is kept for each route must not hide behind what is kept for each minute.
if (wanted is "steady")
{
    var minutes = args.Any(text => int.TryParse(text, out _)) ? repetitions : SteadyRun.StandardMinutes;
    var isFlat = true;
    var few = args.FirstOrDefault(text => text.StartsWith(routesOption, StringComparison.Ordinal));
    int[] numbers = few is null ? SteadyRun.Routes : [int.Parse(few[routesOption.Length..])];
    foreach (var routes in numbers)
    {
        Console.WriteLine($"Days in minutes, {routes:N0} {(routes == 1 ? "route" : "routes")}");
        isFlat &= await SteadyRun.RunAsync(TimeSpan.FromMinutes(minutes) / numbers.Length, routes, dll, stop);
        Console.WriteLine();
    }

    Console.WriteLine(isFlat ? "Nothing grows." : "Something grows; it is marked above.");
    return isFlat ? 0 : 1;
}

(string Name, string Unit, bool Fresh, Func<Peer, Task<Sample>> Run)[] loads =
[
    ("HTTP GET 66 B, 64 connections", "CPU us/request", false, peer => HttpLoad.RunAsync(peer, "/small", 64, seconds, stop)),
    (HttpsServer + "GET 66 B, 64 connections", "CPU us/request", false, peer =>
        HttpLoad.RunAsync(peer, PeerCommands.SecureServerPath + "small", 64, seconds, stop)
    ),
    (HttpsServer + "GET 64 KiB, 16 connections", "CPU us/request", false, peer =>
        HttpLoad.RunAsync(peer, PeerCommands.SecureServerPath + "large", 16, seconds, stop)
    ),
    ("HTTP GET 64 KiB, 16 connections", "CPU us/request", false, peer => HttpLoad.RunAsync(peer, "/large", 16, seconds, stop)),
    ("HTTP GET 1 MiB, 4 connections", "CPU us/request", false, peer => HttpLoad.RunAsync(peer, "/large/1m", 4, seconds, stop)),
    ("HTTP POST 1 MiB, 4 connections", "CPU us/request", false, peer =>
        HttpLoad.RunAsync(peer, "/small", 4, seconds, stop, method: "POST", bodyBytes: 1024 * 1024)
    ),
    ("HTTP PUT 64 KiB, 16 connections", "CPU us/request", false, peer =>
        HttpLoad.RunAsync(peer, "/small", 16, seconds, stop, method: "PUT", bodyBytes: 64 * 1024)
    ),
    ("WebSocket echo 64 x 128 B", "CPU us/message", false, peer => WebSocketLoad.EchoAsync(peer, 64, 128, seconds, stop)),
    ("WebSocket echo 1,000 x 128 B", "CPU us/message", false, peer => WebSocketLoad.EchoAsync(peer, 1000, 128, seconds, stop)),
    ("WebSocket echo 64 x 16 KiB", "CPU us/message", false, peer => WebSocketLoad.EchoAsync(peer, 64, 16 * 1024, seconds, stop)),
    ("WebSocket paced echo 64 x 100/s x 128 B", "CPU us/message", false, peer =>
        WebSocketLoad.PacedEchoAsync(peer, 64, 100, 128, seconds, stop)
    ),
    ("WebSocket fan-out 1,000 x 10/s x 128 B", "CPU us/message", false, peer =>
        WebSocketLoad.FanOutAsync(peer, 1000, 10, 128, seconds, stop)
    ),
    ("WebSocket fan-out 200 x 50/s x 1 KiB", "CPU us/message", false, peer =>
        WebSocketLoad.FanOutAsync(peer, 200, 50, 1024, seconds, stop)
    ),
    ("WebSocket open, echo, close", "CPU us/connection", false, peer => WebSocketLoad.ChurnAsync(peer, 16, seconds, stop)),
    ("HTTPS GET 66 B, 64 connections", "CPU us/request", false, peer => HttpLoad.RunAsync(peer, "/small", 64, seconds, stop, secure: true)),
    ("HTTPS GET 64 KiB, 16 connections", "CPU us/request", false, peer =>
        HttpLoad.RunAsync(peer, "/large", 16, seconds, stop, secure: true)
    ),
    ("HTTP/2 GET 66 B, 8 connections x 8", "CPU us/request", false, peer => HttpLoad.Http2Async(peer, "/small", 8, 8, seconds, stop)),
    ("HTTP/2 GET 64 KiB, 4 connections x 4", "CPU us/request", false, peer => HttpLoad.Http2Async(peer, "/large", 4, 4, seconds, stop)),
    ("TLS handshake, whole", "CPU us/connection", false, peer => HttpLoad.HandshakesAsync(peer, isResumed: false, seconds, stop)),
    ("TLS handshake, resumed", "CPU us/connection", false, peer => HttpLoad.HandshakesAsync(peer, isResumed: true, seconds, stop)),
    ("wss echo 64 x 128 B", "CPU us/message", false, peer => WebSocketLoad.EchoAsync(peer, 64, 128, seconds, stop, secure: true)),
    ("wss echo 64 x 16 KiB", "CPU us/message", false, peer => WebSocketLoad.EchoAsync(peer, 64, 16 * 1024, seconds, stop, secure: true)),
    ("wss fan-out 200 x 50/s x 1 KiB", "CPU us/message", false, peer =>
        WebSocketLoad.FanOutAsync(peer, 200, 50, 1024, seconds, stop, secure: true)
    ),
    ("wss open, echo, close", "CPU us/connection", false, peer => WebSocketLoad.ChurnAsync(peer, 16, seconds, stop, secure: true)),
    ("wss idle, 9,000 open", "bytes/socket", true, peer => WebSocketLoad.IdleAsync(peer, 9000, traffic: true, stop, secure: true)),
    ("WebSocket idle, 1,000 open", "bytes/socket", true, peer => WebSocketLoad.IdleAsync(peer, 1000, traffic: true, stop)),
    ("WebSocket idle, 9,000 open, before traffic", "bytes/socket", true, peer => WebSocketLoad.IdleAsync(peer, 9000, traffic: false, stop)),
    ("WebSocket idle, 9,000 open, after traffic", "bytes/socket", true, peer => WebSocketLoad.IdleAsync(peer, 9000, traffic: true, stop)),
];

if (wanted.Length == 0 || "edits".Contains(wanted, StringComparison.OrdinalIgnoreCase))
{
    Console.WriteLine("One edit, from the editor to live traffic (warm median of 25)");
    foreach (var hosts in new[] { 100, 1_000, 10_000 })
        await EditLoad.ReportAsync(hosts);
    Console.WriteLine();
}

if (wanted.Length == 0 || "console".Contains(wanted, StringComparison.OrdinalIgnoreCase))
{
    Console.WriteLine("The console, in a real browser");
    await ConsoleLoad.ListAsync(10_000, dll, stop);
    await ConsoleLoad.DashboardsAsync(200, 1_000, 50, dll, stop);
    await ConsoleLoad.DashboardsAsync(10_000, 1_000, 50, dll, stop);
    Console.WriteLine();
}

if (wanted.Length == 0 || wanted is "console" or "connections")
{
    await ConsoleLoad.ConnectionsAsync(9_000, 20, dll, stop);
    Console.WriteLine();
}

if (wanted.Length == 0 || wanted is "stop")
{
    Console.WriteLine("The end of a process");
    await StopLoad.RunAsync(9_000, 10, dll, stop);
    Console.WriteLine();
}

if (wanted.Length == 0 || wanted is "start")
{
    // Compiled ahead where ./dev has done that: as people run it.
    Console.WriteLine($"From the start of a process to its first answer, medians of {repetitions}");
    await StartLoad.RunAsync(Environment.GetEnvironmentVariable("PRODUCT_UNDER_TEST") ?? dll, repetitions, only, stop);
    Console.WriteLine();
}

if (wanted is "memory")
{
    Console.WriteLine("What a large config takes");
    await MemoryLoad.RunAsync(args.Any(text => int.TryParse(text, out _)) ? repetitions : 6, dll, stop);
}

if (wanted is "memory" or "start" or "edits" or "console" or "connections" or "stop")
    return 0;

if (wanted.Length == 0 || wanted is "growth")
{
    Console.WriteLine("What stays, in the product alone");
    await SteadyLoad.EditsAsync(9_000, 100, dll, stop);
    await SteadyLoad.ChurnAsync(100_000, dll, stop);
    Console.WriteLine();
}

if (wanted is "growth")
    return 0;

using var certificate = new BenchCertificate();
await using var back = await PeerCommands.BackendAsync(stop, certificate);
(string Name, Func<Task<Peer>> Start)[] starts =
[
    ("nginx", () => PeerCommands.NginxAsync(back, certificate, tuned: false, stop)),
    (tuned, () => PeerCommands.NginxAsync(back, certificate, tuned: true, stop)),
    ("HAProxy", () => PeerCommands.HaproxyAsync(back, certificate, stop)),
    ("Caddy", () => PeerCommands.CaddyAsync(back.Port, certificate, stop)),
    ("raw YARP", () => PeerCommands.RawYarpAsync(back.Port, certificate, stop)),
    ("Appliance", () => PeerCommands.ApplianceAsync(back.Port, dll, limited: false, stop, certificate, back.SecurePort)),
    (PeerCommands.Limited, () => PeerCommands.ApplianceAsync(back.Port, dll, limited: true, stop, certificate)),
];

Console.WriteLine($"Medians of {repetitions} interleaved runs. The figure is the proxy's own; a ratio below 1 is better than the peer.");
var peers = await StartAsync();
foreach (var load in loads.Where(load => load.Name.Contains(wanted, StringComparison.OrdinalIgnoreCase)))
{
    var samples = new Dictionary<string, List<Sample>>();
    for (var repetition = 0; repetition < repetitions; repetition++)
    {
        // Memory is compared between processes that have done nothing else: what an earlier load left behind would hide it.
        var these = load.Fresh ? await StartAsync() : peers;
        foreach (var peer in these)
        {
            // It differs in nothing but large messages.
            if (peer.Name == tuned && !load.Name.Contains("KiB", StringComparison.Ordinal))
                continue;

            // Not all of them are told of the https server.
            if (load.Name.StartsWith(HttpsServer, StringComparison.Ordinal) && peer.Name is not ("nginx" or "HAProxy" or "Appliance"))
                continue;

            // And this one in nothing but messages.
            if (
                peer.Name == PeerCommands.Limited
                && !load.Name.Contains("echo ", StringComparison.Ordinal)
                && !load.Name.Contains("fan-out", StringComparison.Ordinal)
            )
                continue;
            if (!samples.TryGetValue(peer.Name, out var list))
            {
                samples[peer.Name] = list = [];
                await WarmAsync(peer, load.Fresh, load.Run);
            }

            list.Add(await load.Run(peer));
        }

        if (load.Fresh)
            await StopAsync(these);
    }

    Console.WriteLine($"\n{load.Name} ({load.Unit})");
    var figures = samples.ToDictionary(pair => pair.Key, pair => Median.Of(pair.Value.Select(sample => sample.PerUnit)));
    foreach (var (name, list) in samples)
    {
        var (nginx, ours) = (figures.GetValueOrDefault("nginx", double.NaN), figures.GetValueOrDefault("Appliance", double.NaN));
        Console.Write(
            $"  {name, -21} {figures[name], 10:0.0}  {figures[name] / nginx, 6:0.00} x nginx  Appliance "
                + $"{ours / figures[name], 6:0.00} x {name, -9}"
        );
        Console.WriteLine(
            load.Fresh
                ? ""
                : $"   {Median.Of(list.Select(sample => sample.PerSecond)), 10:0}/s   p99 "
                    + $"{Median.Of(list.Select(sample => sample.P99Milliseconds)):0.00} ms"
        );
    }
}

await StopAsync(peers);
return 0;

// What runs on .NET is compiled while it runs, for many seconds on a busy machine: a load before it is measured, then quiet, twice, because
// hot methods are compiled twice.
async Task WarmAsync(Peer peer, bool fresh, Func<Peer, Task<Sample>> run)
{
    if (fresh || peer.Name is not ("Appliance" or PeerCommands.Limited or "raw YARP"))
        return;
    for (var turn = 0; turn < 2; turn++)
    {
        await run(peer);
        await ProcessFigures.QuietAsync(peer.Pid, TimeSpan.FromSeconds(20), stop);
    }
}

async Task<Peer[]> StartAsync()
{
    var started = new List<Peer>();
    foreach (var (name, start) in starts)
    {
        if (only is null || only.Contains(name, StringComparer.OrdinalIgnoreCase))
            started.Add(await start());
    }

    return [.. started];
}

static async Task StopAsync(Peer[] running)
{
    foreach (var peer in running)
        await peer.DisposeAsync();
}
