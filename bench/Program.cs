using Appliance.Bench.Loads;
using Appliance.Bench.Measures;
using Appliance.Bench.Peers;

// The program is also the servers it measures against: each is a process of its own.
switch (args)
{
    case ["serve-backend", var port]:
        await Servers.BackendAsync(int.Parse(port));
        return;
    case ["serve-yarp", var port, var backend]:
        await Servers.YarpAsync(int.Parse(port), int.Parse(backend));
        return;
    case ["edit", var hosts]:
        await EditLoad.RunAsync(int.Parse(hosts));
        return;
}

// The number of repetitions, and a word of the loads that are wanted.
var repetitions = args.Select(text => int.TryParse(text, out var number) ? number : 0).FirstOrDefault(number => number > 0, 5);
var wanted = args.FirstOrDefault(text => !int.TryParse(text, out _)) ?? "";
const int seconds = 3;
var stop = CancellationToken.None;
var dll = Path.Combine(AppContext.BaseDirectory, "Appliance.Web.dll");

(string Name, string Unit, Func<Peer, Task<Sample>> Run)[] loads =
[
    ("HTTP GET 66 B, 64 connections", "CPU us/request", peer => HttpLoad.RunAsync(peer, "/small", 64, seconds, stop)),
    ("HTTP GET 64 KiB, 16 connections", "CPU us/request", peer => HttpLoad.RunAsync(peer, "/large", 16, seconds, stop)),
    ("WebSocket echo 64 x 128 B", "CPU us/message", peer => WebSocketLoad.EchoAsync(peer, 64, 128, seconds, stop)),
    ("WebSocket idle, 1,000 open", "bytes/socket", peer => WebSocketLoad.IdleAsync(peer, 1000, stop)),
];

if (wanted.Length == 0 || "edits".Contains(wanted, StringComparison.OrdinalIgnoreCase))
{
    Console.WriteLine("One edit, from the editor to live traffic (warm median of 25)");
    foreach (var hosts in new[] { 100, 1_000, 10_000 })
        await EditLoad.ReportAsync(hosts);
    Console.WriteLine();
}

if (wanted == "edits")
    return;

await using var back = await PeerCommands.BackendAsync(stop);
await using var nginx = await PeerCommands.NginxAsync(back.Port, stop);
await using var yarp = await PeerCommands.RawYarpAsync(back.Port, stop);
await using var ours = await PeerCommands.ApplianceAsync(back.Port, dll, stop);
Peer[] peers = [nginx, yarp, ours];

Console.WriteLine($"Medians of {repetitions} interleaved runs. The figure is the proxy's own; a ratio below 1 is better than nginx.");
foreach (var (name, unit, run) in loads.Where(load => load.Name.Contains(wanted, StringComparison.OrdinalIgnoreCase)))
{
    var samples = peers.ToDictionary(peer => peer.Name, _ => new List<Sample>());
    for (var repetition = 0; repetition < repetitions; repetition++)
    {
        foreach (var peer in peers)
            samples[peer.Name].Add(await run(peer));
    }

    Console.WriteLine($"\n{name} ({unit})");
    var baseline = Median.Of(samples["nginx"].Select(sample => sample.PerUnit));
    foreach (var peer in peers)
    {
        var list = samples[peer.Name];
        var figure = Median.Of(list.Select(sample => sample.PerUnit));
        Console.WriteLine(
            $"  {peer.Name,-10} {figure,10:0.0}  {figure / baseline,6:0.00} x nginx   {Median.Of(list.Select(sample => sample.PerSecond)),10:0}/s   p99 {Median.Of(list.Select(sample => sample.P99Milliseconds)):0.00} ms");
    }
}
