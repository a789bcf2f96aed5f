using Appliance.Data.Notices;
using MimeKit;

namespace Appliance.Web.Notices.Channels;

/// <summary>A message as an e-mail. MimeKit encodes headers, and refuses a text that is not an address.</summary>
public static class MailNotice
{
    private const int LongestSubject = 150;

    /// <summary>The mail. Throws <see cref="ParseException"/> for a text that is not an address.</summary>
    public static MimeMessage Of(ChannelSettings settings, NoticeMessage message)
    {
        var from = MailboxAddress.Parse(settings.From ?? "");
        var mail = new MimeMessage { Date = message.At };
        mail.From.Add(from);
        mail.To.AddRange(settings.To.Select(MailboxAddress.Parse));
        var subject = message.What == NoticeEvent.Test ? message.Title : $"{message.Title}: {message.Sentence}";
        mail.Subject = subject.Length <= LongestSubject ? subject : subject[..LongestSubject] + "\u2026";

        // A try that the server took and did not answer comes twice, and programs show it once. All mails of a trouble are one thread.
        mail.MessageId = $"{message.Id:N}@{from.Domain}";
        mail.References.Add($"{message.Row.Id:N}@{from.Domain}");

        // RFC 3834: nobody's holiday answers it.
        mail.Headers.Add("Auto-Submitted", "auto-generated");
        mail.Body = new TextPart("plain")
        {
            Text =
                $"{message.Text}\r\n\r\nSince: {message.Row.LastSinceUtc:yyyy-MM-dd HH:mm:ss} UTC\r\n"
                + (message.Row.OverUtc is { } over ? $"Over: {over:yyyy-MM-dd HH:mm:ss} UTC\r\n" : "")
                + (message.Link is { } link ? $"Look at it: {link.AbsoluteUri}\r\n" : "")
                + $"\r\nAppliance on {Proxy.Items.VisibleText.Of(message.Node)}\r\n",
        };
        return mail;
    }
}
