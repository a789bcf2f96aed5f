using System.Net.WebSockets;
using System.Text;

namespace Appliance.EndToEnd.Tests;

/// <summary>WebSocket clients of the product: .NET's own.</summary>
internal static class Clients
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>So many, one after the other.</summary>
    public static async Task<IReadOnlyList<ClientWebSocket>> OpenAsync(int port, string path, int count)
    {
        var all = new List<ClientWebSocket>(count);
        for (var at = 0; at < count; at++)
        {
            var socket = new ClientWebSocket();
            await socket.ConnectAsync(new($"ws://127.0.0.1:{port}{path}"), Limit());
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
        catch (WebSocketException)
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

    private static CancellationToken Limit() => new CancellationTokenSource(Patience).Token;
}
