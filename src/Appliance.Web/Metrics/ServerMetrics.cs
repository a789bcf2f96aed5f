using System.Collections.Immutable;
using Appliance.Proxy.Upstreams;
using static Appliance.Web.Metrics.ApplianceMetrics;
using static Appliance.Web.Metrics.MetricKind;
using static Appliance.Web.Metrics.MetricSample;

namespace Appliance.Web.Metrics;

/// <summary>Metrics of the servers of pools; a part of <see cref="ApplianceMetrics"/>.</summary>
internal static class ServerMetrics
{
    private const string Count = "";
    private const string Seconds = "s";

    private static readonly string[] _conditions = [.. Enum.GetNames<ServerCondition>().Select(name => name.ToLowerInvariant())];

    /// <summary>The metrics.</summary>
    public static ImmutableArray<Metric> All { get; } =
    [
        OfServers(
            "requests",
            Counter,
            "Requests that a server of a pool was asked, by the class of what came of them; one that fails is 5xx.",
            server => ByClass(server.Figures.Counts)
        ),
        OfServers("active", Gauge, "Requests and WebSockets that a server carries now.", server => [Of(server.Active)]),
        new("appliance.server.duration", Histogram, Seconds, "How long a server took for a request.", reading =>
            reading
                .Servers.Where(one => one.Server.Latencies is not null)
                .Select(one => new MetricSample(0, Server(one.Pool, one.Server), one.Server.Latencies))
        ),
        OfServers("websocket.open", Gauge, "WebSockets that a server carries now.", server => [Of(server.Figures.Counts.SocketsOpen)]),
        OfServers(
            "state",
            Gauge,
            "The state of a server: 1 for the one that it is in. Failing: it is out of service, or nothing has answered since it failed.",
            server => _conditions.Select((name, at) => Of(at == (int)server.Condition, new MetricLabel("state", name)))
        ),
        OfServers(
            "failing.since",
            Gauge,
            "When the failures of a server began that no answer has followed, in Unix time; 0 when nothing fails.",
            server => [Of(server.FailingSince is { } since ? UnixTime(since) : 0)],
            Seconds
        ) with
        {
            PrometheusName = "appliance_server_failing_since_timestamp_seconds",
        },
    ];

    private static Metric OfServers(
        string name,
        MetricKind kind,
        string help,
        Func<ServerView, IEnumerable<MetricSample>> read,
        string unit = Count
    ) =>
        new($"appliance.server.{name}", kind, unit, help, reading =>
            reading.Servers.SelectMany(one => read(one.Server).Select(sample => Behind(Server(one.Pool, one.Server), sample)))
        );

    private static MetricLabel[] Server(string pool, ServerView server) => [new("pool", pool), new("server", server.Address)];
}
