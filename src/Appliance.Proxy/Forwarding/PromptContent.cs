using System.Net;
using System.Runtime.ExceptionServices;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// A request's content that leaves at the pace of the client. HttpClient gathers what it writes, 4 KB at a time: a client that sends a
/// little and waits for the server would wait for what the server never saw. The body flushes before a read that has to wait, as nginx does
/// without <c>proxy_request_buffering</c>.
/// </summary>
internal sealed class PromptContent : HttpContent
{
    private static readonly AsyncLocal<ReplayableBody?> _sending = new();
    private readonly HttpContent _content;
    private readonly ReplayableBody _body;

    /// <summary>Content that is copied from that body.</summary>
    public PromptContent(HttpContent content, ReplayableBody body)
    {
        (_content, _body) = (content, body);
        foreach (var (name, values) in content.Headers.NonValidated)
            Headers.TryAddWithoutValidation(name, values);
    }

    /// <summary>
    /// The body that the current call is writing to a connection; null when the content is not a <see cref="PromptContent"/>.
    /// </summary>
    public static ReplayableBody? Current => _sending.Value;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        _sending.Value = _body;
        _body.Outgoing = stream;
        try
        {
            await _content.CopyToAsync(stream, context, cancellationToken);
        }
        catch (HttpRequestException wrapped) when (wrapped.InnerException is IOException or ObjectDisposedException)
        {
            // Copying from outside wraps what HttpClient wants to see itself.
            ExceptionDispatchInfo.Throw(wrapped.InnerException);
        }
        finally
        {
            _body.Outgoing = null;
            _body.Connection = null;
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _content.Dispose();
        base.Dispose(disposing);
    }
}
