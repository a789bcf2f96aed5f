namespace Appliance.Web.Notices.Channels;

internal static partial class NoticePostLog
{
    [LoggerMessage(3900, LogLevel.Warning, "Channel {Channel} did not get the notice \"{Title}\", and it is not tried again: {Reason}")]
    public static partial void NotDelivered(this ILogger log, string channel, string title, string reason);

    [LoggerMessage(3901, LogLevel.Error, "Channel {Channel} could not send a notice.")]
    public static partial void SendFailed(this ILogger log, Exception exception, string channel);

    [LoggerMessage(3905, LogLevel.Error, "Sending notices failed; it is tried again every second.")]
    public static partial void RoundFailed(this ILogger log, Exception exception);
}
