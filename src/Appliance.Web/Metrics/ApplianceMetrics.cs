using System.Collections.Immutable;
using Appliance.Proxy.Traffic;
using Appliance.Web.About;
using Appliance.Web.Certificates;
using static Appliance.Web.Metrics.MetricKind;
using static Appliance.Web.Metrics.MetricSample;

namespace Appliance.Web.Metrics;

/// <summary>
/// Every metric of the product, a row each. What monitors get, at <c>/metrics</c> and by OTLP, is this list; the table in
/// <c>docs/operations/metrics.md</c> is held against it by a test.
/// </summary>
internal static class ApplianceMetrics
{
    private const string Count = "";
    private const string Seconds = "s";
    private const string Bytes = "By";

    /// <summary>The metrics, in the order in which they are shown.</summary>
    public static ImmutableArray<Metric> All { get; } =
    [
        new("appliance.build", Info, Count, "The version that runs.", _ => [Of(1, new MetricLabel("version", AboutFacts.ProductVersion))]),
        .. Traffic("appliance", "the whole proxy", reading => [(reading.Total, [])]),
        new(
            "appliance.http.unrouted_requests",
            Counter,
            Count,
            "Requests that were answered before they had a route: no route for them, refused, or an authority's check.",
            reading => ByClass(reading.Unrouted.Read())
        ),
        .. Traffic("appliance.route", "a route", reading => reading.Routes.Select(one => ((ExchangeTraffic)one.Traffic, Route(one.Name)))),
        new(
            "appliance.route.websocket.refused",
            Counter,
            Count,
            "WebSocket handshakes of a route that Appliance refused itself.",
            reading =>
                reading.Routes.SelectMany(route =>
                    route.Traffic.Refusals.Select(refused =>
                        Of(refused.Value, new("route", route.Name), new("reason", Words(refused.Key.ToString())))
                    )
                )
        ),
        .. ServerMetrics.All,
        new("appliance.drains", Gauge, Count, "Routes, pools and servers that are being drained.", reading =>
            [Of(reading.View.Drains.Value.Count)]
        ),
        new("appliance.config.revision", Gauge, Count, "The newest revision that is stored.", reading => [Of(reading.View.Head.Number)]),
        new("appliance.config.running_revision", Gauge, Count, "The revision that the proxy runs.", reading =>
            [Of(reading.View.Report.RunningRevision)]
        ),
        new(
            "appliance.config.refused",
            Gauge,
            Count,
            "1 while the newest revision is refused by the proxy, which goes on with the one before.",
            reading => [Of(reading.View.Report.Refusal is not null)]
        ),
        new("appliance.config.left_out", Gauge, Count, "Items of the running revision that could not be used.", reading =>
            [Of(reading.View.Report.Problems.Count)]
        ),
        new(
            "appliance.store.away",
            Gauge,
            Count,
            "1 while the database cannot be read or written; the proxy serves what ran last.",
            reading => [Of(reading.View.StoreProblem is not null)]
        ),
        new("appliance.short", Gauge, Count, "1 while new connections wait because memory or open files are short.", reading =>
            [Of(reading.IsShort)]
        ),
        new(
            "appliance.certificate.not_after",
            Gauge,
            Seconds,
            "Until when a certificate is valid, in Unix time; served: whether clients are shown it.",
            reading =>
                reading.Certificates.Select(line =>
                    Of(
                        UnixTime(line.Facts!.NotAfter), // read from lines that have them
                        new("certificate", line.Name),
                        new("served", line.Status is CertificateStatus.Served ? "true" : "false")
                    )
                )
        )
        {
            PrometheusName = "appliance_certificate_not_after_timestamp_seconds",
        },
        new(
            "appliance.access_log.dropped_lines",
            Counter,
            Count,
            "Lines of the access log that were dropped: its disk was full or slow, or nobody read the output.",
            reading => reading.DroppedLines is { } dropped ? [Of(dropped)] : []
        ),
        new(
            "appliance.metrics.left_out",
            Gauge,
            Count,
            "Routes and servers without samples of their own, because there are more than 1,000 routes or 2,000 servers.",
            reading =>
                [
                    Of(reading.LeftOut.Routes, new MetricLabel("kind", "route")),
                    Of(reading.LeftOut.Servers, new MetricLabel("kind", "server")),
                ]
        ),
        .. ProcessMetrics.All,
    ];

