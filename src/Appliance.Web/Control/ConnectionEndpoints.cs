using Microsoft.AspNetCore.Routing;

namespace Appliance.Web.Control;

/// <summary>Where connections and drains are asked for on the control socket.</summary>
internal static class ConnectionEndpoints
{
    /// <summary>How many a list has without its limit; the list itself stays a plain array.</summary>
    public const string TotalHeader = "Appliance-Total";

    public static void Map(RouteGroupBuilder control, ConnectionsApi connections, DrainsApi drains)
    {
        control.MapGet(
            "/connections",
            (HttpContext context, [AsParameters] FilterTexts query, string? sort, bool? descending, int? limit) =>
                (query.Read().Fault ?? ConnectionOrder.Fault(sort)) is { } fault
                    ? Results.BadRequest(fault)
                    : Counted(context, connections.List(query.Read().Filter, sort, descending == true, limit))
        );
        control.MapGet("/connections/ended", (HttpContext context, [AsParameters] FilterTexts query, int? limit) =>
            query.Read().Fault is { } fault ? Results.BadRequest(fault) : Counted(context, connections.Ended(query.Read().Filter, limit))
        );
        control.MapGet("/connections/refused", (HttpContext context, [AsParameters] FilterTexts query, int? limit) =>
            query.Read().Fault is { } fault ? Results.BadRequest(fault) : Counted(context, connections.Refused(query.Read().Filter, limit))
        );
        control.MapPost("/connections/close", (CloseRequest request, CancellationToken cancelled) =>
            connections.CloseAsync(request, cancelled)
        );
        control.MapGet("/drains", (CancellationToken cancelled) => drains.ListAsync(cancelled));
        control.MapPost("/drains", (DrainRequest request, CancellationToken cancelled) => drains.StartAsync(request, cancelled));
        control.MapPost("/drains/cancel", (DrainRequest request, CancellationToken cancelled) => drains.CancelAsync(request, cancelled));
    }

    private static IResult Counted<T>(HttpContext context, (int Total, IReadOnlyList<T> Lines) answer)
    {
        context.Response.Headers[TotalHeader] = answer.Total.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return Results.Ok(answer.Lines);
    }
}
