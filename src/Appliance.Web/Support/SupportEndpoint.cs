using Appliance.Data.Audit;
using Appliance.Web.SignIn;
using Microsoft.AspNetCore.Routing;

namespace Appliance.Web.Support;

/// <summary>The file that the about page's button leads to.</summary>
internal static class SupportEndpoint
{
    private const string Action = "support.bundle";

    /// <summary>Maps it; administrators only.</summary>
    public static void MapSupportBundle(this IEndpointRouteBuilder app) =>
        app.MapGet("/about/support-bundle", async (HttpContext context, SupportBundle bundle, AuditStore audit) =>
            {
                var actor = await CurrentActor.WhoAsync(context);
                var file = await bundle.MakeAsync(context.RequestAborted);
                await audit.AddOrKeepAsync(
                    new()
                    {
                        Actor = actor.Name,
                        From = actor.From,
                        Action = Action,
                        Target = bundle.Name,
                        Result = "ok",
                    },
                    context.RequestAborted
                );
                context.Response.Headers.CacheControl = "no-store";
                return Results.File(file, "application/zip", bundle.Name);
            })
            .RequireAuthorization(May.Administer)
            .WithMetadata(new RefusedAction(Action));
}
