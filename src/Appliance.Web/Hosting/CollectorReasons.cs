using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Appliance.Web.Hosting;

/// <summary>Why an export failed, in words that follow the collector's name.</summary>
internal static class CollectorReasons
{
    /// <summary>Its time was over.</summary>
    public const string Late = "did not answer in time";

    private const string GrpcStatus = "grpc-status";

    // grpc/doc/statuscodes.md.
    private static readonly string[] _grpc =
    [
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    ];

    /// <summary>Of an export that got no answer.</summary>
    public static string Of(Exception failed)
    {
        var causes = Causes(failed).ToList();
        if (causes.OfType<AuthenticationException>().LastOrDefault() is { } tls)
            return $"could not be reached by TLS: {OneLine(tls.Message)}";
        if (causes.OfType<SocketException>().FirstOrDefault() is { } socket)
            return OfSocket(socket);
        if (causes.Any(cause => cause is OperationCanceledException or TimeoutException))
            return Late;
        return causes.OfType<HttpRequestException>().FirstOrDefault()?.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => "has a name that cannot be looked up",
            HttpRequestError.SecureConnectionError => "could not be reached by TLS",
            HttpRequestError.ResponseEnded => "closed the connection without an answer",
            HttpRequestError.HttpProtocolError or HttpRequestError.InvalidResponse or HttpRequestError.VersionNegotiationError =>
                "does not speak the protocol that it is sent: is it another one (APPLIANCE_OTLP_PROTOCOL), or another port?",
            _ => $"could not be sent to: {OneLine(causes[^1].Message)}",
        };
    }

    /// <summary>Of an answer; null: the collector took the export.</summary>
    public static string? Of(HttpRequestMessage request, HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        if (!response.IsSuccessStatusCode)
            return $"answered {status}{Hint(response.StatusCode)}";
        if (request.Content?.Headers.ContentType?.MediaType?.StartsWith("application/grpc", StringComparison.Ordinal) != true)
            return null;

        // Behind the body, or in front of it where there is none.
        var text = First(response.TrailingHeaders, GrpcStatus) ?? First(response.Headers, GrpcStatus);
        if (text == "0")
            return null;
        if (!int.TryParse(text, out var code))
            return $"answered {status} without a status of gRPC: is it another protocol (APPLIANCE_OTLP_PROTOCOL), or another port?";
        var name = code >= 0 && code < _grpc.Length ? _grpc[code] : "a status of gRPC";
        var message = First(response.TrailingHeaders, "grpc-message") ?? First(response.Headers, "grpc-message");
        var words = message is { Length: > 0 } ? $": {OneLine(Uri.UnescapeDataString(message))}" : "";
        return $"answered {name} ({code}){words}{(code is 7 or 16 ? Hint(HttpStatusCode.Unauthorized) : "")}";
    }

    private static string OfSocket(SocketException socket) =>
        socket.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => "refused the connection",
            SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData => "has a name that cannot be looked up",
            SocketError.NetworkUnreachable or SocketError.HostUnreachable => "cannot be reached from here: no route to it",
            SocketError.TimedOut => Late,
            SocketError.ConnectionReset or SocketError.Shutdown => "reset the connection",
            _ => $"could not be reached: {OneLine(socket.Message)}",
        };

    private static string Hint(HttpStatusCode status) =>
        status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => ", so it wants a key, or another one (APPLIANCE_OTLP_HEADERS)",
            HttpStatusCode.NotFound => ", so nothing takes exports at this address (APPLIANCE_OTLP_ENDPOINT has no /v1/... in it)",
            HttpStatusCode.TooManyRequests => ", so it was sent too much",
            HttpStatusCode.RequestEntityTooLarge => ", so the export was larger than it accepts",
            HttpStatusCode.UnsupportedMediaType => ", so it speaks another protocol (APPLIANCE_OTLP_PROTOCOL)",
            _ => "",
        };

    private static string? First(System.Net.Http.Headers.HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    // What a stranger writes must not begin another line of the log.
    private static string OneLine(string text)
    {
        var line = new string([.. text.Select(letter => char.IsControl(letter) ? ' ' : letter)]).Trim().TrimEnd('.');
        return line.Length > 200 ? line[..200] : line;
    }

    private static IEnumerable<Exception> Causes(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
            yield return exception;
    }
}
