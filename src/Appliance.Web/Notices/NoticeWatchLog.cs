using Appliance.Data.Notices;
using Appliance.Web.Notices.Channels;

namespace Appliance.Web.Notices;

internal static partial class NoticeWatchLog
{
    [LoggerMessage(3902, LogLevel.Error, "Looking for troubles failed; it is done again in a second.")]
    public static partial void LookFailed(this ILogger log, Exception exception);

    [LoggerMessage(3903, LogLevel.Information, "{What}: {Sentence}")]
    public static partial void Told(this ILogger log, string what, string sentence);

    [LoggerMessage(3908, LogLevel.Warning, "{What}: {Sentence}")]
    public static partial void ToldWarning(this ILogger log, string what, string sentence);

    [LoggerMessage(3909, LogLevel.Error, "{What}: {Sentence}")]
    public static partial void ToldCritical(this ILogger log, string what, string sentence);

    /// <summary>One line at the level of its severity; ends are information.</summary>
    public static void Tell(this ILogger log, NoticeMessage message)
    {
        switch (message.What == NoticeEvent.Over ? NoticeSeverity.Info : message.Row.Severity)
        {
            case NoticeSeverity.Critical:
                log.ToldCritical(message.Headline, message.Sentence);
                break;
            case NoticeSeverity.Warning:
                log.ToldWarning(message.Headline, message.Sentence);
                break;
            default:
                log.Told(message.Headline, message.Sentence);
                break;
        }
    }

    [LoggerMessage(3904, LogLevel.Debug, "Notices wait for the database: {Reason}")]
    public static partial void StoreAway(this ILogger log, string reason);

    [LoggerMessage(3906, LogLevel.Error, "Looking for troubles of kind {Kind} failed; it is done again every second.")]
    public static partial void SourceFailed(this ILogger log, Exception exception, string kind);

    [LoggerMessage(3907, LogLevel.Error, "The notice about {Trouble} could not be told.")]
    public static partial void TellingFailed(this ILogger log, Exception exception, string trouble);
}