    private static IEnumerable<Metric> Traffic(
        string prefix,
        string of,
        Func<MetricsReading, IEnumerable<(ExchangeTraffic Traffic, MetricLabel[] Labels)>> all
    )
    {
        Metric Row(string name, MetricKind kind, string unit, string help, Func<TrafficCounts, IEnumerable<MetricSample>> read) =>
            new($"{prefix}.{name}", kind, unit, help, reading =>
                all(reading).SelectMany(one => read(one.Traffic.Read()).Select(sample => Behind(one.Labels, sample)))
            );

        yield return Row("http.requests", Counter, Count, $"Requests of {of} that are over, by the class of their status.", ByClass);
        yield return Row("http.active_requests", Gauge, Count, $"Requests of {of} that are under way, without WebSockets.", counts =>
            [Of(Math.Max(0, counts.Active - counts.SocketsOpen))]
        );
        yield return new(
            $"{prefix}.http.request.duration",
            Histogram,
            Seconds,
            $"How long requests of {of} took, from their head to the last byte of the answer.",
            reading =>
                all(reading)
                    .Where(one => one.Traffic.Latencies is not null)
                    .Select(one => new MetricSample(0, one.Labels, one.Traffic.Latencies))
        );
        yield return Row("http.received", Counter, Bytes, $"Bytes of request bodies of {of}.", counts => [Of(counts.BytesIn)]);
        yield return Row("http.sent", Counter, Bytes, $"Bytes of response bodies of {of}.", counts => [Of(counts.BytesOut)]);
        yield return Row("websocket.open", Gauge, Count, $"WebSockets of {of} that are open.", counts => [Of(counts.SocketsOpen)]);
        yield return Row("websocket.opened", Counter, Count, $"WebSockets of {of} that were opened.", counts => [Of(counts.SocketsOpened)]);
        yield return Row("websocket.messages", Counter, Count, $"Messages of WebSockets of {of}.", counts =>
            Both(counts.MessagesToClient, counts.MessagesToServer)
        );
        yield return Row("websocket.transferred", Counter, Bytes, $"Bytes of WebSockets of {of}, with frame headers.", counts =>
            Both(counts.SocketBytesToClient, counts.SocketBytesToServer)
        );
    }

    /// <summary>A counter for each class of statuses.</summary>
    public static IEnumerable<MetricSample> ByClass(TrafficCounts counts) =>
        [
            Of(counts.Informational, Status("1xx")),
            Of(counts.Success, Status("2xx")),
            Of(counts.Redirection, Status("3xx")),
            Of(counts.ClientErrors, Status("4xx")),
            Of(counts.ServerErrors, Status("5xx")),
        ];

    private static IEnumerable<MetricSample> Both(long toClient, long toServer) =>
        [Of(toClient, new MetricLabel("direction", "to_client")), Of(toServer, new MetricLabel("direction", "to_server"))];

    /// <summary>The sample with these labels in front of its own.</summary>
    public static MetricSample Behind(MetricLabel[] labels, MetricSample sample) => sample with { Labels = [.. labels, .. sample.Labels] };

    private static MetricLabel Status(string status) => new("status", status);

    private static MetricLabel[] Route(string name) => [new("route", name)];

    /// <summary>As Prometheus has times: seconds since 1970.</summary>
    public static double UnixTime(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;

    // RouteLimit: route_limit
    private static string Words(string name) =>
        string.Concat(name.Select((letter, at) => char.IsUpper(letter) && at > 0 ? $"_{letter}" : letter.ToString())).ToLowerInvariant();
}
