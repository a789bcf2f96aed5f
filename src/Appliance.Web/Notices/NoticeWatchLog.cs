namespace Appliance.Web.Notices;

internal static partial class NoticeWatchLog
{
    [LoggerMessage(3902, LogLevel.Error, "Looking for troubles failed; it is done again in a second.")]
    public static partial void LookFailed(this ILogger log, Exception exception);

    [LoggerMessage(3903, LogLevel.Information, "Notice, {Event}: {Sentence}")]
    public static partial void Told(this ILogger log, NoticeEvent @event, string sentence);

    [LoggerMessage(3904, LogLevel.Debug, "Notices wait for the database: {Reason}")]
    public static partial void StoreAway(this ILogger log, string reason);

    [LoggerMessage(3906, LogLevel.Error, "Looking for troubles of kind {Kind} failed; it is done again every second.")]
    public static partial void SourceFailed(this ILogger log, Exception exception, string kind);

    [LoggerMessage(3907, LogLevel.Error, "The notice about {Trouble} could not be told.")]
    public static partial void TellingFailed(this ILogger log, Exception exception, string trouble);
}
