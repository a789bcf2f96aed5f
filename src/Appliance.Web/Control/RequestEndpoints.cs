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
        var config = (await store.ReadOrKnownHeadAsync(cancelled)).Config;
        if (config.Routes.FirstOrDefault(one => one.Name.Equals(request.Route, StringComparison.OrdinalIgnoreCase)) is not { } route)
            return new(ExitCodes.Problems, $"There is no route {request.Route}.", null);
        var actor = Actor.Local(request.Author);
        if (request.During is not { } during)
        {
            var was = await deeds.ForgetHeadersAsync(actor, route.Id, route.Name, cancelled);
            return new(
                was ? ExitCodes.Ok : ExitCodes.Problems,
                was
                    ? $"Header values of route {route.Name} are not kept any more, and those that were kept are forgotten."
                    : $"No header values of route {route.Name} are kept.",
                null
            );
        }

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
