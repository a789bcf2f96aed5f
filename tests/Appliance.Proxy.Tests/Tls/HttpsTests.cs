using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Appliance.Proxy.Config;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Tests.Certificates;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Tls;

/// <summary>HTTPS and WebSockets over it, on real sockets.</summary>
public sealed class HttpsTests : IDisposable
{
    private readonly Issued _issued = new();

    public void Dispose() => _issued.Dispose();

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Request_OverHttps_KnowsItsSchemeAndPort(string version)
    {
        _issued.Write("a", ["a.example.com"]);
        await using var backend = new RecordingBackend();
        await using var proxy = await StartAsync(
            Configs.All(backend.Address) with
            {
                Routes =
                [
                    Configs.Proxy("all"),
                    new()
                    {
                        Name = "facts",
                        Path = "/facts",
                        Action = new RouteAction.Respond { Body = "$scheme $https $server_port $server_protocol" },
                    },
                ],
            }
        );
        using var http = new HttpClient(Handler(proxy))
        {
            DefaultRequestVersion = new(version),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        (await http.GetStringAsync("https://a.example.com/facts")).ShouldBe($"https on {proxy.Host.HttpsEndPoint!.Port} HTTP/{version}");
        using var answer = await http.GetAsync("https://a.example.com/x");
        answer.Version.ToString().ShouldBe(version);
        backend.Requests.ShouldHaveSingleItem().Values("X-Forwarded-Proto").ShouldBe(["https"]);
    }

    [Theory]
    [InlineData("1.1", false)]
    [InlineData("2.0", false)]
    [InlineData("2.0", true)]
    public async Task WebSocket_OverTls_EchoesIsCountedOutlivesARenewalAndHearsTheClose(string version, bool h2cUpstream)
    {
        _issued.Write("a", ["a.example.com"], outOfOrder: true);
        await using var node = h2cUpstream ? null : await BackendProcess.NodeAsync();
        await using var h2c = h2cUpstream ? await H2cEcho.StartAsync() : null;
        await using var proxy = await StartAsync(Configs.All(node?.Address ?? h2c!.Address));
        using var http = new HttpMessageInvoker(Handler(proxy));
        using var socket = new ClientWebSocket();
        (socket.Options.HttpVersion, socket.Options.HttpVersionPolicy) = (new(version), HttpVersionPolicy.RequestVersionExact);
        await socket.ConnectAsync(new("wss://a.example.com/chat"), http, Limit());
        await EchoAsync(socket, "before");

        var renewed = _issued.Write("a", ["a.example.com"], days: 91);
        proxy.Host.Certificates.Look();
        (await ShownAsync(proxy, "a.example.com")).Thumbprint.ShouldBe(renewed.Thumbprint);
        await EchoAsync(socket, "after");

        var open = proxy.Host.Connections.List().ShouldHaveSingleItem();
        (open.IsTls, open.Protocol).ShouldBe((true, "HTTP/" + version));
        open.FromClient.Counts.Messages.ShouldBe(2);
        open.RequestEnd(new CloseOrder(TunnelEnd.Operator, 4001, "moved"));
        await socket.ReceiveAsync(new byte[100], Limit());
        ((int?)socket.CloseStatus, socket.CloseStatusDescription).ShouldBe((4001, "moved"));
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Limit());
        await Eventually.TrueAsync(() => Task.FromResult(proxy.Host.Connections.Count == 0), "it is over");
    }

