using System.Globalization;
using System.Text.Json;
using Appliance.Bench.Measures;
using Appliance.Bench.Peers;

namespace Appliance.Bench.Loads;

/// <summary>What a large config takes, and whether applying it again and again leaves something.</summary>
internal static class MemoryLoad
{
    private const int Items = 10_000;
    private const int ShownTypes = 25;
    private const double MiB = 1024 * 1024;

    /// <summary>
    /// Applies a config of 10,000 hosts with a pool each, that often; each document is whole, and differs from the one before in a tenth of
    /// its routes. Prints the memory and the collected heap after the first, the middle and the last one, then the largest types.
    /// </summary>
    public static async Task RunAsync(int applies, string dll, CancellationToken cancellationToken)
    {
        await using var product = await PeerCommands.ApplianceAsync(dll, Peer.FreePort(), Peer.FreePort(), [], cancellationToken);
        Console.WriteLine($"  {Items:N0} hosts, each with a pool of its own");
        await ReportAsync("empty", product, cancellationToken);
        LiveHeap? heap = null;
        for (var apply = 1; apply <= applies; apply++)
        {
            await PeerCommands.ApplyAsync(dll, product, Document(apply), cancellationToken);
            if (apply == 1 || apply == applies || apply % Math.Max(applies / 4, 1) == 0)
                heap = await ReportAsync($"apply {apply}", product, cancellationToken);
        }

        foreach (
            var (name, share) in (heap?.Types ?? new Dictionary<string, LiveHeap.Share>())
                .OrderByDescending(type => type.Value.Bytes)
                .Take(ShownTypes)
        )
            Console.WriteLine($"    {share.Bytes / MiB, 7:0.0} MiB  {share.Objects, 9:N0}  {name}");
    }

    private static async Task<LiveHeap> ReportAsync(string when, Peer product, CancellationToken cancellationToken)
    {
        await ProcessFigures.QuietAsync(product.Pid, TimeSpan.FromSeconds(20), cancellationToken);
        var resident = ProcessFigures.ResidentBytes(product.Pid);
        var heap = await LiveHeap.OfAsync(product.Pid, cancellationToken);
        Console.WriteLine(
            $"  {when, -12} resident {resident / MiB, 6:0} MiB   collected heap {heap.Bytes / MiB, 6:0} MiB   resident after it "
                + $"{ProcessFigures.ResidentBytes(product.Pid) / MiB, 6:0} MiB"
        );
        return heap;
    }

    private static string Document(int apply) =>
        JsonSerializer.Serialize(
            new
            {
                routes = Enumerable
                    .Range(0, Items)
                    .Select(at => new
                    {
                        name = $"r{at}",
                        hosts = new[] { $"h{at}.example.com" },
                        action = new { kind = "proxy", pool = $"p{at}" },
                        tags = new[] { (at + apply) % 10 == 0 ? string.Create(CultureInfo.InvariantCulture, $"t{apply}") : "t" },
                    }),
                upstreamPools = Enumerable
                    .Range(0, Items)
                    .Select(at => new { name = $"p{at}", servers = new[] { new { address = $"http://10.{at >> 8}.{at & 255}.1:80" } } }),
            }
        );
}
