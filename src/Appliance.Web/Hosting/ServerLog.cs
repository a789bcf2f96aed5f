namespace Appliance.Web.Hosting;

internal static partial class ServerLog
{
    [LoggerMessage(3000, LogLevel.Critical, "The proxy ended without being asked to; this process ends with it.")]
    public static partial void ProxyFaulted(this ILogger log);

    [LoggerMessage(3006, LogLevel.Information, "Asked to stop: what is open has up to {Time} to end. A second signal ends it immediately.")]
    public static partial void AskedToStop(this ILogger log, string time);

    [LoggerMessage(3003, LogLevel.Error, "{Sentence}")]
    public static partial void DatabaseIsOlder(this ILogger log, string sentence);

    [LoggerMessage(3004, LogLevel.Error, "Nobody can sign in to the console.")]
    public static partial void DatabaseIsAway(this ILogger log, Exception exception);

    [LoggerMessage(3005, LogLevel.Error, "{Sentence}")]
    public static partial void DatabaseIsLost(this ILogger log, string sentence);

    [LoggerMessage(3001, LogLevel.Error, "The {Host} could not stop in order.")]
    public static partial void StopFailed(this ILogger log, Exception exception, string host);
}
