using System.Collections.Concurrent;
using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Tests.Dialing;

/// <summary>An https server that says over what it was asked, and echoes WebSockets.</summary>
internal sealed class SecureServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private SecureServer(WebApplication app) => _app = app;

    /// <summary>The names that were asked for (SNI), one a handshake; empty for none.</summary>
    public ConcurrentQueue<string> Names { get; } = [];

    /// <summary>Who showed a certificate, by its subject.</summary>
    public ConcurrentQueue<string> Clients { get; } = [];

    public int Port => new Uri(_app.Urls.First()).Port;

    /// <summary>By name.</summary>
    public string Address => $"https://localhost:{Port}";

    public static async Task<SecureServer> StartAsync(
        X509Certificate2 certificate,
        HttpProtocols protocols = HttpProtocols.Http1AndHttp2,
        ClientCertificateMode clients = ClientCertificateMode.NoCertificate,
        SslProtocols versions = SslProtocols.None,
        int port = 0
    )
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        SecureServer? server = null;
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen =>
            {
                listen.Protocols = protocols;
                listen.UseHttps(https =>
                {
                    https.SslProtocols = versions;
                    https.ClientCertificateMode = clients;
                    https.ClientCertificateValidation = (shown, _, _) =>
                    {
                        server!.Clients.Enqueue(shown.Subject);
                        return true;
                    };
                    https.ServerCertificateSelector = (_, name) =>
                    {
                        server!.Names.Enqueue(name ?? "");
                        return certificate;
                    };
                });
            }));
        server = new(builder.Build());
        server._app.UseWebSockets();
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        // Whoever keeps connections is not waited for.
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            if (context.Request.ContentType == "application/grpc")
                context.Response.AppendTrailer("grpc-status", "0");
            await context.Response.WriteAsync($"{context.Request.Protocol} {context.Connection.Id}");
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[1024];
        while (await socket.ReceiveAsync(buffer, context.RequestAborted) is { CloseStatus: null } heard)
            await socket.SendAsync(buffer.AsMemory(0, heard.Count), heard.MessageType, heard.EndOfMessage, context.RequestAborted);
        await socket.CloseOutputAsync(socket.CloseStatus!.Value, socket.CloseStatusDescription, context.RequestAborted);
    }
}
