using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Tests.Connections;
using Appliance.Proxy.WebSockets.Relays;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Tests.WebSockets.Relays;

/// <summary>Servers behind TLS and HTTP/2.</summary>
public abstract class TunnelTransportTests(RelayChoice relay) : OnEitherRelay(relay)
{
    [Fact]
    public async Task Run_HttpServer_IsCarriedByTheRelayThatWasAskedFor()
    {
        await using var server = await BackEndAsync(_ => { });
        await using var host = await HostAsync($"http://127.0.0.1:{Port(server)}");

        await EchoesAsync(host, Expected);
    }

    [Fact]
    public async Task Run_HttpsServer_TunnelsWithItsNameInSni()
    {
        var names = new List<string?>();
        using var certificate = SelfSigned();
        await using var server = await BackEndAsync(listen =>
            listen.UseHttps(https =>
            {
                https.ServerCertificateSelector = (_, name) =>
                {
                    names.Add(name);
                    return certificate;
                };
            })
        );
        await using var host = await HostAsync(
            new TunnelPlan
            {
                Servers = [$"https://localhost:{Port(server)}"],
                Tls = new() { Trusted = certificate.ExportCertificatePem() },
            }
        );

        await EchoesAsync(host, RelayKind.Stream);

        names.ShouldBe(["localhost"]);
    }

    [Fact]
    public async Task Run_HttpsServerWithUntrustedCertificate_Is502()
    {
        using var certificate = SelfSigned();
        await using var server = await BackEndAsync(listen => listen.UseHttps(certificate));
        await using var host = await HostAsync($"https://localhost:{Port(server)}");

        (await host.AskAsync()).ShouldStartWith("HTTP/1.1 502 ");
    }

    [Fact]
    public async Task Run_H2cServer_TunnelsByExtendedConnect()
    {
        await using var server = await BackEndAsync(listen => listen.Protocols = HttpProtocols.Http2);
        await using var host = await HostAsync($"h2c://127.0.0.1:{Port(server)}");

        await EchoesAsync(host, RelayKind.Stream);
    }

    [Fact]
    public async Task Run_H2cServerThatRefuses_ItsAnswerIsRelayed()
    {
        await using var server = await BackEndAsync(listen => listen.Protocols = HttpProtocols.Http2, refuse: true);
        await using var host = await HostAsync($"h2c://127.0.0.1:{Port(server)}");

        var answer = await host.AskAsync();

        answer.ShouldStartWith("HTTP/1.1 403 ");
        answer.ShouldContain("not you");
    }

    [Fact]
    public async Task Run_H2cServerThatIsNone_Is502()
    {
        await using var server = RawBackEnd.Says("HTTP/1.1 400 Bad Request\r\n\r\n");
        await using var host = await HostAsync(server.Address.Replace("http://", "h2c://", StringComparison.Ordinal));

        (await host.AskAsync()).ShouldStartWith("HTTP/1.1 502 ");
    }

    private static async Task EchoesAsync(TunnelHost host, RelayKind relay)
    {
        await using var client = await host.ConnectAsync();
        await client.SendAsync(TunnelHost.Handshake);
        var head = await client.ReadHeadAsync();
        head.ShouldStartWith("HTTP/1.1 101 ");
        head.ShouldContain("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");

        await client.SendAsync(Frames.MaskedText("over there"));
        (await client.ReadAsync(12)).ShouldBe(Frames.Text("over there"));
        (await host.LiveAsync()).Relay.ShouldBe(relay);
        await client.SendAsync(Frames.Write(0x88, [0x03, 0xE8], [1, 2, 3, 4]));
        (await client.ReadAsync(4)).ShouldBe([0x88, 0x02, 0x03, 0xE8]);
        await Until.TrueAsync(() => host.Connections.Count == 0);
    }

    private static async Task<WebApplication> BackEndAsync(Action<ListenOptions> listen, bool refuse = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen));
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(async context =>
        {
            if (refuse)
            {
                context.Response.StatusCode = StatusCodes.Status403Forbidden;
                await context.Response.WriteAsync("not you");
                return;
            }

            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[100];
            while (
                await socket.ReceiveAsync(buffer.AsMemory(), default)
                    is { MessageType: not System.Net.WebSockets.WebSocketMessageType.Close } message
            )
                await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, default);
            await socket.CloseAsync(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, null, default);
        });
        await app.StartAsync();
        return app;
    }

    private static int Port(WebApplication app) =>
        new Uri(app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single()).Port;

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var bare = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return X509CertificateLoader.LoadPkcs12(bare.Export(X509ContentType.Pkcs12), null);
    }
}

public sealed class TunnelTransportOnStreamsTests() : TunnelTransportTests(RelayChoice.Stream);

public sealed class TunnelTransportOnEpollTests() : TunnelTransportTests(RelayChoice.Epoll);
