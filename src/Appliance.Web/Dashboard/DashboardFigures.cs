using System.Collections.Immutable;
using Appliance.Data.Figures;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.Upstreams;
using Appliance.Web.Controls;
using Appliance.Web.Live;
using Appliance.Web.Trends;
using Appliance.Web.Troubles;

namespace Appliance.Web.Dashboard;

/// <summary>What the dashboard shows, worked out once a view for everybody who looks.</summary>
/// <param name="Figures">The line of figures with their sparklines.</param>
/// <param name="Requests">Requests by status class.</param>
/// <param name="Sockets">WebSockets opened, closed and open.</param>
/// <param name="Routes">Routes, trouble first.</param>
/// <param name="Servers">Servers, trouble first.</param>
/// <param name="ServerCount">How many servers there are.</param>
/// <param name="Headlines">What needs a look before everything else, the worst first.</param>
public sealed record DashboardFigures(
    ImmutableArray<Figure> Figures,
    ChartDrawing Requests,
    ChartDrawing Sockets,
    ImmutableArray<RouteNow> Routes,
    ImmutableArray<ServerNow> Servers,
    int ServerCount,
    ImmutableArray<Headline> Headlines
)
{
    /// <summary>Rows that each of the two tables has at most.</summary>
    public const int MostRows = 10;

    /// <summary>Works all figures out from a view.</summary>
    public static DashboardFigures Of(ConsoleView view)
    {
        var history = view.Traffic.History;
        var total = view.Traffic.Total;
        var recent = view.Meter.Of(FigureItem.Total);
        var counts = total.Counts;

        // The charts move every five seconds: so do the marks.
        var end = view.At.ToUnixTimeSeconds() / 5 * 5;
        var marks = RevisionMarks.Of(view.Recent, end - TrafficSampler.HistorySeconds, TrafficSampler.HistorySeconds);
        var (servers, serverCount) = ServersNow(view);
        return new(
            [
                new(
                    "Requests",
                    Shown.Rate(total.RequestsPerSecond) + "/s",
                    $"{Shown.Count(recent.Minute)} in the last minute",
                    Sparkline.Of(history, point => point.Requests)
                ),
                new(
                    "WebSockets open",
                    Shown.Count(view.OpenSockets),
                    $"{Shown.Count(counts.SocketsOpened)} in total",
                    Sparkline.Of(history, point => point.SocketsOpen)
                ),
                new(
                    "Messages",
                    Shown.Rate(total.MessagesPerSecond) + "/s",
                    $"{Shown.Count(counts.Messages)} in total",
                    Sparkline.Of(history, point => point.Messages)
                ),
                new(
                    "Errors (5xx)",
                    FigureWords.Errors(recent),
                    "in the last 5 min",
                    Sparkline.Of(history, point => point.ServerErrors),
                    FigureWords.IsBad(recent)
                ),
                new(
                    "p95 latency",
                    FigureWords.Latency(view.Meter.LatenciesOf(FigureItem.Total), 0.95),
                    "in the last 5 min",
                    Sparkline.Of(history, point => point.P95Milliseconds)
                ),
                new(
                    "Bytes",
                    Shown.Bytes(total.BytesPerSecond) + "/s",
                    $"{Shown.Bytes(counts.Bytes)} in total",
                    Sparkline.Of(history, point => point.Bytes)
                ),
            ],
            ChartDrawing.Of(
                history,
                stacked: true,
                [
                    ("2xx", "ok", p => p.Success),
                    ("3xx", "redirect", p => p.Redirection),
                    ("4xx", "client", p => p.ClientErrors),
                    ("5xx", "server", p => p.ServerErrors),
                ]
            ) with
            {
                Marks = marks,
            },
            ChartDrawing.Of(
                history,
                stacked: false,
                [
                    ("open", "open", p => p.SocketsOpen),
                    ("opened/s", "opened", p => p.SocketsOpened),
                    ("closed/s", "closed", p => p.SocketsClosed),
                ]
            ) with
            {
                Marks = marks,
            },
            RoutesNow(view),
            servers,
            serverCount,
            Headline.Of(view)
        );
    }

    private static ImmutableArray<RouteNow> RoutesNow(ConsoleView view)
    {
        var all = new List<RouteNow>();
        var leftOut = view
            .Report.Problems.Select(problem => problem.Path.Split('/') is ["routes", var name, ..] ? name : "")
            .ToHashSet(StringComparer.Ordinal);
        var dead = view
            .Upstreams.Pools.Values.Where(UpstreamTroubles.IsDead)
            .Select(pool => pool.Pool.Name)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var route in view.Head.Config.Routes)
        {
            if (!route.Enabled)
                continue;
            var figures = view.Traffic.Routes.GetValueOrDefault(route.Id);
            all.Add(
                new(
                    route,
                    figures,
                    view.Meter.Of(FigureItem.Of(route.Id)),
                    leftOut.Contains(route.Name),
                    dead.Count > 0 && route.Action is RouteAction.Proxy proxy && dead.Contains(proxy.Pool)
                )
            );
        }

        return
        [
            .. all.OrderByDescending(candidate => candidate.LeftOut)
                .ThenByDescending(candidate => candidate.NoServer)
                .ThenByDescending(candidate => candidate.Recent.Errors)
                .ThenByDescending(candidate => candidate.Figures.Counts.SocketsOpen + candidate.Recent.Minute)
                .ThenByDescending(candidate => candidate.Recent.Requests)
                .ThenByDescending(candidate => candidate.Figures.Counts.Requests)
                .Take(MostRows),
        ];
    }

    private static (ImmutableArray<ServerNow> Worst, int Count) ServersNow(ConsoleView view)
    {
        var all = new List<ServerNow>();
        foreach (var pool in view.Upstreams.Pools.Values)
        {
            foreach (var server in pool.Servers)
                all.Add(
                    new(
                        pool.Pool.Id,
                        pool.Pool.Name,
                        server,
                        view.Meter.Of(new(pool.Pool.Id, server.Address)),
                        view.SocketsByServer.Value.GetValueOrDefault((pool.Pool.Name, server.Address))
                    )
                );
        }

        ImmutableArray<ServerNow> worst =
        [
            .. all.OrderBy(candidate => ServerTrouble.Rank(candidate.Server, view.At))
                .ThenByDescending(candidate => candidate.Recent.Errors)
                .ThenByDescending(candidate => candidate.Server.Active)
                .ThenByDescending(candidate => candidate.Recent.Requests)
                .ThenByDescending(candidate => candidate.Server.Figures.Counts.Requests)
                .ThenBy(candidate => candidate.Pool, StringComparer.Ordinal)
                .ThenBy(candidate => candidate.Server.Address, StringComparer.Ordinal)
                .Take(MostRows),
        ];
        return (worst, all.Count);
    }
}

/// <summary>One figure at the top of the dashboard.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">With its unit.</param>
/// <param name="Note">The same over a longer time.</param>
/// <param name="Line">Points of its sparkline.</param>
/// <param name="Bad">It is worse than it should be.</param>
public sealed record Figure(string Name, string Value, string Note, string Line, bool Bad = false);

/// <summary>A route and what it carries.</summary>
/// <param name="Route">The route.</param>
/// <param name="Figures">What it carries.</param>
/// <param name="Recent">What it carried in the last minutes.</param>
/// <param name="LeftOut">The proxy runs without it.</param>
/// <param name="NoServer">No server of its pool answers.</param>
public sealed record RouteNow(Route Route, TrafficFigures Figures, RecentFigures Recent, bool LeftOut, bool NoServer);

/// <summary>A server and what it carries.</summary>
public sealed record ServerNow(Guid PoolId, string Pool, ServerView Server, RecentFigures Recent, int Sockets);
