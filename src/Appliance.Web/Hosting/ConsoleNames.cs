using System.Net;

namespace Appliance.Web.Hosting;

/// <summary>
/// The names under which the console answers. A page of a stranger's site could point a name of its own at this machine (DNS rebinding) and
/// would then be of one origin with the console; it cannot do so with an address, so addresses are fine.
/// </summary>
public static class ConsoleNames
{
    /// <summary>Answers 421 to a foreign Host.</summary>
    public static async Task GuardAsync(HttpContext context, RequestDelegate next, ApplianceOptions options)
    {
        if (ControlSocket(context) || IsOurs(context.Request.Host.Host, options))
        {
            await next(context);
            return;
        }

        const string Sentence =
            "This is the console of Appliance. It answers under localhost, its addresses and the name in APPLIANCE_PUBLIC_URL.";
        if (context.Request.Path.StartsWithSegments(Api.ApiGate.Path))
        {
            await new Api.ApiProblem(StatusCodes.Status421MisdirectedRequest, "foreign_host", Sentence).WriteAsync(context);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(Sentence + "\n", context.RequestAborted);
    }

    /// <summary>True for loopback names, addresses and the host of the public URL.</summary>
    public static bool IsOurs(string host, ApplianceOptions options)
    {
        var name = host.Trim('[', ']').TrimEnd('.');
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || IPAddress.TryParse(name, out _)
            || name.Equals(options.PublicUrl?.IdnHost, StringComparison.OrdinalIgnoreCase);
    }

    // Its clients have no name to call it by; who may enter its folder may ask.
    private static bool ControlSocket(HttpContext context) => Control.ControlSocket.IsCaller(context);
}
