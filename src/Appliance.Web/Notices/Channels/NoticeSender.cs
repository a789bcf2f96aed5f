using System.Net.Security;
using Appliance.Data.Notices;
using Appliance.Proxy.Dialing;

namespace Appliance.Web.Notices.Channels;

/// <summary>Sends one message through one channel, once, and says in words what came of it. Never throws but for a stop.</summary>
public sealed class NoticeSender(Destinations destinations, TimeProvider time) : IDisposable
{
    /// <summary>A web server that takes longer counts as away.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The same for a mail server: many greet strangers late, and answer wrong passwords late, on purpose.</summary>
    public static readonly TimeSpan MailPatience = TimeSpan.FromSeconds(30);

    private readonly HttpDelivery _http = new(new(destinations, time), time);
    private readonly MailDelivery _mail = new(new(destinations, time));

    /// <summary>Judges the certificates of mail servers; null, the default: they are trusted as this machine trusts them.</summary>
    internal RemoteCertificateValidationCallback? Trust
    {
        init => _mail.Trust = value;
    }

    /// <summary>One try, of at most <see cref="Patience"/> or <see cref="MailPatience"/>.</summary>
    public async Task<SendResult> SendAsync(
        ChannelSettings settings,
        ChannelSecrets? secrets,
        NoticeMessage message,
        CancellationToken cancellationToken
    )
    {
        if (secrets is null)
            return new(false, "Its secrets were sealed with another master key; type them again.") { IsFinal = true };
        var patience = settings.Kind == ChannelKind.Email ? MailPatience : Patience;
        using var limit = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var mask = new SecretMask(settings, secrets);
        try
        {
            return settings.Kind == ChannelKind.Email
                ? await _mail.SendAsync(settings, secrets, mask, message, either.Token)
                : await _http.SendAsync(settings, secrets, mask, message, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(false, $"There was no answer within {patience.TotalSeconds:0} seconds.");
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Going on is right: whatever another side does, the other channels and the product do not stop for it.
            return SaidWords.Of(exception, mask);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
