using Appliance.Data.Notices;
using Appliance.Proxy.Routing;
using Appliance.Web.Live;

namespace Appliance.Web.Troubles;

/// <summary>Revisions that the proxy refused, and items that it runs without.</summary>
public sealed class ConfigTroubles : ITroubleSource
{
    /// <inheritdoc/>
    public IEnumerable<Trouble> Of(ConsoleView view, IReadOnlySet<string> open)
    {
        var report = view.Report;
        if (report.Refusal is { } refusal && report.RunningRevision < report.WantedRevision)
            yield return new()
            {
                Id = "config/refused",
                Kind = TroubleKind.Config,
                Severity = NoticeSeverity.Warning,
                Sentence = $"Revision {report.WantedRevision} was refused, and revision {report.RunningRevision} keeps running: {refusal}",
                Path = $"/history/{report.WantedRevision}",
                Since = report.At,
            };
        foreach (var (route, sentence) in LeftOut(view))
            yield return new()
            {
                Id = $"config/route/{route.Id}",
                Kind = TroubleKind.Config,
                Severity = NoticeSeverity.Critical,
                Sentence = sentence,
                Path = $"/routes/{route.Id}",
                Since = report.At,
            };
        foreach (var problem in report.Problems.Where(problem => RouteOf(view, problem.Path) is null))
            yield return new()
            {
                Id = $"config/{problem.Path}",
                Kind = TroubleKind.Config,
                Severity = NoticeSeverity.Warning,
                Sentence = $"{problem.Path} is left out: {problem.Message}",
                Path = "/history",
                Since = report.At,
            };
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
}
