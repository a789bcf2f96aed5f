using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Appliance.Proxy.Tests.Certificates;
using Appliance.Proxy.Tests.Dialing;
using Appliance.Proxy.Tests.WebSockets;
using Appliance.Proxy.WebSockets.Relays;
using Appliance.Testing;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Tests.Tls;

/// <summary>
/// Clients that break off TLS in the middle, as a damaged network or an attacker does: their connection is over, and all that it held comes
/// back.
/// </summary>
public sealed class BrokenRecordTests : IDisposable
{
    private readonly Issued _issued = new();

    public void Dispose() => _issued.Dispose();

    [Theory]
    [InlineData(RelayChoice.Epoll, SslProtocols.Tls12, true)]
    [InlineData(RelayChoice.Epoll, SslProtocols.Tls13, true)]
    [InlineData(RelayChoice.Epoll, SslProtocols.Tls13, false)]
    [InlineData(RelayChoice.Stream, SslProtocols.Tls13, true)]
    [InlineData(RelayChoice.Stream, SslProtocols.Tls13, false)]
    public async Task RecordThatCannotBeOpened_EndsItsConnectionAndIsNoErrorOfOurs(RelayChoice relay, SslProtocols version, bool webSocket)
    {
        _issued.Write("a", ["localhost"]);
        using var said = new LinesLog(LogLevel.Error);
        await using var server = RawBackEnd.Echo();
        await using var proxy = await ProxyUnderTest.StartAsync(
            Configs.All(server.Address),
            new()
            {
                HttpsPort = 0,
                Certificates = _issued.Folder,
                Relay = relay,
            },
            said
        );
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, proxy.Host.HttpsEndPoint!.Port, limit.Token);
        await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: true);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                EnabledSslProtocols = version,
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
            },
            limit.Token
        );
        if (webSocket)
        {
            await tls.WriteAsync(Encoding.ASCII.GetBytes(TunnelHost.Handshake), limit.Token);
            (await new StreamReader(tls, Encoding.Latin1, leaveOpen: true).ReadLineAsync(limit.Token)).ShouldStartWith("HTTP/1.1 101 ");
            proxy.Host.Connections.List().ShouldHaveSingleItem();
        }

        await client.GetStream().WriteAsync((byte[])[23, 3, 3, 0, 32, .. new byte[32]], limit.Token);

        // To the end, with or without a reset; an alert may come before.
        try
        {
            await client.GetStream().CopyToAsync(Stream.Null, limit.Token);
        }
        catch (IOException) { }

        await Eventually.TrueAsync(() => Task.FromResult(proxy.Host.Connections.List().Count == 0), "nothing is open");
        said.Lines.ShouldBeEmpty();
    }
}
