using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace Appliance.Web.Demo;

/// <summary>Shows a client what reached the back end: HTTP requests as text, WebSocket messages as they came.</summary>
internal static class DemoEcho
{
    public static Task AnswerAsync(HttpContext context) =>
        context.WebSockets.IsWebSocketRequest ? EchoMessagesAsync(context) : DescribeAsync(context);

    private static async Task DescribeAsync(HttpContext context)
    {
        var request = context.Request;
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var text = new StringBuilder(
            $"Answered by 127.0.0.1:{context.Connection.LocalPort}\n\n{request.Method} {target} {request.Protocol}\n"
        );
        foreach (var (name, values) in request.Headers)
        {
            foreach (var value in values)
                text.Append(name).Append(": ").Append(value).Append('\n');
        }

        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(text.Append('\n').ToString(), context.RequestAborted);
        await request.Body.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private static async Task EchoMessagesAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync(context.WebSockets.WebSocketRequestedProtocols.FirstOrDefault());
        var gone = context.RequestAborted;
        var buffer = new byte[16 * 1024];
        try
        {
            while (true)
            {
                var part = await socket.ReceiveAsync(buffer.AsMemory(), gone);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    await socket.CloseOutputAsync(
                        socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure,
                        socket.CloseStatusDescription,
                        gone
                    );
                    return;
                }

                await socket.SendAsync(buffer.AsMemory(0, part.Count), part.MessageType, part.EndOfMessage, gone);
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
        {
            // The visitor is gone; there is nobody to tell.
        }
    }
}
