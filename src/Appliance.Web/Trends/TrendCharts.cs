using System.Collections.Immutable;
using Appliance.Data.Figures;
using Appliance.Web.Controls;
using Appliance.Web.Live;

namespace Appliance.Web.Trends;

/// <summary>The drawings of a trend.</summary>
/// <param name="Requests">Finished requests by status class, as totals of each point.</param>
/// <param name="Latency">Percentiles in milliseconds; where no request was, nothing.</param>
/// <param name="Sockets">WebSockets: the most open at the same time, and opened.</param>
/// <param name="Bytes">Bytes as totals of each point.</param>
/// <param name="HasSockets">False: no WebSocket was open in that time.</param>
public sealed record TrendCharts(ChartDrawing Requests, ChartDrawing Latency, ChartDrawing Sockets, ChartDrawing Bytes, bool HasSockets)
{
    /// <summary>Draws a trend.</summary>
    public static TrendCharts Of(Trend trend)
    {
        var points = trend.Series.Points.IsEmpty ? [.. new FigurePoint?[trend.Range.Points]] : trend.Series.Points;
        var gaps = GapsOf(points);
        var marks = trend.Series.Points.IsEmpty
            ? []
            : RevisionMarks.Of(trend.Revisions, trend.From, trend.Range.Points * trend.Range.Seconds);
        ChartDrawing Draw(
            bool stacked,
            bool areBytes,
            Func<double, string> show,
            params ReadOnlySpan<(string Name, string Kind, Func<FigurePoint, double> Of)> wanted
        )
        {
            var values = ImmutableArray.CreateBuilder<ChartValues>();
            foreach (var (name, kind, of) in wanted)
            {
                double[] line = [.. points.Select(point => point is null ? double.NaN : of(point))];
                values.Add(new(name, kind, line, line.LastOrDefault(value => !double.IsNaN(value))));
            }

            return ChartDrawing.Of(values.ToImmutable(), stacked, points.Length, show, areBytes) with
            {
                From = trend.Series.Points.IsEmpty ? null : trend.From,
                Seconds = trend.Range.Seconds,
                Ticks = trend.Range.Ticks,
                Gaps = gaps,
                Marks = marks,
            };
        }

        Func<FigurePoint, double> Percentile(double share) =>
            point => point.Latencies.IsEmpty ? double.NaN : point.Latencies.Percentile(share).TotalMilliseconds;
        return new(
            Draw(
                stacked: true,
                areBytes: false,
                Shown.Rate,
                ("2xx", "ok", point => point.Informational + point.Success),
                ("3xx", "redirect", point => point.Redirection),
                ("4xx", "client", point => point.ClientErrors),
                ("5xx", "server", point => point.ServerErrors)
            ),
            Draw(
                stacked: false,
                areBytes: false,
                Shown.Latency,
                ("p50", "p50", Percentile(0.5)),
                ("p95", "p95", Percentile(0.95)),
                ("p99", "p99", Percentile(0.99))
            ),
            Draw(
                stacked: false,
                areBytes: false,
                Shown.Rate,
                ("most open", "open", point => point.MostSockets),
                ("opened", "opened", point => point.SocketsOpened)
            ),
            Draw(
                stacked: false,
                areBytes: true,
                Shown.Bytes,
                ("bodies in", "in", point => point.BytesIn),
                ("bodies out", "out", point => point.BytesOut),
                ("WebSockets", "wire", point => point.SocketBytes)
            ),
            points.Any(point => point is { MostSockets: > 0 } or { SocketsOpened: > 0 })
        );
    }

    private static ImmutableArray<(int First, int Last)> GapsOf(ImmutableArray<FigurePoint?> points)
    {
        var gaps = ImmutableArray.CreateBuilder<(int, int)>();
        for (var first = 0; first < points.Length; first++)
        {
            if (points[first] is not null)
                continue;
            var last = first;
            while (last + 1 < points.Length && points[last + 1] is null)
                last++;
            gaps.Add((first, last));
            first = last;
        }

        return gaps.ToImmutable();
    }
}
