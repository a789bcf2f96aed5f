using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;

namespace Appliance.EndToEnd.Tests;

/// <summary>WebSocket clients of the product: .NET's own.</summary>
internal static class Clients
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    /// <summary>So many, one after the other, from an address of this machine.</summary>
    public static async Task<IReadOnlyList<ClientWebSocket>> OpenAsync(int port, string path, int count, string from = "127.0.0.1")
    {
        var invoker = new HttpMessageInvoker(
            new SocketsHttpHandler { ConnectCallback = (context, cancelled) => DialAsync(from, context.DnsEndPoint, cancelled) }
        );
        var all = new List<ClientWebSocket>(count);
        for (var at = 0; at < count; at++)
        {
            var socket = new ClientWebSocket();
            await socket.ConnectAsync(new($"ws://127.0.0.1:{port}{path}"), invoker, Limit());
            all.Add(socket);
        }

        return all;
    }

    /// <summary>The close code and the reason that it hears; it answers. Code 0: cut without a close frame.</summary>
    public static async Task<(int Code, string? Reason)> HearCloseAsync(ClientWebSocket socket)
    {
        try
        {
            while (socket.CloseStatus is null)
                await socket.ReceiveAsync(new byte[1024], Limit());
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Limit());
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
        {
            // Cut, before or behind the close frame.
        }

        return ((int?)socket.CloseStatus ?? 0, socket.CloseStatusDescription);
    }

    /// <summary>Says something and hears it.</summary>
    public static async Task EchoAsync(ClientWebSocket socket, string text)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, Limit());
        var buffer = new byte[1024];
        var heard = await socket.ReceiveAsync(buffer, Limit());
        Encoding.UTF8.GetString(buffer, 0, heard.Count).ShouldBe(text);
    }

    private static async ValueTask<Stream> DialAsync(string from, DnsEndPoint to, CancellationToken cancelled)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(IPAddress.Loopback, to.Port, cancelled);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static CancellationToken Limit() => new CancellationTokenSource(_patience).Token;
}
