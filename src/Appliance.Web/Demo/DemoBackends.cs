using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Appliance.Data;

namespace Appliance.Web.Demo;

/// <summary>
/// Two small servers on loopback to try the proxy with: an echo for HTTP and WebSockets, and a chat whose hub both share, so that a message
/// sent through one reaches who is connected to the other.
/// </summary>
public sealed class DemoBackends : IAsyncDisposable
{
    private static readonly int[] Ports = [9081, 9082];
    private readonly ConcurrentDictionary<WebSocket, SemaphoreSlim> chat = new();
    private readonly List<WebApplication> servers = [];

    private DemoBackends()
    {
    }

    /// <summary>Where they listen.</summary>
    public IReadOnlyList<string> Addresses { get; } = [.. Ports.Select(port => $"http://127.0.0.1:{port}")];

    /// <summary>Starts both. Throws <see cref="DataFolderException"/> with a sentence when a port is taken.</summary>
    public static async Task<DemoBackends> StartAsync(CancellationToken cancellationToken)
    {
        var demo = new DemoBackends();
        foreach (var port in Ports)
        {
            var server = demo.Build(port);
            try
            {
                await server.StartAsync(cancellationToken);
            }
            catch (IOException)
            {
                await demo.DisposeAsync();
                throw new DataFolderException($"The demo needs port {port} on 127.0.0.1, which is in use; stop what uses it, or start without --demo.", isTaken: false);
            }

            demo.servers.Add(server);
        }

        return demo;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        foreach (var server in servers)
        {
            await server.StopAsync(limit.Token);
            await server.DisposeAsync();
        }
    }

    private WebApplication Build(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(context => context.Request.Path.StartsWithSegments("/chat", StringComparison.Ordinal) ? ChatAsync(context) : EchoAsync(context, port));
        return app;
    }

    private static async Task EchoAsync(HttpContext context, int port)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            var text = new StringBuilder($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString} answered by 127.0.0.1:{port}\n\n");
            foreach (var (name, value) in context.Request.Headers)
                text.Append(name).Append(": ").Append(value.ToString()).Append('\n');
            using var reader = new StreamReader(context.Request.Body);
            text.Append('\n').Append(await reader.ReadToEndAsync(context.RequestAborted));
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync(text.ToString());
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[16 * 1024];
        await ReceiveAsync(socket, buffer, (message, type, end) => socket.SendAsync(message, type, end, context.RequestAborted).AsTask(), context.RequestAborted);
    }

    private async Task ChatAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.ContentType = "text/html; charset=utf-8";
            await context.Response.WriteAsync(DemoPage.Html);
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        using var turn = new SemaphoreSlim(1, 1);
        chat[socket] = turn;
        try
        {
            await ReceiveAsync(socket, new byte[4096], (message, type, end) => BroadcastAsync(message, type, end, context.RequestAborted), context.RequestAborted);
        }
        finally
        {
            chat.TryRemove(socket, out _);
        }
    }

    private async Task BroadcastAsync(ReadOnlyMemory<byte> message, WebSocketMessageType type, bool end, CancellationToken cancellationToken)
    {
        foreach (var (socket, turn) in chat)
        {
            try
            {
                await turn.WaitAsync(cancellationToken);
                await socket.SendAsync(message, type, end, cancellationToken);
                turn.Release();
            }
            catch (Exception exception) when (exception is WebSocketException or ObjectDisposedException)
            {
                // Somebody left; the others go on.
            }
        }
    }

    private static async Task ReceiveAsync(
        WebSocket socket, byte[] buffer, Func<ReadOnlyMemory<byte>, WebSocketMessageType, bool, Task> send, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    await socket.CloseAsync(socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure, null, cancellationToken);
                    return;
                }

                await send(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage);
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
        {
            // The visitor is gone.
        }
    }
}

/// <summary>The chat's page.</summary>
internal static class DemoPage
{
    public const string Html = """
        <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Appliance demo chat</title>
        <style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}
        #log{border:1px solid #8886;border-radius:.5rem;height:50vh;overflow:auto;padding:.75rem;margin:1rem 0}#log p{margin:.2rem 0}
        form{display:flex;gap:.5rem}input{flex:1;font:inherit;padding:.5rem}button{font:inherit;padding:.5rem 1rem}#state{opacity:.7}</style></head>
        <body><h1>Demo chat</h1><p id="state" role="status">connecting</p><div id="log" aria-live="polite"></div>
        <form><label for="text" hidden>Message</label><input id="text" autocomplete="off" placeholder="Say something, then look at: appliance connections"><button>Send</button></form>
        <script>
        const log=document.getElementById('log'),state=document.getElementById('state'),text=document.getElementById('text');let socket;
        function connect(){socket=new WebSocket((location.protocol==='https:'?'wss://':'ws://')+location.host+'/chat/');
        socket.onopen=()=>state.textContent='connected through the proxy';
        socket.onclose=e=>{state.textContent='closed ('+e.code+'), reconnecting';setTimeout(connect,1000)};
        socket.onmessage=e=>{const p=document.createElement('p');p.textContent=e.data;log.append(p);log.scrollTop=log.scrollHeight}}
        document.forms[0].onsubmit=e=>{e.preventDefault();if(text.value&&socket.readyState===1){socket.send(text.value);text.value=''}};connect();
        </script></body></html>
        """;
}
