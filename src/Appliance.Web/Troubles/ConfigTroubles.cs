using Appliance.Data.Notices;
using Appliance.Proxy.Config;
using Appliance.Proxy.Routing;
using Appliance.Web.Live;

namespace Appliance.Web.Troubles;

/// <summary>Revisions that the proxy refused, and items that it runs without.</summary>
public sealed class ConfigTroubles : ITroubleSource
{
    private const string Prefix = "config/";
    private const string RefusedId = Prefix + "refused";

    /// <inheritdoc/>
    public IReadOnlyList<TroubleKind> Kinds { get; } = [TroubleKind.Config];

    /// <inheritdoc/>
    public IEnumerable<Trouble> Of(ConsoleView view, IReadOnlySet<string> open)
    {
        var report = view.Report;
        var ids = new HashSet<string>();
        foreach (var trouble in Refused(report).Concat(LeftOutItems(view)))
        {
            ids.Add(trouble.Id);
            yield return trouble;
        }

        // A refusal says nothing of what the revision that runs leaves out, and a newer head may have other names.
        if (report.Refusal is null && view.Head.Number <= report.WantedRevision)
            yield break;
        foreach (var id in open.Where(id => id.StartsWith(Prefix, StringComparison.Ordinal) && id != RefusedId && !ids.Contains(id)))
            yield return new()
            {
                Id = id,
                Kind = TroubleKind.Config,
                Severity = NoticeSeverity.Warning,
                Sentence = "An item is left out.",
                Path = "/history",
                IsUnsure = true,
            };
    }

    private static IEnumerable<Trouble> Refused(NodeReport report)
    {
        if (report.Refusal is { } refusal && report.RunningRevision < report.WantedRevision)
            yield return new()
            {
                Id = RefusedId,
                Kind = TroubleKind.Config,
                Severity = NoticeSeverity.Warning,
                Sentence = $"Revision {report.WantedRevision} was refused, and revision {report.RunningRevision} keeps running: {refusal}",
                Path = $"/history/{report.WantedRevision}",
                Since = report.At,
            };
    }

    private static IEnumerable<Trouble> LeftOutItems(ConsoleView view)
    {
        var report = view.Report;
        foreach (var (route, sentence) in LeftOut(view))
            yield return new()
            {
                Id = $"{Prefix}route/{route.Id}",
                Kind = TroubleKind.Config,
                Severity = NoticeSeverity.Critical,
                Sentence = sentence,
                Path = $"/routes/{route.Id}",
                Since = report.At,
            };
        foreach (var problem in report.Problems)
        {
            // A route that a newer head calls otherwise, or has no more: in a moment the report is about that one.
            if (RouteOf(view, problem.Path) is not null || (IsRoutes(problem.Path) && view.Head.Number > report.WantedRevision))
                continue;
            yield return new()
            {
                Id = $"{Prefix}{problem.Path}",
                Kind = TroubleKind.Config,
                Severity = NoticeSeverity.Warning,
                Sentence = $"{problem.Path} is left out: {problem.Message}",
                Path = "/history",
                Since = report.At,
            };
        }
    }

    /// <summary>Routes that the proxy runs without, each with a sentence.</summary>
    public static IEnumerable<(Route Route, string Sentence)> LeftOut(ConsoleView view)
    {
        foreach (var problem in view.Report.Problems)
        {
            if (RouteOf(view, problem.Path) is { } route)
                yield return (route, $"Route {route.Name} is left out: {problem.Message}");
        }
    }

    private static Route? RouteOf(ConsoleView view, string path) =>
        path.Split('/') is ["routes", var name, ..] ? view.Head.Config.Routes.FirstOrDefault(route => route.Name == name) : null;

    private static bool IsRoutes(string path) => path.StartsWith("routes/", StringComparison.Ordinal);
}
