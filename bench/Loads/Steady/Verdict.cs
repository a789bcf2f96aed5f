using Appliance.Bench.Measures;
using Appliance.Data;
using Appliance.Data.Accounts;
using Appliance.Proxy.Config;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Forwarding;
using Appliance.Proxy.Snapshots;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.Upstreams;
using Appliance.Proxy.WebSockets.Relays;
using Appliance.Web.Live;

namespace Appliance.Bench.Loads.Steady;

/// <summary>
/// What of the samples grows. The first third is the time in which the process finds its size; in runs of less than half an hour its
/// resident memory still rises behind it, because code is compiled for long.
/// </summary>
internal sealed class Verdict(IReadOnlyList<DaySample> samples, IReadOnlyList<LiveHeap> underLoad)
{
    private const double MiB = 1024 * 1024;

    // A kind may vary by what is just on its way; a figure by what the kernel and the collector think is right.
    private const double ObjectsShare = 0.05;
    private const double ObjectsMost = 5;
    private const double BytesShare = 0.05;
    private const double BytesMost = 1 * MiB;
    private const double HeapMost = 1 * MiB;
    private const double MemoryMost = 6 * MiB;
    private const double FilesMost = 5;
    private const double ThreadsMost = 6;

    /// <summary>What lives long, by the name people know.</summary>
    private static readonly (string Kind, string Type)[] _kinds =
    [
        ("views of the console", LiveHeap.NameOf(typeof(ConsoleView))),
        ("readings of traffic", LiveHeap.NameOf(typeof(TrafficView))),
        ("readings of servers", LiveHeap.NameOf(typeof(UpstreamView))),
        ("revisions", LiveHeap.NameOf(typeof(ConfigRevision))),
        ("snapshots", LiveHeap.NameOf(typeof(ProxySnapshot))),
        ("counters of routes", LiveHeap.NameOf(typeof(RouteTraffic))),
        ("counters of pools", LiveHeap.NameOf(typeof(PoolTraffic))),
        ("states of servers", LiveHeap.NameOf(typeof(ServerState))),
        ("WebSockets, open and ended", LiveHeap.NameOf(typeof(LiveConnection))),
        ("refused handshakes", LiveHeap.NameOf(typeof(FailedHandshake))),
        ("drains", OfProxy("Appliance.Proxy.Connections.Drains+Drain")),
        ("sockets of the event loops", LiveHeap.NameOf(typeof(EpollSocket))),
        ("connections of the event loops", LiveHeap.NameOf(typeof(EpollConnection))),
        ("HTTP/1.1 connections", "Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http.Http1Connection"),
        ("requests on their way", LiveHeap.NameOf(typeof(ProxyExchange))),
        ("connections to servers", "System.Net.Http.HttpConnection"),
        ("pools of connections to servers", "System.Net.Http.HttpConnectionPool"),
        ("connections to servers", "Appliance.Proxy.Http1.Http1Connection"),
        ("WebSockets on the event loops", LiveHeap.NameOf(typeof(EpollRelay))),
        ("circuits", "Microsoft.AspNetCore.Components.Server.Circuits.CircuitHost"),
        ("hub connections", "Microsoft.AspNetCore.SignalR.HubConnectionContext"),
        ("pages that may be come back to", OfWeb("Appliance.Web.Frame.CircuitTicket")),
        ("subscriptions of the feed", OfWeb("Appliance.Web.Live.ConsoleFeed+Subscription")),
        ("sessions looked up", LiveHeap.NameOf(typeof(SessionUse))),
        ("database contexts", LiveHeap.NameOf(typeof(ApplianceDbContext))),
    ];

    private readonly IReadOnlyList<DaySample> _counted = [.. samples.Skip(samples.Count / 3)];

    // thrown otherwise
    private static string OfProxy(string type) => LiveHeap.NameOf(typeof(ProxySnapshot).Assembly.GetType(type, throwOnError: true)!);

    // thrown otherwise
    private static string OfWeb(string type) => LiveHeap.NameOf(typeof(ConsoleView).Assembly.GetType(type, throwOnError: true)!);

    /// <summary>Prints the figures and what grows; true when nothing does.</summary>
    public bool Print()
    {
        var isFlat = Line("heap after a collection, MiB", sample => sample.Heap.Bytes / MiB, HeapMost / MiB, BytesShare, "0.0");
        isFlat &= Line("resident memory, MiB", sample => sample.MemoryBytes / MiB, MemoryMost / MiB, BytesShare, "0.0");
        isFlat &= Line("descriptors", sample => sample.Files, FilesMost, ObjectsShare, "0");
        isFlat &= Line("threads", sample => sample.Threads, ThreadsMost, ObjectsShare, "0");
        foreach (var (kind, type) in _kinds)
        {
            isFlat &= Line(kind, sample => sample.Heap.Count(type), ObjectsMost, ObjectsShare, "0");

            // What is never there proves nothing: its type has another name now, or the load does not make it.
            if (underLoad.Concat(samples.Select(sample => sample.Heap)).All(heap => heap.Count(type) == 0))
            {
                isFlat = false;
                Console.WriteLine($"    UNSEEN {kind}: {type}");
            }
        }

        foreach (var type in _counted[^1].Heap.Types.Keys.Order(StringComparer.Ordinal).Where(Grows))
        {
            isFlat = false;
            Console.WriteLine(
                $"    GROWS  {type}: {string.Join(' ', samples.Select(sample => sample.Heap.Types.GetValueOrDefault(type).Objects))}"
            );
        }

        return isFlat;
    }

    // Any type of the product or of the server under it by number, and any other by its bytes.
    private bool Grows(string type)
    {
        if (_kinds.Any(kind => kind.Type == LiveHeap.Definition(type)))
            return false;
        var isOurs =
            type.StartsWith("Appliance.", StringComparison.Ordinal) || type.StartsWith("Microsoft.AspNetCore.", StringComparison.Ordinal);

        // Buffers that are lent: how many there are follows what was sent last.
        isOurs &= type != "Microsoft.AspNetCore.MemoryPoolBlock";
        return (
                isOurs
                && Trend.Grows(
                    [.. _counted.Select(sample => (double)sample.Heap.Types.GetValueOrDefault(type).Objects)],
                    2 * ObjectsMost,
                    2 * ObjectsShare
                )
            )
            || Trend.Grows([.. _counted.Select(sample => (double)sample.Heap.Types.GetValueOrDefault(type).Bytes)], BytesMost, BytesShare);
    }

    private bool Line(string name, Func<DaySample, double> figure, double absolute, double share, string format)
    {
        var counted = _counted.Select(figure).ToList();
        var grows = Trend.Grows(counted, absolute, share);
        Console.WriteLine(
            $"    {(grows ? "GROWS" : "flat "), -6} {name, -34} "
                + $"{string.Join(' ', samples.Select(sample => figure(sample).ToString(format)))}   {Trend.Growth(counted):+0.0;-0.0;0.0}"
        );
        return !grows;
    }
}
