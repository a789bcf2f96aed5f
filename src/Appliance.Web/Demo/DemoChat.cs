using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Threading.Channels;

namespace Appliance.Web.Demo;

/// <summary>One room. Every server of the demo leads into it, so the chat works whichever server the proxy chooses for a visitor.</summary>
internal sealed class DemoChat
{
    private const int LongestMessageBytes = 4096;
    private const int OutboxMessages = 64;
    private readonly ConcurrentDictionary<Channel<byte[]>, byte> _outboxes = new();

    public Task AnswerAsync(HttpContext context)
    {
        if (context.WebSockets.IsWebSocketRequest)
            return TalkAsync(context);
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'";
        return context.Response.WriteAsync(
            DemoPage.Html.Replace("{server}", $"127.0.0.1:{context.Connection.LocalPort}", StringComparison.Ordinal),
            context.RequestAborted
        );
    }

    private async Task TalkAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();

        // Who reads too slowly loses the oldest lines; nobody else waits for him.
        var outbox = Channel.CreateBounded<byte[]>(
            new BoundedChannelOptions(OutboxMessages) { FullMode = BoundedChannelFullMode.DropOldest }
        );
        _outboxes[outbox] = 0;
        try
        {
            await Task.WhenAll(HearAsync(socket, outbox, context.RequestAborted), SayAsync(socket, outbox, context.RequestAborted));
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
        {
            // The visitor is gone; the others go on.
        }
        finally
        {
            _outboxes.TryRemove(outbox, out _);
        }
    }

    private async Task HearAsync(WebSocket socket, Channel<byte[]> own, CancellationToken gone)
    {
        try
        {
            var buffer = new byte[LongestMessageBytes];
            var length = 0;
            while (true)
            {
                var part = await socket.ReceiveAsync(buffer.AsMemory(length), gone);
                if (part.MessageType == WebSocketMessageType.Close)
                    return;
                length += part.Count;
                if (length == buffer.Length)
                {
                    // Cutting it in two could cut a character in two, and every browser in the room would hang up.
                    await socket.CloseOutputAsync(WebSocketCloseStatus.MessageTooBig, "Shorter, please.", gone);
                    return;
                }

                if (!part.EndOfMessage)
                    continue;
                var message = buffer[..length];
                foreach (var (outbox, _) in _outboxes)
                    outbox.Writer.TryWrite(message);
                length = 0;
            }
        }
        finally
        {
            own.Writer.TryComplete();
        }
    }

    // The only sender on this socket: messages of several visitors cannot mix.
    private static async Task SayAsync(WebSocket socket, Channel<byte[]> own, CancellationToken gone)
    {
        await foreach (var message in own.Reader.ReadAllAsync(gone))
            await socket.SendAsync(message.AsMemory(), WebSocketMessageType.Text, endOfMessage: true, gone);
        if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            await socket.CloseOutputAsync(socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure, null, gone);
    }
}
