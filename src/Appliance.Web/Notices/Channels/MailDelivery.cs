using System.Net;
using System.Net.Security;
using Appliance.Data.Notices;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Appliance.Web.Notices.Channels;

/// <summary>Sends notices by SMTP, one connection a mail. Certificates are checked as this machine trusts them.</summary>
internal sealed class MailDelivery(NoticeDial dial)
{
    public RemoteCertificateValidationCallback? Trust { get; set; }

    public async Task<SendResult> SendAsync(
        ChannelSettings settings,
        ChannelSecrets secrets,
        SecretMask mask,
        NoticeMessage message,
        CancellationToken cancellationToken
    )
    {
        if (settings.Host is not { } host)
            return new(false, "It has no mail server.") { IsFinal = true };
        using var mail = MailNotice.Of(settings, message);
        using var client = new NoticeMailClient { CheckCertificateRevocation = false, ServerCertificateValidationCallback = Trust };
        var stream = await dial.ConnectAsync(new DnsEndPoint(host, settings.Port), cancellationToken);
        await using (stream)
        {
            await client.ConnectAsync(stream, host, settings.Port, Options(settings.Security), cancellationToken);
            if (settings.User is { } user)
                await client.AuthenticateAsync(user, secrets.Password ?? "", cancellationToken);
            var said = await client.SendAsync(mail, cancellationToken);
            await LeaveAsync(client, cancellationToken);
            if (client.Refused.Count > 0)
                return new(true, $"The mail server took it, but not for {string.Join("; ", client.Refused.Select(Words))}.");
            return new(true, said.Length == 0 ? "The mail server took it." : $"The mail server took it: {SaidWords.Short(said, mask)}.");

            string Words((MailboxAddress Mailbox, SmtpResponse Response) refusal) =>
                $"{refusal.Mailbox.Address}: {(int)refusal.Response.StatusCode} {SaidWords.Short(refusal.Response.Response, mask)}";
        }
    }

    // Required, not wanted: a server in between that hides STARTTLS would get the password.
    private static SecureSocketOptions Options(MailSecurity security) =>
        security switch
        {
            MailSecurity.StartTls => SecureSocketOptions.StartTls,
            MailSecurity.Tls => SecureSocketOptions.SslOnConnect,
            _ => SecureSocketOptions.None,
        };

    private static async Task LeaveAsync(SmtpClient client, CancellationToken cancellationToken)
    {
        try
        {
            await client.DisconnectAsync(quit: true, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or SmtpProtocolException or OperationCanceledException)
        {
            // Going on is right: the mail was taken, and the connection is closed anyway.
        }
    }
}
