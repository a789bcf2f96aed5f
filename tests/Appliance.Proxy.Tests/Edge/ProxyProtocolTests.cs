using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Appliance.Proxy.Config;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Tests.Certificates;
using Appliance.Proxy.Tests.Dialing;
using Appliance.Proxy.Tests.WebSockets;
using Appliance.Proxy.WebSockets.Relays;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Edge;

/// <summary>The PROXY protocol on real sockets, on either transport.</summary>
public abstract class ProxyProtocolTests(RelayChoice relay) : IDisposable
{
    private const string Line = "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n";
    private const string Facts = "GET /facts HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.7\r\nConnection: close\r\n\r\n";
    private readonly Issued _issued = new();
    private readonly LinesLog _log = new();

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _issued.Dispose();
        _log.Dispose();
    }

    [Theory]
    [InlineData(Line, "192.0.2.1 56324|192.0.2.1 56324|198.51.100.1 443")]
    [InlineData("PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n", "2001:db8::1 1|2001:db8::1 1|2001:db8::2 2")]
    [InlineData(
        "\r\n\r\n\0\r\nQUIT\n\u0021\u0011\u0000\u000f\u00c0\u0000\u0002\u0001\u00c6\u0033\u0064\u0001\u00dc\u0004\u0001\u00bb\u00ea\u0000\u0000",
        "192.0.2.1 56324|192.0.2.1 56324|198.51.100.1 443"
    )]
    public async Task Header_BeforeTheRequest_IsWhoTheClientIs(string header, string expected)
    {
        await using var proxy = await StartAsync();
        foreach (
            var pieces in new[]
            {
                [header + Facts],
                new[] { header, Facts },
                [.. (header + Facts[..10]).Select(one => one.ToString()), Facts[10..]],
            }
        )
        {
            await using var client = await RawHttp.ConnectAsync(proxy.Port);
            foreach (var piece in pieces)
                await client.WriteAsync(piece);
            (await client.ReadAnswerAsync()).Body.ShouldBe(expected + "|127.0.0.1");
        }

        _log.Lines.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("PROXY UNKNOWN\r\n")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0020\u0000\u0000\u0000")]
    public async Task Header_OfTheProxyItself_LeavesItsAddress(string header)
    {
        await using var proxy = await StartAsync();
        await using var client = await RawHttp.ConnectAsync(proxy.Port);
        await client.WriteAsync(header + Facts);

        // Who speaks this protocol does not touch requests: their X-Forwarded-For is the word of a client whom nobody knows.
        (await client.ReadAnswerAsync()).Body.ShouldMatch("^127\\.0\\.0\\.1 [0-9]+[|] [|] [|]127\\.0\\.0\\.1$");
    }

    [Fact]
    public async Task Header_BeforeTls_IsWhoTheClientIs()
    {
        await using var proxy = await StartAsync();
        using var socket = new TcpClient();
        await socket.ConnectAsync(proxy.Host.HttpsEndPoint!);
        await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Line));
        await using var tls = new SslStream(socket.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "a.example.com",
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
            }
        );
        await tls.WriteAsync(Encoding.ASCII.GetBytes(Facts));
        (await new StreamReader(tls).ReadToEndAsync()).ShouldEndWith("192.0.2.1 56324|192.0.2.1 56324|198.51.100.1 443|127.0.0.1");
    }

    [Fact]
    public async Task WebSocket_BehindAHeader_IsListedByItsClientAndLimitedByIt()
    {
        await using var backend = await BackendProcess.NodeAsync();
        var config = Configs.All(backend.Address);
        await using var proxy = await StartAsync(
            config with
            {
                Routes = [config.Routes[0] with { WebSocket = new() { MaxPerClient = 1 } }],
            }
        );
        await using var first = await RawPeer.ConnectAsync(proxy.Port);
        await first.SendAsync(Line + TunnelHost.Handshake);
        (await first.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 101 ");
        var open = proxy.Host.Connections.List().ShouldHaveSingleItem();
        (open.ClientAddress?.ToString(), open.ClientPort).ShouldBe(("192.0.2.1", 56324));
        await Until.TrueAsync(() => open.Relay == (relay == RelayChoice.Epoll ? RelayKind.Epoll : RelayKind.Stream));

        await using var second = await RawPeer.ConnectAsync(proxy.Port);
        await second.SendAsync(Line + TunnelHost.Handshake);
        (await second.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 429 ");
        await using var other = await RawPeer.ConnectAsync(proxy.Port);
        await other.SendAsync(Line.Replace("192.0.2.1", "192.0.2.2") + TunnelHost.Handshake);
        (await other.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 101 ");
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "begins with something else")]
    [InlineData("PROXY TCP4 a b c d\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "address or a port")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0021\u0011\u00ff\u00ff", "at most 4096 are accepted")]
    [InlineData("PROXY TCP4 192.0", "in the middle")]
    public async Task NoHeader_FromATrustedPeer_EndsTheConnectionWithOneLineInTheLog(string bytes, string reason)
    {
        await using var proxy = await StartAsync();
        for (var times = 0; times < 5; times++)
            (await SaidNothingAsync(proxy.Port, bytes)).ShouldBeTrue();
        _log.Lines.ShouldHaveSingleItem().ShouldContain(reason);
    }

    [Fact]
    public async Task Header_FromAnUntrustedPeer_EndsTheConnection()
    {
        await using var proxy = await StartAsync(trusted: "192.0.2.0/24");
        (await SaidNothingAsync(proxy.Port, Line + Facts)).ShouldBeTrue();
        _log.Lines.ShouldHaveSingleItem().ShouldContain("is not from one of APPLIANCE_TRUSTED_PROXIES");
    }

    [Fact]
    public async Task OwnCall_WhateverIsTrusted_IsAnsweredOnBothPortsWithoutATrace()
    {
        await using var proxy = await StartAsync(trusted: "192.0.2.0/24");
        (await proxy.Host.FindDeafPortAsync(CancellationToken.None)).ShouldBeNull();
        _log.Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task Header_ThatDoesNotCome_IsWaitedForTenSecondsAndNotAtAStop()
    {
        await using var proxy = await StartAsync();
        await using var silent = await RawPeer.ConnectAsync(proxy.Port);
        await using var slow = await RawPeer.ConnectAsync(proxy.Port);
        await slow.SendAsync("PROXY TCP4");
        (await silent.ReadToEndAsync()).ShouldBeEmpty();
        (await slow.ReadToEndAsync()).ShouldBeEmpty();
        _log.Lines.ShouldHaveSingleItem().ShouldContain("had no whole PROXY header after 10 seconds");

        await using var waiting = await RawPeer.ConnectAsync(proxy.Port);
        await waiting.SendAsync("PROXY TCP4");
        await proxy.Host.StopAsync(new CancellationTokenSource(TimeSpan.FromSeconds(5)).Token);
        await waiting.DrainAsync(); // in order, or by a reset when it had not been taken yet
    }

    private Task<ProxyUnderTest> StartAsync(ProxyConfig? config = null, string trusted = "127.0.0.0/8")
    {
        _issued.Write("a", ["a.example.com"]);
        return ProxyUnderTest.StartAsync(
            config
                ?? new()
                {
                    Routes =
                    [
                        new()
                        {
                            Name = "facts",
                            Path = "/facts",
                            Action = new Appliance.Proxy.Routing.RouteAction.Respond
                            {
                                Body =
                                    "$remote_addr $remote_port|$proxy_protocol_addr $proxy_protocol_port|$proxy_protocol_server_addr "
                                    + "$proxy_protocol_server_port|$realip_remote_addr",
                            },
                        },
                    ],
                },
            new()
            {
                ProxyProtocol = true,
                TrustedProxies = [IPNetwork.Parse(trusted)],
                Relay = relay,
                HttpsPort = 0,
                Certificates = _issued.Folder,
            },
            _log
        );
    }

    // True when it was ended without a byte.
    private static async Task<bool> SaidNothingAsync(int port, string bytes)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(bytes));
        client.Client.Shutdown(SocketShutdown.Send);
        try
        {
            return await stream.ReadAsync(new byte[10], new CancellationTokenSource(TimeSpan.FromSeconds(5)).Token) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }
}

public sealed class ProxyProtocolOnStreamsTests() : ProxyProtocolTests(RelayChoice.Stream);

public sealed class ProxyProtocolOnEpollTests() : ProxyProtocolTests(RelayChoice.Epoll);
