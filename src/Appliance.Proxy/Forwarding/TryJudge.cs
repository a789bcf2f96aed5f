using System.Net.Sockets;
using Appliance.Proxy.Dialing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Appliance.Proxy.Forwarding;

/// <summary>What YARP's forwarder reports about a try, as one of our ends.</summary>
internal static class TryJudge
{
    /// <summary>The read timeout of the route was over in the middle of a body.</summary>
    public const string StoodStill = "The server did not go on with its answer in time.";

    // RFC 9113, 7.
    private const long NoError = 0;

    /// <summary>How it ended, and why as a sentence that names no address.</summary>
    public static (TryEnd End, string Reason) Of(HttpContext context, ForwarderError error, Exception? exception, ProxyExchange exchange)
    {
        if (exchange.Ended is { } ours)
            return (ours.End, ours.Reason);
        if (exchange.BadAnswer is { } bad)
            return (TryEnd.BadAnswer, bad);
        if (error == ForwarderError.None)
            return (TryEnd.Answered, "");

        // The answer is the client's whole; only the rest of the request was not taken any more, as a server does that answers early.
        if (
            exchange.Answered
            && error is ForwarderError.RequestBodyClient or ForwarderError.RequestBodyDestination or ForwarderError.RequestBodyCanceled
        )
            return (TryEnd.Answered, "");
        if (OfStale(context, exchange, exception) is { } stale)
            return (stale, StaleConnectionException.Sentence);
        if (OfClient(context, error, exchange.Body) is { } client)
            return client;
        if (Of(error) is { } known)
            return known;
        if (exchange.Answered)
            return (
                TryEnd.CutAnswer,
                error is ForwarderError.RequestTimedOut or ForwarderError.ResponseBodyCanceled
                    ? StoodStill
                    : "The server broke its answer off."
            );

        // Giving up closes the connection, which shows as one that failed.
        var wasGivenUp = exchange.Body is { WasGivenUp: true };
        if (error is ForwarderError.RequestTimedOut && !wasGivenUp)
            return (TryEnd.Late, "The server did not answer in time.");
        foreach (var cause in Causes.Of(exception))
        {
            switch (cause)
            {
                case UpstreamConnectException connect:
                    return (connect.End, connect.Message);
                case NoAnswerException { IsRefusal: true } refused:
                    return (TryEnd.Refused, refused.Message);
                case NoAnswerException none:
                    return (TryEnd.NoAnswer, none.Message);
                case OutOfMemoryException:
                    return (TryEnd.LocalWant, "This process has no memory left.");
            }
        }

        if (exchange.Refusal is { } refusal)
            return (TryEnd.Refused, refusal);
        return wasGivenUp || (exception is not null && Causes.IsOfTheServer(exception))
            ? (TryEnd.NoAnswer, "The server closed the connection or sent an answer that is not HTTP.")
            : OfFault(context);
    }

    // Before the client is looked at: giving up its body is how HttpClient ends a try.
    private static TryEnd? OfStale(HttpContext context, ProxyExchange exchange, Exception? exception)
    {
        if (exchange.Answered || context.RequestAborted.IsCancellationRequested || exchange.Body?.ClientError is not null)
            return null;
        if (Causes.Of(exception).OfType<StaleConnectionException>().FirstOrDefault() is { } stale)
            return stale.WasSent ? TryEnd.Stale : TryEnd.StaleUnsent;
        if (!IsStaleHttp2(exchange, exception))
            return null;
        return exchange.Body is { HasBegun: false } ? TryEnd.StaleUnsent : TryEnd.Stale;
    }

    // A server ends a connection of HTTP/2 in order (GOAWAY with NO_ERROR; RFC 9113, 6.8), and HttpClient still gives it a request. Or it
    // ends one without a word that others had opened. A new connection tells whether the server answers.
    private static bool IsStaleHttp2(ProxyExchange exchange, Exception? exception)
    {
        if (exchange.WantsNewConnection || !exchange.IsOverHttp2)
            return false;
        var causes = Causes.Of(exception).ToArray();
        return causes.OfType<HttpProtocolException>().FirstOrDefault() is { } said
            ? said.ErrorCode == NoError
            : exchange.HasOpened is not { Value: true }
                && (exchange.Body is { WasGivenUp: true } || causes.Any(cause => cause is IOException or SocketException));
    }

    /// <summary>An exception that says nothing about a server.</summary>
    public static (TryEnd End, string Reason) OfFault(HttpContext context) =>
        context.RequestAborted.IsCancellationRequested
            ? (TryEnd.ClientGone, "The client went away.")
            : (TryEnd.Faulted, "The request failed inside the proxy.");

    /// <summary>What went wrong with the client's body; null: nothing.</summary>
    public static (TryEnd End, string Reason)? OfClient(ReplayableBody? body) =>
        body?.ClientError switch
        {
            null => null,
            BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => (
                TryEnd.ClientTooSlow,
                "The client's body came too slowly."
            ),
            BadHttpRequestException broken when !IsBrokenOff(broken) => (TryEnd.ClientBroken, "The client's body cannot be accepted."),
            _ => (TryEnd.ClientGone, "The client went away."),
        };

    // The client closed its connection within its body. Whether the HTTP server says this, or that the request is aborted, is a matter of
    // which it sees first; the reason has no other mark than its text.
    private static bool IsBrokenOff(BadHttpRequestException exception) =>
        exception.Message is "Unexpected end of request content." or "Chunked request incomplete.";

    private static (TryEnd End, string Reason)? OfClient(HttpContext context, ForwarderError error, ReplayableBody? body)
    {
        if (body?.ClientError is BadHttpRequestException broken && !IsBrokenOff(broken) && OfClient(body) is { } bad)
            return bad;
        if (context.RequestAborted.IsCancellationRequested || body?.ClientError is not null)
            return (TryEnd.ClientGone, "The client went away.");

        // Both sides were waited for; the client's part of the work comes first.
        if (
            body is { WaitedForClient: true, WasGivenUp: false }
            && error is ForwarderError.RequestTimedOut or ForwarderError.RequestBodyCanceled or ForwarderError.RequestBodyClient
        )
            return (TryEnd.ClientTooSlow, "The client's body came too slowly.");
        var isSlowReader = context.Features.Get<IHttpResponseBodyFeature>() is CountedResponseBody { EndedInAWrite: true };
        return isSlowReader && error is ForwarderError.ResponseBodyCanceled or ForwarderError.ResponseBodyClient
            ? (TryEnd.ClientGone, "The client did not take the answer.")
            : null;
    }

    private static (TryEnd End, string Reason)? Of(ForwarderError error) =>
        error switch
        {
            // Nothing was sent, and no server would get anything else.
            ForwarderError.RequestCreation => (TryEnd.Unsendable, "The request cannot be written as the client or a header rule wants it."),
            ForwarderError.RequestCanceled => (TryEnd.ClientGone, "The client went away."),
            ForwarderError.RequestBodyClient => (TryEnd.ClientBroken, "The client's body cannot be accepted."),
            ForwarderError.ResponseBodyClient => (TryEnd.ClientGone, "The client did not take the answer."),
            ForwarderError.ResponseHeaders => (TryEnd.Unwritable, "The server's answer cannot be written to the client."),
            _ => null,
        };
}
