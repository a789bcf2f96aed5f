using Appliance.Proxy.Variables;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.WebSockets.Handshake;

/// <summary>
/// Reads an answer's body: first what came behind its head, then from the connection, each read within the route's read timeout. Before it
/// waits, the head goes to the client, if it has not gone with a piece of the body.
/// </summary>
internal sealed class AnswerSource(
    ReadOnlyMemory<byte> behindHead,
    Stream server,
    byte[] buffer,
    HttpResponse response,
    TimeSpan readTimeout,
    TimeProvider time,
    UpstreamTry? tally,
    CancellationToken stop
)
{
    private ReadOnlyMemory<byte> _behindHead = behindHead;

    /// <summary>The client went away.</summary>
    public CancellationToken Stop => stop;

    /// <summary>
    /// The next piece, valid until the next call; empty at the end. Throws when it took too long or the connection broke.
    /// </summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync()
    {
        if (!_behindHead.IsEmpty)
        {
            var piece = _behindHead;
            _behindHead = default;
            return piece;
        }

        if (!response.HasStarted)
            await response.Body.FlushAsync(stop);
        using var patience = new CancellationTokenSource(readTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
        var read = await server.ReadAsync(buffer, both.Token);
        tally?.Received(read);
        return buffer.AsMemory(0, read);
    }
}
