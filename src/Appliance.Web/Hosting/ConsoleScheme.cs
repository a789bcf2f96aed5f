using System.Net;

namespace Appliance.Web.Hosting;

/// <summary>What the console does with plain http when it could be reached by https.</summary>
internal static class ConsoleScheme
{
    /// <summary>
    /// A proxy in front of the console that speaks TLS sends its public name: then this is https as far as cookies and links are concerned.
    /// Where the console speaks TLS itself, people from other machines are sent there; this machine's own health checks are not. A program
    /// that uses the API is refused: it would send its token in clear each time.
    /// </summary>
    public static Task GuardAsync(HttpContext context, RequestDelegate next, ApplianceOptions options, Func<int?> httpsPort)
    {
        var request = context.Request;
        if (request.IsHttps || Control.ControlSocket.IsCaller(context))
            return next(context);
        if (
            options.PublicUrl is { Scheme: "https" } url
            && request.Host.Value?.Equals(url.Authority, StringComparison.OrdinalIgnoreCase) == true
        )
        {
            request.Scheme = "https";
            return next(context);
        }

        var isHere = context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address);
        if (
            isHere
            || httpsPort() is not { } port
            || request.Path.StartsWithSegments("/healthz")
            || request.Path.StartsWithSegments("/readyz")
        )
            return next(context);
        if (request.Path.StartsWithSegments(Api.ApiGate.Path))
            return Api.ApiGate.RefusePlainAsync(context);
        var host =
            options.PublicUrl is { Scheme: "https" } home && request.Host.Host.Equals(home.IdnHost, StringComparison.OrdinalIgnoreCase)
                ? new HostString(home.Authority)
            : port == 443 ? new HostString(request.Host.Host)
            : new HostString(request.Host.Host, port);
        context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
        context.Response.Headers.Location = $"https://{host}{request.Path.ToUriComponent()}{request.QueryString}";
        return Task.CompletedTask;
    }
}
