using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Appliance.Proxy.Edge;

/// <summary>
/// One address on the proxy's own ports for balancers that can ask nowhere else. Before routes and hosts, and not counted: 200 while it
/// serves, 503 while it stops.
/// </summary>
internal sealed class ProxyHealth(string path, IHostApplicationLifetime lifetime)
{
    /// <summary>Answers, or goes on with <paramref name="next"/>: other paths and other methods are ordinary requests.</summary>
    public Task RunAsync(HttpContext context, RequestDelegate next)
    {
        var (request, response) = (context.Request, context.Response);
        if (
            !string.Equals(request.Path.Value, path, StringComparison.Ordinal)
            || !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        )
            return next(context);
        var text = lifetime.ApplicationStopping.IsCancellationRequested ? "stopping\n" : "ok\n";
        response.StatusCode = text == "ok\n" ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        response.Headers.CacheControl = "no-store";
        response.ContentType = "text/plain; charset=utf-8";
        response.ContentLength = text.Length;
        return HttpMethods.IsHead(request.Method) ? Task.CompletedTask : response.WriteAsync(text, context.RequestAborted);
    }
}
