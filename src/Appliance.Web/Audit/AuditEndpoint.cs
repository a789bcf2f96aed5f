using Appliance.Web.SignIn;
using Microsoft.AspNetCore.Routing;

namespace Appliance.Web.Audit;

/// <summary>The file that the page's export links lead to.</summary>
internal static class AuditEndpoint
{
    /// <summary>Maps it; administrators only.</summary>
    public static void MapAuditExport(this IEndpointRouteBuilder app) =>
        app.MapGet(AuditAddress.ExportPath, async (HttpContext context, AuditExport export) =>
                await export.AnswerAsync(context, context.Request.Query["format"], AuditQuery.Of(name => context.Request.Query[name]), () =>
                    CurrentActor.WhoAsync(context)
                )
            )
            .RequireAuthorization(May.Administer)
            .WithMetadata(new RefusedAction("audit.export"));
}
