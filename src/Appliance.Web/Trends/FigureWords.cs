using Appliance.Data.Figures;
using Appliance.Web.Controls;

namespace Appliance.Web.Trends;

/// <summary>Figures of the last minutes as people read them.</summary>
public static class FigureWords
{
    /// <summary>Answers 5xx among all: 3 of 120; a dash for no request.</summary>
    public static string Errors(RecentFigures recent) =>
        recent.Requests == 0 ? "–" : $"{Shown.Count(recent.Errors)} of {Shown.Count(recent.Requests)}";

    /// <summary>More than one of a hundred was answered 5xx.</summary>
    public static bool IsBad(RecentFigures recent) => recent.Errors * 100 > recent.Requests;

    /// <summary>A percentile: 12 ms; a dash for no request.</summary>
    public static string Latency(LatencyCounts latencies, double share) => Shown.Latency(latencies.Percentile(share).TotalMilliseconds);

    /// <summary>The same of a pool or a server, which is asked: asked 16 times, 3 failed, 1.4 GiB.</summary>
    public static string TotalAsked(long tries, long errors, long bytes) =>
        $"{Asked(tries)}, {Shown.Count(errors)} failed or answered 5xx, {Shown.Bytes(bytes)}";

    /// <summary>How often a pool or a server was asked: asked 16 times.</summary>
    public static string Asked(long tries) => tries == 1 ? "asked once" : $"asked {Shown.Count(tries)} times";

    /// <summary>A total: 1 234 requests, 3 answered 5xx, 1.4 GiB.</summary>
    public static string Total(long requests, long errors, long bytes) =>
        $"{Shown.Count(requests)} {(requests == 1 ? "request" : "requests")}, {Shown.Count(errors)} answered 5xx, {Shown.Bytes(bytes)}";
}
