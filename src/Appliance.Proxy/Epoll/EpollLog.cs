using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Epoll;

/// <summary>What the event loops and their transport log; event ids 1500 to 1599.</summary>
internal static partial class EpollLog
{
    [LoggerMessage(1500, LogLevel.Error, "A {Handler} of the event loop failed; its connection is cut")]
    public static partial void HandlerFailed(this ILogger log, Exception exception, string handler);

    [LoggerMessage(
        1503,
        LogLevel.Warning,
        "{Count} new connections on {EndPoint} could not be taken since the last line; the newest: {Reason}"
    )]
    public static partial void AcceptFailed(this ILogger log, Exception? exception, long count, string endPoint, string reason);

    [LoggerMessage(
        1507,
        LogLevel.Error,
        "The listening socket on {EndPoint} takes no connections any more (errno {Errno}); a new one is opened"
    )]
    public static partial void ListenerLost(this ILogger log, string endPoint, int errno);

    [LoggerMessage(1505, LogLevel.Warning, "New connections on {EndPoint} are taken again, by a new listening socket")]
    public static partial void ListensAgain(this ILogger log, string endPoint);

    [LoggerMessage(1506, LogLevel.Critical, "{Reason} The proxy ends, so that it is started again.")]
    public static partial void CannotGoOn(this ILogger log, string reason);
}
