using System.Text.Json;
using Appliance.Web.Audit;
using Microsoft.AspNetCore.Routing;

namespace Appliance.Web.Control;

/// <summary>Where the audit is asked for on the control socket.</summary>
internal static class AuditEndpoints
{
    /// <summary>How many are listed unless said.</summary>
    public const int Usual = 50;

    public static void Map(RouteGroupBuilder control, AuditApi audit)
    {
        control.MapGet("/audit", async (HttpContext context, int? limit, CancellationToken cancelled) =>
        {
            var query = QueryOf(context);
            return query.Read().Fault is { } fault
                ? Results.BadRequest(fault)
                : Results.Ok(await audit.ListAsync(query, Math.Max(0, limit ?? Usual), cancelled));
        });
        control.MapGet("/audit/export", (HttpContext context, string? format, string? author) =>
            audit.ExportAsync(context, format, QueryOf(context), author ?? "local")
        );
        control.MapGet("/audit/verify", async (HttpContext context, string? expected, CancellationToken cancelled) =>
        {
            // A database that cannot be read is answered as everywhere. After that the head immediately: the walk may take longer than a
            // client waits for one.
            await audit.DemandAsync(cancelled);
            context.Response.ContentType = "application/json";
            await context.Response.StartAsync(cancelled);
            await JsonSerializer.SerializeAsync(
                context.Response.Body,
                await audit.VerifyAsync(expected, cancelled),
                ControlSocket.Json,
                cancelled
            );
        });
    }

    private static AuditQuery QueryOf(HttpContext context) => AuditQuery.Of(name => context.Request.Query[name]);
}
