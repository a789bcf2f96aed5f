using System.Diagnostics;
using Appliance.Bench.Measures;
using Appliance.Bench.Peers;
using Microsoft.Playwright;

namespace Appliance.Bench.Loads.Steady;

/// <summary>
/// Days in minutes: rounds of requests, WebSockets, edits, drains and visits of the console, each followed by quiet, every fourth one quiet
/// altogether. What is left after a round and a collection must not grow.
/// </summary>
internal static class SteadyRun
{
    /// <summary>Minutes unless said: half an hour.</summary>
    public const int StandardMinutes = 30;

    /// <summary>How many routes there are, one run after the other.</summary>
    public static readonly int[] Routes = [1, 2_000];

    private const int Standing = 200;
    private const int Filling = 6_000;
    private const int IdleEvery = 4;
    private const int FewestSamples = 9;

    // Rounds in which the heap is looked at in the midst of the load, too.
    private const int Looks = 2;
    private static readonly TimeSpan _busy = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan _quiet = TimeSpan.FromSeconds(10);

    /// <summary>True when nothing grows.</summary>
    public static async Task<bool> RunAsync(TimeSpan length, int routes, string dll, CancellationToken cancellationToken)
    {
        var console = Peer.FreePort();
        await using var back = await PeerCommands.BackendAsync(cancellationToken);
        await using var peer = await PeerCommands.ApplianceAsync(dll, Peer.FreePort(), console, Settings(), cancellationToken);
        using var node = await SteadyConfig.ConnectAsync(peer, cancellationToken)
            ?? throw new InvalidOperationException("The product does not answer.");
        var config = new SteadyConfig(node, routes, back.Port);
        var traffic = new SteadyTraffic(peer.Port, config);
        using var playwright = await Playwright.CreateAsync();
        var pages = new SteadyPages(playwright, $"http://localhost:{console}/");
        await config.ApplyAsync([], cancellationToken);
        var standing = new List<RawWebSocket>();
        for (var at = 0; at < Standing; at++)
            standing.Add(await traffic.OpenAsync(config.Host(at), cancellationToken));
        await traffic.FillAsync(Filling, cancellationToken);

        var samples = new List<DaySample>();
        var underLoad = new List<LiveHeap>();
        var started = Stopwatch.GetTimestamp();
        for (var round = 0; samples.Count < FewestSamples || Stopwatch.GetElapsedTime(started) < length; round++)
        {
            if (round % IdleEvery == IdleEvery - 1)
                await Task.Delay(_busy, cancellationToken);
            else
                await RoundAsync(
                    round,
                    config,
                    traffic,
                    pages,
                    async () => underLoad.Add(await LiveHeap.OfAsync(peer.Pid, cancellationToken)),
                    cancellationToken
                );
            await Task.Delay(_quiet, cancellationToken);
            samples.Add(await DaySample.TakeAsync(peer.Pid, cancellationToken));
            Console.WriteLine(
                $"    {Stopwatch.GetElapsedTime(started):mm\\:ss}  {samples[^1].Heap.Bytes / 1048576.0:0.0} MiB alive, "
                    + $"{samples[^1].MemoryBytes / 1048576.0:0.0} MiB resident, {samples[^1].Files} descriptors, "
                    + $"{samples[^1].Threads} threads"
            );
        }

        standing.ForEach(socket => socket.Dispose());
        Console.WriteLine(
            $"  {samples.Count} rounds with {routes:N0} {(routes == 1 ? "route" : "routes")}; growth is from the end of the first "
                + "third to the end:"
        );
        return new Verdict(samples, underLoad).Print();
    }

    private static async Task RoundAsync(
        int round,
        SteadyConfig config,
        SteadyTraffic traffic,
        SteadyPages pages,
        Func<Task> look,
        CancellationToken cancellationToken
    )
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var requests = traffic.RunAsync(over.Token);
        var visit = pages.VisitAsync(leaves: round % 2 == 0, cancellationToken);
        var started = Stopwatch.GetTimestamp();
        do
        {
            await PassAsync(config, traffic, round < Looks ? look : () => Task.CompletedTask, cancellationToken);
            await Task.Delay(TimeSpan.FromSeconds(3), cancellationToken);
        } while (Stopwatch.GetElapsedTime(started) < _busy);
        await visit;
        await over.CancelAsync();
        await requests;
        await config.ApplyAsync([], cancellationToken);
    }

    // Names that come, carry something, are drained or closed, and are deleted.
    private static async Task PassAsync(SteadyConfig config, SteadyTraffic traffic, Func<Task> look, CancellationToken cancellationToken)
    {
        var names = await config.ReplacePassingAsync(cancellationToken);
        foreach (var name in names)
            await traffic.UseAsync(name, cancellationToken);
        using var drained = await traffic.OpenAsync(names[0] + ".example.com", cancellationToken);
        using var closed = await traffic.OpenAsync(names[1] + ".example.com", cancellationToken);
        await config.DrainAsync(names[0], isTakenBack: false, cancellationToken);
        await look();
        await config.DrainAsync(names[2], isTakenBack: true, cancellationToken);
        await config.CloseAsync(names[1], cancellationToken);
        await drained.CloseCodeAsync(cancellationToken);
        await closed.CloseCodeAsync(cancellationToken);
    }

    private static Dictionary<string, string> Settings() =>
        new() { ["APPLIANCE_ADMIN_USER"] = ConsoleLoad.User, ["APPLIANCE_ADMIN_PASSWORD"] = ConsoleLoad.Password };
}
