using Microsoft.AspNetCore.Components.Server.Circuits;

namespace Appliance.Web.Frame;

/// <summary>How many pages may be open at the same time: each keeps memory here. One more is refused at the door, with a sentence.</summary>
internal sealed class CircuitLimit : CircuitHandler
{
    /// <summary>
    /// Pages with a connection. Those that wait for theirs to come back have a limit of their own, and must not stand in their own way: coming back begins
    /// like a new page.
    /// </summary>
    public const int Most = 500;

    private int open;

    public override Task OnConnectionUpAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref open);
        return Task.CompletedTask;
    }

    public override Task OnConnectionDownAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        Interlocked.Decrement(ref open);
        return Task.CompletedTask;
    }

    /// <summary>Guards the circuits' own path: nobody beyond the limit, nobody from another site (RFC 6455, 10.2).</summary>
    public async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        if (!context.Request.Path.StartsWithSegments("/_blazor"))
        {
            await next(context);
            return;
        }

        var origin = context.Request.Headers.Origin.ToString();
        if (origin.Length > 0 && !(Uri.TryCreate(origin, UriKind.Absolute, out var site) && site.Authority.Equals(context.Request.Host.Value, StringComparison.OrdinalIgnoreCase)))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        // A new one begins with a negotiation, or with a WebSocket that skips it.
        var begins = context.Request.Path.StartsWithSegments("/_blazor/negotiate") || (context.Request.Path == "/_blazor" && !context.Request.Query.ContainsKey("id"));
        if (begins && Volatile.Read(ref open) >= Most)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await context.Response.WriteAsync("Too many pages of the console are open; close some and try again.\n", context.RequestAborted);
            return;
        }

        await next(context);
    }
}
