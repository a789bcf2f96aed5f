using Appliance.Proxy.Memory;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Edge;

/// <summary>
/// In front of all routes: while memory is spent, a request over a connection that is open already is turned away with 503 and its
/// connection ends. What is open goes on.
/// </summary>
internal sealed class MemoryGate(MemoryRoom memory)
{
    /// <summary>Answers, or goes on with <paramref name="next"/>.</summary>
    public Task RunAsync(HttpContext context, RequestDelegate next)
    {
        if (!memory.IsSpent)
            return next(context);
        context.Response.Headers.RetryAfter = "5";

        // HTTP/2 has no such header; there the server ends the connection when its client does.
        if (!HttpProtocol.IsHttp2(context.Request.Protocol))
            context.Response.Headers.Connection = "close";
        return OwnPage.WriteAsync(
            context,
            StatusCodes.Status503ServiceUnavailable,
            "This proxy has no memory left for more requests. Please try again in a moment.",
            isKept: false
        );
    }
}
