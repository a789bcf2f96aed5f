using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Components.Routing;

namespace Appliance.Web.Frame;

/// <summary>One page more than may be open is refused at the door, with a sentence (<see cref="OpenPages"/>).</summary>
internal sealed class CircuitLimit(OpenPages pages)
{
    /// <summary>Guards pages and the circuits' own path: nobody beyond the limit, nobody from another site (RFC 6455, 10.2).</summary>
    public async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        var isCircuit = context.Request.Path.StartsWithSegments("/_blazor");
        if (isCircuit && IsForeign(context.Request))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        if ((isCircuit ? Begins(context.Request) : IsPage(context)) && pages.Refusal(context.User) is { } sentence)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync(sentence + "\n", context.RequestAborted);
            return;
        }

        await next(context);
    }

    private static bool IsForeign(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        return origin.Length > 0 && !(Uri.TryCreate(origin, UriKind.Absolute, out var site) && site.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }

    // A new one begins with a negotiation, or with a WebSocket that skips it.
    private static bool Begins(HttpRequest request) =>
        request.Path.StartsWithSegments("/_blazor/negotiate") || (request.Path == "/_blazor" && !request.Query.ContainsKey("id"));

    // Who sees the page without its circuit sees nothing at all. Pages that need none are not meant: signing in and out goes on.
    private static bool IsPage(HttpContext context) =>
        context.User.Identity?.IsAuthenticated == true && context.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>() is not null && context.AcceptsInteractiveRouting();
}
