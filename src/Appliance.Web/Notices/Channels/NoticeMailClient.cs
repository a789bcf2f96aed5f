using MailKit.Net.Smtp;
using MimeKit;

namespace Appliance.Web.Notices.Channels;

/// <summary>An SMTP client that sends to those recipients that the server takes, and knows the others.</summary>
internal sealed class NoticeMailClient : SmtpClient
{
    private readonly List<(MailboxAddress Mailbox, SmtpResponse Response)> _refused = [];

    /// <summary>The recipients that the server refused, each with its answer.</summary>
    public IReadOnlyList<(MailboxAddress Mailbox, SmtpResponse Response)> Refused => _refused;

    /// <inheritdoc/>
    protected override void OnRecipientNotAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response) =>
        _refused.Add((mailbox, response));

    /// <summary>Nobody gets it: for good, unless the server says of every recipient that it is only for now.</summary>
    protected override void OnNoRecipientsAccepted(MimeMessage message)
    {
        if (_refused.Count == 0)
            return;
        var (mailbox, response) = _refused.MaxBy(refusal => (int)refusal.Response.StatusCode / 100);
        throw new SmtpCommandException(SmtpErrorCode.RecipientNotAccepted, response.StatusCode, mailbox, response.Response);
    }
}
