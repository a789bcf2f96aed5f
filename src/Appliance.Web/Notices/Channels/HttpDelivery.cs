using System.Text;
using Appliance.Data.Notices;

namespace Appliance.Web.Notices.Channels;

/// <summary>
/// Sends notices by HTTP: with limits, without redirects, without a proxy of the environment, and never into a network that is denied.
/// Certificates are checked as this machine trusts them.
/// </summary>
internal sealed class HttpDelivery(NoticeDial dial, TimeProvider time) : IDisposable
{
    // What is shown of an answer is shorter.
    private const int MostAnswerBytes = 4 * 1024;
    private const int TooManyRequests = 429;
    private const int RequestTimeout = 408;

    private readonly HttpClient _http = new(
        new SocketsHttpHandler
        {
            // A notice and its secrets go where an administrator wrote, nowhere else.
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = NoticeSender.Patience,
            MaxResponseHeadersLength = 32,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectCallback = (context, token) => dial.ConnectAsync(context.DnsEndPoint, token),
        }
    )
    {
        // The caller's limit counts.
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public async Task<SendResult> SendAsync(
        ChannelSettings settings,
        ChannelSecrets secrets,
        SecretMask mask,
        NoticeMessage message,
        CancellationToken cancellationToken
    )
    {
        using var request = HttpNotice.Of(settings, secrets, message, time.GetUtcNow());
        if (request is null)
            return new(false, "It has no address.") { IsFinal = true };
        request.Headers.UserAgent.ParseAdd("appliance");
        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        var status = (int)answer.StatusCode;
        if (answer.IsSuccessStatusCode)
            return new(true, $"The server took it (status {status}).");
        if (status is >= 300 and < 400)
            return new(
                false,
                $"The server answered {status} and wants it to go elsewhere, which is not done. Use the address that it leads to."
            )
            {
                IsFinal = true,
            };
        var wait = WaitOf(answer);
        return new(false, SaidWords.OfAnswer(status, await TextAsync(answer, cancellationToken), mask))
        {
            IsFinal = status is >= 400 and < 500 and not (TooManyRequests or RequestTimeout),
            RetryAfter = wait,
            Pauses = status == TooManyRequests || wait > TimeSpan.Zero,
        };
    }

    public void Dispose() => _http.Dispose();

    private TimeSpan? WaitOf(HttpResponseMessage answer) =>
        answer.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - time.GetUtcNow(),
            _ => null,
        };

    // The beginning is enough, in no charset that the answer chooses.
    private static async Task<string> TextAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        await using var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[MostAnswerBytes];
        var read = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return Encoding.UTF8.GetString(buffer, 0, read);
    }
}
