using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Http.Features;

namespace Appliance.Web.Frame;

/// <summary>One page more than may be open is refused at the door, with a sentence (<see cref="OpenPages"/>).</summary>
internal sealed class CircuitLimit(OpenPages pages)
{
    private const string Hub = "/_blazor";

    /// <summary>Guards pages and the circuits' own path: nobody beyond the limit, nobody from another site (RFC 6455, 10.2).</summary>
    public async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        var isCircuit = context.Request.Path.StartsWithSegments("/_blazor");
        if (isCircuit && IsForeign(context.Request))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        if (isCircuit && context.User.Identity?.IsAuthenticated == true && (Begins(context.Request) || IsSocket(context)))
            await CountAsync(context, next);
        else if ((isCircuit ? Begins(context.Request) : IsPage(context)) && pages.Refusal(context.User) is { } sentence)
            await RefuseAsync(context, sentence);
        else
            await next(context);
    }

    /// <summary>What the connection of a request was while it was on its way; null: its request is no WebSocket.</summary>
    public static ComingPage? ComingOf(HttpContext? context) =>
        context?.Items.TryGetValue(typeof(ComingPage), out var one) == true ? (ComingPage?)one : null;

    // From the first byte on, and not only when a hub has begun: one that never says hello to it keeps a socket and its buffers all the
    // same.
    private async Task CountAsync(HttpContext context, RequestDelegate next)
    {
        DateTimeOffset? until = null;
        var (coming, refusal) = Begins(context.Request) ? pages.Expect(context.User) : (null, null);
        if (!Begins(context.Request))
            (coming, until, refusal) = pages.ExpectNegotiated(context.User);
        if (coming is null)
        {
            await RefuseAsync(context, refusal!); // one of the two is there
            return;
        }

        var isNegotiation = context.Request.Path != Hub;
        if (!isNegotiation)
            context.Items[typeof(ComingPage)] = coming;
        try
        {
            await next(context);
        }
        finally
        {
            if (isNegotiation && context.Response.StatusCode == StatusCodes.Status200OK)
                pages.Negotiated(coming);
            else if (until is { } before && !IsConnected(context.Response.StatusCode))
                pages.NotConnected(coming, before);
            else
                pages.Forget(coming);
        }
    }

    private static async Task RefuseAsync(HttpContext context, string sentence)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(sentence + "\n", context.RequestAborted);
    }

    private static bool IsConnected(int status) => status is StatusCodes.Status101SwitchingProtocols or StatusCodes.Status200OK;

    private static bool IsForeign(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        return origin.Length > 0
            && !(
                Uri.TryCreate(origin, UriKind.Absolute, out var site)
                && site.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase)
            );
    }

    // A new one begins with a negotiation, or with a WebSocket that skips it.
    private static bool Begins(HttpRequest request) =>
        request.Path.StartsWithSegments("/_blazor/negotiate") || (request.Path == Hub && !request.Query.ContainsKey("id"));

    // HTTP/1.1 and HTTP/2 (RFC 8441).
    private static bool IsSocket(HttpContext context) =>
        context.Request.Path == Hub
        && (
            context.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest == true
            || context.Features.Get<IHttpExtendedConnectFeature>()?.IsExtendedConnect == true
        );

    // Who sees the page without its circuit sees nothing at all. Pages that need none are not meant: signing in and out goes on.
    private static bool IsPage(HttpContext context) =>
        context.User.Identity?.IsAuthenticated == true
        && context.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>() is not null
        && context.AcceptsInteractiveRouting();
}
