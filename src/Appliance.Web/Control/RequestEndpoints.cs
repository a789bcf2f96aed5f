using System.Globalization;
using Appliance.Data.Revisions;
using Appliance.Data.Rights;
using Appliance.Proxy;
using Appliance.Proxy.AccessLogs;
using Appliance.Web.RequestPages;
using Appliance.Web.Sockets;
using Appliance.Web.Startup;
using Microsoft.AspNetCore.Routing;

namespace Appliance.Web.Control;

/// <summary>Where the newest requests are asked for on the control socket: by the query of their page.</summary>
internal static class RequestEndpoints
{
    public static void Map(RouteGroupBuilder control, ProxyHost proxy, ConfigStore store, ConnectionControl deeds)
    {
        control.MapGet("/requests", (HttpContext context, long? after, int? limit) =>
        {
            var query = RequestQuery.Parse(context.Request.QueryString.Value ?? "");
            var (lines, total) = proxy.Requests.Find(
                request => request.Number > (after ?? 0) && query.IsMeant(request),
                skip: 0,
                limit ?? RecentRequests.Kept
            );
            var sorted = query.SlowestFirst ? lines.OrderByDescending(request => request.Duration) : lines.AsEnumerable();
            context.Response.Headers[ConnectionEndpoints.TotalHeader] = total.ToString(CultureInfo.InvariantCulture);
            return Results.Ok(sorted.Select(RequestLine.Of).ToList());
        });
        control.MapPost("/requests/headers", (HeaderRequest request, CancellationToken cancelled) =>
            HeadersAsync(proxy, store, deeds, request, cancelled)
        );
    }

    private static async Task<HeaderAnswer> HeadersAsync(
        ProxyHost proxy,
        ConfigStore store,
        ConnectionControl deeds,
        HeaderRequest request,
        CancellationToken cancelled
    )
    {
        var actor = Actor.Local(request.Author);

        // By the name that it had, too: of a route that was renamed or deleted since, values may still be there.
        if (request.During is null && proxy.HeaderWatches.FindByName(request.Route) is { } held)
        {
            await deeds.ForgetHeadersAsync(actor, held, request.Route, cancelled);
            var done = $"Header values of route {request.Route} are not kept any more, and those that were kept are forgotten.";
            return new(ExitCodes.Ok, done, null);
        }

        var config = (await store.ReadOrKnownHeadAsync(cancelled)).Config;
        if (config.Routes.FirstOrDefault(one => one.Name.Equals(request.Route, StringComparison.OrdinalIgnoreCase)) is not { } route)
            return new(ExitCodes.Problems, $"There is no route {request.Route}.", null);
        if (request.During is not { } during)
            return new(ExitCodes.Problems, $"No header values of route {route.Name} are kept.", null);

        var order = new Proxy.Connections.Inspector.HeaderOrder
        {
            RouteId = route.Id,
            RouteName = route.Name,
            Duration = during,
            By = request.Author,
        };
        var (watch, fault) = await deeds.KeepHeadersAsync(actor, order, cancelled);
        return watch is null
            ? new(ExitCodes.Problems, fault ?? "", null)
            : new(
                ExitCodes.Ok,
                $"Header values of the next requests of route {route.Name} are kept until {watch.Ends.UtcDateTime:HH:mm:ss} UTC. "
                    + $"See them with: appliance requests --route {route.Name} --json",
                watch.Ends.UtcDateTime
            );
    }
}