    [Fact]
    public async Task WebSocket_HeldCertificateReplacedAndDeleted_GoesOn()
    {
        var held = new MemoryCertificates();
        var first = held.Save(_issued.Held("site", ["a.example.com"]));
        await using var node = await BackendProcess.NodeAsync();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(node.Address), new() { HttpsPort = 0 }, held: held);
        using var http = new HttpMessageInvoker(Handler(proxy));
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new("wss://a.example.com/chat"), http, Limit());
        await EchoAsync(socket, "first");
        var before = (await ShownAsync(proxy, "a.example.com")).Thumbprint;
        held.Save(_issued.Held("site", ["a.example.com"], days: 91) with { Id = first.Id });
        await Eventually.TrueAsync(async () => (await ShownAsync(proxy, "a.example.com")).Thumbprint != before, "the renewed one is shown");
        await EchoAsync(socket, "renewed");
        held.Remove(first.Id);
        await Eventually.TrueAsync(async () => (await ShownAsync(proxy, "a.example.com")).Subject != "CN=a.example.com", "it is gone");
        await EchoAsync(socket, "deleted");
    }

    [Theory]
    [InlineData("/text", "400")]
    [InlineData("/page", "502")]
    public async Task WebSocketOverHttp2_WhereThereIsNone_IsNoSuccess(string path, string status)
    {
        _issued.Write("a", ["a.example.com"]);
        await using var backend = new RecordingBackend();
        await using var proxy = await StartAsync(
            Configs.All(backend.Address) with
            {
                Routes =
                [
                    Configs.Proxy("page", "/page"),
                    new()
                    {
                        Name = "text",
                        Path = "/text",
                        Action = new RouteAction.Respond { Body = "ok" },
                    },
                ],
            }
        );
        using var http = new HttpMessageInvoker(Handler(proxy));
        using var socket = new ClientWebSocket();
        (socket.Options.HttpVersion, socket.Options.HttpVersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
        (
            await Should.ThrowAsync<WebSocketException>(() => socket.ConnectAsync(new("wss://a.example.com" + path), http, Limit()))
        ).Message.ShouldContain(status);
    }

    [Fact]
    public async Task WebSocket_OfNpmsClient_TrustsTheChainAndEchoes()
    {
        _issued.Write("a", ["localhost"], outOfOrder: true);
        File.WriteAllText(_issued.PathOf("root"), _issued.Root.ExportCertificatePem());
        await using var backend = await BackendProcess.PythonAsync();
        await using var proxy = await StartAsync(Configs.All(backend.Address));
        await using var client = await ClientProcess.NodeAsync(
            $"wss://localhost:{proxy.Host.HttpsEndPoint!.Port}/chat",
            _issued.PathOf("root")
        );
        await client.SendAsync("over tls");
        await client.HearAsync("over tls");
    }

    [Fact]
    public async Task Handshakes_UnknownNamesNoiseAndOldVersions_HarmNobody()
    {
        _issued.Write("a", ["a.example.com"], outOfOrder: true);
        await using var proxy = await StartAsync(
            new()
            {
                Routes =
                [
                    new()
                    {
                        Name = "all",
                        Action = new RouteAction.Respond { Body = "ok" },
                    },
                ],
            }
        );
        foreach (
            var noise in new[]
            {
                "GET / HTTP/1.1\r\n\r\n",
                "\u0016\u0003\u0001\u0000\u0005\u0001\u0000\u0000\u0001\u0000",
                "\u0016\u0003\u0001\u00ff\u00ff" + new string('x', 2000),
            }
        )
        {
            using var raw = new TcpClient();
            await raw.ConnectAsync(proxy.Host.HttpsEndPoint!, Limit());
            try
            {
                var stream = raw.GetStream();
                await stream.WriteAsync(Encoding.Latin1.GetBytes(noise), Limit());
                raw.Client.Shutdown(SocketShutdown.Send);
                await stream.CopyToAsync(Stream.Null, Limit());
            }
            catch (Exception reset) when (reset is IOException or SocketException)
            {
                // Reset is as good an answer to noise as an alert.
            }
        }

        (await ShownAsync(proxy, "stranger.example.net")).Subject.ShouldBe("CN=a.example.com");
        using var http = new HttpClient(Handler(proxy));
        (await http.GetStringAsync("https://a.example.com/")).ShouldBe("ok");
    }

    [Theory]
    [InlineData("a.example.com", 200)]
    [InlineData("also.example.com", 200)]
    [InlineData("b.example.com", 421)]
    [InlineData("unknown.example.net", 200)]
    public async Task Http2_HostOfAnotherCertificate_IsMisdirected(string host, int status)
    {
        _issued.Write("a", ["a.example.com", "also.example.com"]);
        _issued.Write("b", ["b.example.com"]);
        await using var proxy = await StartAsync(
            new()
            {
                Routes =
                [
                    new()
                    {
                        Name = "all",
                        Action = new RouteAction.Respond { Body = "ok" },
                    },
                ],
            }
        );
        (await Http2StatusAsync(proxy, "a.example.com", host)).ShouldBe(status);
    }

    // The framework hands the name over in letters.
    [Theory]
    [InlineData("xn--bcher-kva.example.com")]
    [InlineData("bücher.example.com")]
    public async Task Certificate_OfANameInLetters_IsFound(string name)
    {
        _issued.Write("a", ["a.example.com"]);
        _issued.Write("b", ["xn--bcher-kva.example.com"]);
        await using var proxy = await StartAsync(new());
        (await ShownAsync(proxy, name)).Subject.ShouldBe("CN=xn--bcher-kva.example.com");
    }

    private Task<ProxyUnderTest> StartAsync(ProxyConfig config) =>
        ProxyUnderTest.StartAsync(config, new() { HttpsPort = 0, Certificates = _issued.Folder });

    private static CancellationToken Limit() => new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;

    private static async Task EchoAsync(ClientWebSocket socket, string text)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, Limit());
        var buffer = new byte[100];
        var heard = await socket.ReceiveAsync(buffer, Limit());
        Encoding.UTF8.GetString(buffer, 0, heard.Count).ShouldBe(text);
    }

    // Every name is this proxy. Trusts the root alone and only what was sent, so that a wrong chain fails.
    private SocketsHttpHandler Handler(ProxyUnderTest proxy) =>
        new()
        {
            SslOptions = new()
            {
                CertificateChainPolicy = new()
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { _issued.Root },
                    RevocationMode = X509RevocationMode.NoCheck,
                    DisableCertificateDownloads = true,
                },
            },
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(proxy.Host.HttpsEndPoint!, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };

    // Frames by hand: .NET's client says the name of the Host header in its hello, and so never does what browsers do.
    private static async Task<int> Http2StatusAsync(ProxyUnderTest proxy, string name, string host)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(proxy.Host.HttpsEndPoint!, Limit());
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = name,
                ApplicationProtocols = [SslApplicationProtocol.Http2],
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
            },
            Limit()
        );
        // Preface, empty SETTINGS, HEADERS of stream 1 that end both head and stream: GET, https, /, and the authority.
        byte[] head = [0x82, 0x87, 0x84, 0x41, (byte)host.Length, .. Encoding.ASCII.GetBytes(host)];
        await tls.WriteAsync(
            (byte[])
                [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, (byte)head.Length, 1, 5, 0, 0, 0, 1, .. head],
            Limit()
        );
        while (true)
        {
            var frame = new byte[9];
            await tls.ReadExactlyAsync(frame, Limit());
            var payload = new byte[(frame[0] << 16) | (frame[1] << 8) | frame[2]];
            await tls.ReadExactlyAsync(payload, Limit());
            if (frame[3] == 1)
                return payload.AsSpan().IndexOf("421"u8) >= 0 ? 421
                    : payload.Contains((byte)0x88) ? 200
                    : 0;
        }
    }

    private static async Task<X509Certificate2> ShownAsync(ProxyUnderTest proxy, string name)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(proxy.Host.HttpsEndPoint!, Limit());
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = name,
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
            },
            Limit()
        );
        return X509CertificateLoader.LoadCertificate(tls.RemoteCertificate!.GetRawCertData());
    }
}
