using Appliance.Data;
using Appliance.Data.Revisions;
using Appliance.Proxy.Edge;
using Appliance.Web.Sockets;

namespace Appliance.Web.Hosting;

/// <summary>
/// Answers 503 with a sentence where the database is needed and cannot be used: to browsers a page, to the command line the sentence alone.
/// </summary>
internal static class StoreAway
{
    public static async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            var sentence = SentenceOf(context.Request, exception);
            // a class has a name
            var log = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(StoreAway).FullName!);
            context.RequestServices.GetRequiredService<ConfigStore>().Health.Failed(exception);
            log.Refused(context.Request.Path, sentence);
            log.Because(exception);
            if (context.Response.HasStarted)
            {
                // Who reads must not take a part for the whole.
                context.Abort();
                return;
            }

            context.Response.Clear();
            if (Control.ControlSocket.IsCaller(context))
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                context.Response.ContentType = "text/plain; charset=utf-8";
                await context.Response.WriteAsync(sentence, context.RequestAborted);
                return;
            }

            if (context.Request.Path.StartsWithSegments(Api.ApiGate.Path))
            {
                await new Api.ApiProblem(StatusCodes.Status503ServiceUnavailable, "store_away", sentence).WriteAsync(context);
                return;
            }

            await OwnPage.WriteAsync(
                context,
                StatusCodes.Status503ServiceUnavailable,
                $"{StoreFaults.StateOf(exception)} On the machine itself, \"appliance close\" and \"appliance drain\" go on.",
                isKept: false
            );
        }
    }

    /// <summary>What is wrong, and what did not happen.</summary>
    /// <remarks>Somebody who closes connections stores nothing, and wants to know whether they are closed.</remarks>
    internal static string SentenceOf(HttpRequest request, Exception exception) =>
        (request.Path.Value, request.Method) switch
        {
            ("/control/connections/close", _) => StoreFaults.SentenceOf(exception, ConnectionControl.NothingClosed),
            ("/control/drains", "POST") => StoreFaults.SentenceOf(exception, ConnectionControl.NotDrained),
            ("/control/drains/cancel", _) => StoreFaults.SentenceOf(exception, ConnectionControl.NotDrained),
            ("/control/audit/export", _) => StoreFaults.SentenceOf(exception),
            (_, "GET" or "HEAD") => StoreFaults.ReadingSentenceOf(exception),
            _ => StoreFaults.SentenceOf(exception),
        };
}

internal static partial class StoreAwayLog
{
    [LoggerMessage(3040, LogLevel.Warning, "{Path} was refused. {Sentence}")]
    public static partial void Refused(this ILogger log, string path, string sentence);

    [LoggerMessage(3041, LogLevel.Debug, "The database cannot be used.")]
    public static partial void Because(this ILogger log, Exception exception);
}
