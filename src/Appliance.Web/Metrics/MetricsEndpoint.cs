using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.Net.Http.Headers;

namespace Appliance.Web.Metrics;

/// <summary>Who may read metrics, and where.</summary>
/// <param name="Token">
/// What a scraper must send as <c>Authorization: Bearer</c>; null: the port of metrics asks for none, and the console has no metrics.
/// </param>
internal sealed record MetricsAccess(string? Token);

/// <summary>Answers <c>/metrics</c>: on the console's ports to who has the token, and on a port of its own.</summary>
internal sealed class MetricsEndpoint(MetricsReader reader, MetricsAccess access) : IDisposable
{
    /// <summary>The path.</summary>
    public const string Path = "/metrics";

    private static readonly OwnPort _ownPort = new();

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly byte[]? _token = access.Token is { } token ? Digest(token) : null;

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    /// <summary>In front of everything else of the console: its names, schemes and sign-in are for people.</summary>
    public Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        var isOwnPort = context.Features.Get<OwnPort>() is not null;
        if (context.Request.Path != Path)
            return isOwnPort ? AnswerAsync(context, StatusCodes.Status404NotFound, "This port has /metrics alone.") : next(context);
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return AnswerAsync(context, StatusCodes.Status405MethodNotAllowed, "Metrics are read by GET.");
        }

        if (_token is null && !isOwnPort)
            return AnswerAsync(
                context,
                StatusCodes.Status404NotFound,
                "Metrics are off here. Set APPLIANCE_METRICS_TOKEN, and send it as \"Authorization: Bearer\"; or set "
                    + "APPLIANCE_METRICS_PORT."
            );
        if (_token is not null && !HasToken(context.Request))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"metrics\"";
            return AnswerAsync(
                context,
                StatusCodes.Status401Unauthorized,
                "Send the value of APPLIANCE_METRICS_TOKEN as \"Authorization: Bearer\"."
            );
        }

        return WriteAsync(context);
    }

    private bool HasToken(HttpRequest request)
    {
        const string scheme = "Bearer ";
        var values = request.Headers.Authorization;
        return values.Count == 1
            && values[0] is { } value
            && value.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(Digest(value[scheme.Length..].Trim()), _token);
    }

    // Of one length, whatever was sent.
    private static byte[] Digest(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private async Task WriteAsync(HttpContext context)
    {
        var text = new PrometheusText(WantsOpenMetrics(context.Request.Headers.Accept));
        byte[] body;
        await _one.WaitAsync(context.RequestAborted);
        try
        {
            body = Encoding.UTF8.GetBytes(text.Write(ApplianceMetrics.All, reader.Read()));
        }
        finally
        {
            _one.Release();
        }

        context.Response.ContentType = text.ContentType;
        context.Response.ContentLength = body.Length;
        context.Response.Headers.CacheControl = "no-store";
        if (HttpMethods.IsGet(context.Request.Method))
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>True when a client that accepts this wants the text of OpenMetrics. Quality 0 is a refusal (RFC 9110, 12.4.2).</summary>
    internal static bool WantsOpenMetrics(IList<string> accept) =>
        MediaTypeHeaderValue.TryParseList(accept, out var accepted)
        && accepted
            .Where(type => type.Quality is not 0)
            .OrderByDescending(type => type.Quality ?? 1)
            .Select(type => type.MediaType)
            .FirstOrDefault(type => type == "application/openmetrics-text" || type == "text/plain" || type == "*/*")
            == "application/openmetrics-text";

    private static Task AnswerAsync(HttpContext context, int status, string sentence)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : context.Response.WriteAsync(sentence + "\n", context.RequestAborted);
    }

    /// <summary>Connections to the port that has metrics alone are known by this.</summary>
    public static ConnectionDelegate MarkOwnPort(ConnectionDelegate next) =>
        connection =>
        {
            connection.Features.Set(_ownPort);
            return next(connection);
        };

    private sealed record OwnPort;
}
