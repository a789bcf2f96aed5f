using Appliance.Proxy;
using Appliance.Proxy.AccessLogs;
using Appliance.Web.RequestPages;
using Microsoft.AspNetCore.Routing;

namespace Appliance.Web.Control;

/// <summary>Where the newest requests are asked for on the control socket: by the query of their page.</summary>
internal static class RequestEndpoints
{
    public static void Map(RouteGroupBuilder control, ProxyHost proxy) =>
        control.MapGet("/requests", (HttpContext context, long? after, int? limit) =>
        {
            var query = RequestQuery.Parse(context.Request.QueryString.Value ?? "");
            var (lines, total) = proxy.Requests.Find(
                request => request.Number > (after ?? 0) && query.IsMeant(request),
                skip: 0,
                limit ?? RecentRequests.Kept
            );
            var sorted = query.SlowestFirst ? lines.OrderByDescending(request => request.Duration) : lines.AsEnumerable();
            context.Response.Headers[ConnectionEndpoints.TotalHeader] = total.ToString(System.Globalization.CultureInfo.InvariantCulture);
            return Results.Ok(sorted.Select(RequestLine.Of).ToList());
        });
}
