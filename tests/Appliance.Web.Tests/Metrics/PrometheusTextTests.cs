using System.Text.RegularExpressions;
using Appliance.Proxy.Traffic;
using Appliance.Web.Metrics;

namespace Appliance.Web.Tests.Metrics;

/// <summary>Metrics as text: both formats, whatever stands in a label.</summary>
public sealed partial class PrometheusTextTests
{
    [Theory]
    [InlineData("application/openmetrics-text", true)]
    [InlineData("application/openmetrics-text;q=0.5,text/plain;q=0.2", true)]
    [InlineData("application/openmetrics-text;q=0", false)]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0.0, */*", false)]
    [InlineData("application/openmetrics-text;q=0.2,text/plain", false)]
    [InlineData("*/*", false)]
    [InlineData("", false)]
    public void OpenMetrics_IsForClientsThatAcceptIt(string accept, bool isWanted) =>
        MetricsEndpoint.WantsOpenMetrics([accept]).ShouldBe(isWanted);

    [Fact]
    public void Counter_InBothFormats_HasItsNameWithTotal()
    {
        var metric = NewMetric(MetricKind.Counter, "appliance.http.sent", "By");
        Written(metric, false, MetricSample.Of(3, new MetricLabel("route", "a")))
            .ShouldBe(
                """
                # HELP appliance_http_sent_bytes_total A figure.
                # TYPE appliance_http_sent_bytes_total counter
                appliance_http_sent_bytes_total{route="a"} 3

                """
            );
        Written(metric, true, MetricSample.Of(3, new MetricLabel("route", "a")))
            .ShouldBe(
                """
                # HELP appliance_http_sent_bytes A figure.
                # TYPE appliance_http_sent_bytes counter
                # UNIT appliance_http_sent_bytes bytes
                appliance_http_sent_bytes_total{route="a"} 3.0

                """
            );
    }

    [Fact]
    public void Histogram_CountsUpToEachBound_AndSaysSumAndCount()
    {
        var latencies = new LatencyHistogram();
        foreach (var milliseconds in new[] { 1, 5, 6, 300, 90_000 })
            latencies.Add(TimeSpan.FromMilliseconds(milliseconds));
        var lines = Written(NewMetric(MetricKind.Histogram, "a.duration", "s"), false, new MetricSample(0, [], latencies)).Split('\n');
        lines.ShouldContain("""a_duration_seconds_bucket{le="0.005"} 2""");
        lines.ShouldContain("""a_duration_seconds_bucket{le="0.01"} 3""");
        lines.ShouldContain("""a_duration_seconds_bucket{le="0.25"} 3""");
        lines.ShouldContain("""a_duration_seconds_bucket{le="0.5"} 4""");
        lines.ShouldContain("""a_duration_seconds_bucket{le="60"} 4""");
        lines.ShouldContain("""a_duration_seconds_bucket{le="+Inf"} 5""");
        lines.ShouldContain("a_duration_seconds_sum 90.312");
        lines.ShouldContain("a_duration_seconds_count 5");
    }

    [Fact]
    public void Metric_WithoutSamples_IsNotWritten() => Written(NewMetric(MetricKind.Gauge, "a", ""), false).ShouldBeEmpty();

    // Whatever a name has in it, a line stays one line, and what is read back is what was written.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Label_OfEveryCharacter_StaysInItsQuotes(bool isOpenMetrics)
    {
        for (var letter = 0; letter < 0x250; letter++)
        {
            var value = $"a{(char)letter}b";
            var text = Written(NewMetric(MetricKind.Gauge, "a", ""), isOpenMetrics, MetricSample.Of(1, new MetricLabel("route", value)));
            var line = text.Split('\n')[^2];
            var read = Sample().Match(line);
            read.Success.ShouldBeTrue($"character {letter}: {line}");
            read.Groups[1]
                .Value.Replace("\\\\", "\0", StringComparison.Ordinal)
                .Replace("\\n", "\n", StringComparison.Ordinal)
                .Replace("\\\"", "\"", StringComparison.Ordinal)
                .Replace("\0", letter == 0 ? "\0" : "\\", StringComparison.Ordinal)
                .ShouldBe(value, $"character {letter}");
        }
    }

    [Fact]
    public void Half_OfAPair_DoesNotBreakTheText() =>
        // What cannot be said in UTF-8 becomes the character for that; the text goes on.
        System
            .Text.Encoding.UTF8.GetString(
                System.Text.Encoding.UTF8.GetBytes(
                    Written(NewMetric(MetricKind.Gauge, "a", ""), false, MetricSample.Of(1, new MetricLabel("route", "a\ud83d")))
                )
            )
            .ShouldEndWith("a{route=\"a\ufffd\"} 1\n");

    [Fact]
    public void Names_AreThoseOfPrometheus()
    {
        var names = ApplianceMetrics.All.Select(metric => metric.PrometheusName).ToList();
        names.ShouldBeUnique();
        names.ShouldAllBe(name => Name().IsMatch(name));
        // Suffixes that belong to kinds.
        names.ShouldAllBe(name =>
            !name.EndsWith("_total") && !name.EndsWith("_count") && !name.EndsWith("_sum") && !name.EndsWith("_info")
        );
        ApplianceMetrics.All.ShouldAllBe(metric => metric.Help.EndsWith('.'));
    }

    [Fact]
    public void Docs_HaveEachMetricWithItsKind()
    {
        var page = File.ReadAllText(Path.Combine(Testing.Repository.Root, "docs", "operations", "metrics.md"));
        var written = Row().Matches(page).Select(row => row.Groups[1].Value).ToList();
        written.ShouldBe(
            ApplianceMetrics.All.Select(metric =>
                metric.PrometheusName
                + metric.Kind switch
                {
                    MetricKind.Counter => "_total",
                    MetricKind.Info => "_info",
                    _ => "",
                }
            )
        );
    }

    // An empty file is a mistake, and must not leave the port of metrics open.
    [Theory]
    [InlineData("", false)]
    [InlineData(" \n", false)]
    [InlineData("too short", false)]
    [InlineData("a-token-of-the-tests\n", true)]
    public void TokenFile_WithoutAToken_IsRefused(string content, bool isTaken)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, content);
        var reading = Appliance.Web.Hosting.ApplianceOptions.Read(name => name == "APPLIANCE_METRICS_TOKEN_FILE" ? file : null, []);
        File.Delete(file);
        (reading.Options?.Telemetry.MetricsToken).ShouldBe(isTaken ? "a-token-of-the-tests" : null);
        reading.Problems.Any(problem => problem.StartsWith("APPLIANCE_METRICS_TOKEN_FILE")).ShouldBe(!isTaken);
    }

    private static Metric NewMetric(MetricKind kind, string name, string unit) => new(name, kind, unit, "A figure.", _ => []);

    private static string Written(Metric metric, bool isOpenMetrics, params MetricSample[] samples)
    {
        var text = new PrometheusText(isOpenMetrics);
        text.Write(metric, samples);
        return text.ToString();
    }

    [GeneratedRegex("""^a\{route="((?:[^"\\\n]|\\["\\n])*)"\} 1(?:\.0)?$""")]
    private static partial Regex Sample();

    [GeneratedRegex("^[a-z][a-z0-9_]*$")]
    private static partial Regex Name();

    [GeneratedRegex(@"^\| `([a-z0-9_]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
