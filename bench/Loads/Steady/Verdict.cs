using Appliance.Bench.Measures;
using Appliance.Data;
using Appliance.Data.Accounts;
using Appliance.Proxy.Config;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Snapshots;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.Tunnels;
using Appliance.Proxy.Upstreams;
using Appliance.Web.Live;

namespace Appliance.Bench.Loads.Steady;

/// <summary>
/// What of the samples grows. The first third is the time in which the process finds its size; in runs of less than half an hour its resident memory still
/// rises behind it, because code is compiled for long.
/// </summary>
internal sealed class Verdict(IReadOnlyList<DaySample> samples)
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
    private static readonly (string Kind, string Type)[] Kinds =
    [
        ("views of the console", typeof(ConsoleView).FullName!),
        ("readings of traffic", typeof(TrafficView).FullName!),
        ("readings of servers", typeof(UpstreamView).FullName!),
        ("revisions", typeof(ConfigRevision).FullName!),
        ("snapshots", typeof(ProxySnapshot).FullName!),
        ("counters of routes", typeof(RouteTraffic).FullName!),
        ("counters of pools", typeof(PoolTraffic).FullName!),
        ("states of servers", typeof(ServerState).FullName!),
        ("WebSockets, open and ended", typeof(LiveConnection).FullName!),
        ("refused handshakes", typeof(FailedHandshake).FullName!),
        ("drains", OfProxy("Appliance.Proxy.Tunnels.Drains+Drain")),
        ("sockets of the event loops", typeof(EpollSocket).FullName!),
        ("connections of the event loops", typeof(EpollConnection).FullName!),
        ("HTTP/1.1 connections", "Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Infrastructure.KestrelConnection"),
        ("pools of connections to servers", "System.Net.Http.HttpConnectionPool"),
        ("circuits", "Microsoft.AspNetCore.Components.Server.Circuits.CircuitHost"),
        ("hub connections", "Microsoft.AspNetCore.SignalR.HubConnectionContext"),
        ("subscriptions of the feed", typeof(ConsoleFeed).Assembly.GetType("Appliance.Web.Live.ConsoleFeed+Subscription", throwOnError: true)!.FullName!),
        ("sessions looked up", typeof(SessionUse).FullName!),
        ("database contexts", typeof(ApplianceDbContext).FullName!),
    ];

    private readonly IReadOnlyList<DaySample> _counted = [.. samples.Skip(samples.Count / 3)];

    private static string OfProxy(string type) => typeof(ProxySnapshot).Assembly.GetType(type, throwOnError: true)!.FullName!; // thrown otherwise

    /// <summary>Prints the figures and what grows; true when nothing does.</summary>
    public bool Print()
    {
        var isFlat = Line("heap after a collection, MiB", sample => sample.Heap.Bytes / MiB, HeapMost / MiB, BytesShare, "0.0");
        isFlat &= Line("resident memory, MiB", sample => sample.MemoryBytes / MiB, MemoryMost / MiB, BytesShare, "0.0");
        isFlat &= Line("descriptors", sample => sample.Files, FilesMost, ObjectsShare, "0");
        isFlat &= Line("threads", sample => sample.Threads, ThreadsMost, ObjectsShare, "0");
        foreach (var (kind, type) in Kinds)
            isFlat &= Line(kind, sample => sample.Count(type), ObjectsMost, ObjectsShare, "0");
        foreach (var type in _counted[^1].Heap.Types.Keys.Order(StringComparer.Ordinal).Where(Grows))
        {
            isFlat = false;
            Console.WriteLine($"    GROWS  {type}: {string.Join(' ', samples.Select(sample => sample.Count(type)))}");
        }

        return isFlat;
    }

    // Any type of the product or of the server under it by number, and any other by its bytes.
    private bool Grows(string type)
    {
        if (Kinds.Any(kind => kind.Type == type))
            return false;
        var isOurs = type.StartsWith("Appliance.", StringComparison.Ordinal) || type.StartsWith("Microsoft.AspNetCore.", StringComparison.Ordinal);

        // Buffers that are lent: how many there are follows what was sent last.
        isOurs &= type != "Microsoft.AspNetCore.MemoryPoolBlock";
        return (isOurs && Trend.Grows([.. _counted.Select(sample => (double)sample.Count(type))], 2 * ObjectsMost, 2 * ObjectsShare))
            || Trend.Grows([.. _counted.Select(sample => (double)sample.Heap.Types.GetValueOrDefault(type).Bytes)], BytesMost, BytesShare);
    }

    private bool Line(string name, Func<DaySample, double> figure, double absolute, double share, string format)
    {
        var counted = _counted.Select(figure).ToList();
        var grows = Trend.Grows(counted, absolute, share);
        Console.WriteLine($"    {(grows ? "GROWS" : "flat "),-6} {name,-34} {string.Join(' ', samples.Select(sample => figure(sample).ToString(format)))}   {Trend.Growth(counted):+0.0;-0.0;0.0}");
        return !grows;
    }
}
