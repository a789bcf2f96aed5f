using System.Net.Sockets;
using System.Net.WebSockets;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Tests.Certificates;
using Appliance.Proxy.WebSocketPolicies;
using Appliance.Proxy.WebSockets.Relays;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Tls;

/// <summary>
/// What holds for every WebSocket holds for one that came by extended CONNECT, too: limits, closes, drains; and what is counted over https.
/// </summary>
public sealed class WebSocketsOverHttp2Tests : IDisposable
{
    private readonly Issued _issued = new();

    public void Dispose() => _issued.Dispose();

    [Theory]
    [InlineData("1.1", RelayChoice.Stream)]
    [InlineData("1.1", RelayChoice.Auto)]
    [InlineData("2.0", RelayChoice.Stream)]
    public async Task MessageTooBig_IsCutWith1009(string version, RelayChoice relay)
    {
        await using var backend = await BackendProcess.NodeAsync();
        await using var proxy = await StartAsync(backend, new() { MaxMessageBytes = 10 }, relay);
        using var socket = await OpenAsync(proxy, version);
        await socket.SendAsync(new byte[10], WebSocketMessageType.Binary, true, Limit());
        (await socket.ReceiveAsync(new byte[100], Limit())).Count.ShouldBe(10);
        await socket.SendAsync(new byte[11], WebSocketMessageType.Binary, true, Limit());
        await ClosedAsync(socket, 1009, "message too big");
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task TooManyOpen_AreRefused(string version)
    {
        await using var backend = await BackendProcess.NodeAsync();
        await using var proxy = await StartAsync(backend, new() { MaxSockets = 1 });
        using var first = await OpenAsync(proxy, version);
        (await Should.ThrowAsync<WebSocketException>(() => OpenAsync(proxy, version))).Message.ShouldContain("503");
        (
            await Should.ThrowAsync<WebSocketException>(() => OpenAsync(proxy, version, origin: "https://evil.example.net"))
        ).Message.ShouldContain("503");
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Origin_ThatIsNotAllowed_IsRefused(string version)
    {
        await using var backend = await BackendProcess.NodeAsync();
        await using var proxy = await StartAsync(backend, new() { AllowedOrigins = ["https://a.example.com"] });
        using var own = await OpenAsync(proxy, version, origin: "https://a.example.com");
        (
            await Should.ThrowAsync<WebSocketException>(() => OpenAsync(proxy, version, origin: "https://evil.example.net"))
        ).Message.ShouldContain("403");
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Drain_AskedToLeave_HearsItsCodeAndNobodyNewGetsIn(string version)
    {
        await using var backend = await BackendProcess.NodeAsync();
        await using var proxy = await StartAsync(backend, new());
        using var socket = await OpenAsync(proxy, version);
        await Eventually.TrueAsync(() => Task.FromResult(proxy.Host.Connections.Count == 1), "it is open");
        var target = new DrainTarget(DrainKind.Route, proxy.Revisions.Head.Config.Routes[0].Id, "");
        proxy.Host.Drains.Start(
            new()
            {
                Target = target,
                Name = "all",
                By = "ann",
                Leave = new(TunnelEnd.Drain, 1012, "moving"),
            }
        );
        await ClosedAsync(socket, 1012, "moving");
        (await Should.ThrowAsync<WebSocketException>(() => OpenAsync(proxy, version))).Message.ShouldContain("503");
        await Eventually.TrueAsync(() => Task.FromResult(proxy.Host.Drains.Find(target) is { IsEmpty: true }), "it is empty");
        proxy.Host.Connections.Closed.List().ShouldHaveSingleItem().End.ShouldBe(TunnelEnd.Drain);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Totals_OverHttps_AreThoseOfTheRoute(string version)
    {
        _issued.Write("a", ["a.example.com"]);
        await using var proxy = await ProxyUnderTest.StartAsync(
            new()
            {
                Routes =
                [
                    new()
                    {
                        Name = "text",
                        Action = new RouteAction.Respond { Body = "twelve bytes" },
                    },
                ],
            },
            new() { HttpsPort = 0, Certificates = _issued.Folder }
        );
        using var http = new HttpClient(Handler(proxy))
        {
            DefaultRequestVersion = new(version),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        for (var number = 0; number < 3; number++)
            (await http.GetStringAsync("https://a.example.com/")).ShouldBe("twelve bytes");
        var counters = proxy.Host.Traffic.Route(proxy.Revisions.Head.Config.Routes[0].Id);
        await Eventually.TrueAsync(() => Task.FromResult(counters.Read().Success == 3), "all are counted");
        foreach (var counts in new[] { counters.Read(), proxy.Host.Traffic.Total.Read() })
            (counts.Success, counts.Requests, counts.BytesOut).ShouldBe((3, 3, 36));
    }

    // RFC 8996. Frames by hand: no library of today offers them.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task OldTls_IsRefusedByAnAlert(byte minor)
    {
        _issued.Write("a", ["a.example.com"]);
        await using var proxy = await ProxyUnderTest.StartAsync(new(), new() { HttpsPort = 0, Certificates = _issued.Folder });
        using var client = new TcpClient();
        await client.ConnectAsync(proxy.Host.HttpsEndPoint!, Limit());
        // Version, random, no session, two ciphers that it knew, no compression.
        byte[] hello = [3, minor, .. new byte[32], 0, 0, 4, 0xC0, 0x14, 0, 0x2F, 1, 0];
        await client
            .GetStream()
            .WriteAsync((byte[])[22, 3, 1, 0, (byte)(hello.Length + 4), 1, 0, 0, (byte)hello.Length, .. hello], Limit());
        var alert = new byte[7];
        await client.GetStream().ReadExactlyAsync(alert, Limit());
        (alert[0], alert[5], alert[6]).ShouldBe(((byte)21, (byte)2, (byte)70), "fatal: protocol_version (RFC 8446, 6.2)");
    }

    private static CancellationToken Limit() => new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;

    private async Task<ProxyUnderTest> StartAsync(BackendProcess backend, WebSocketPolicy policy, RelayChoice relay = RelayChoice.Auto)
    {
        _issued.Write("a", ["a.example.com"]);
        var config = Configs.All(backend.Address);
        return await ProxyUnderTest.StartAsync(
            config with
            {
                Routes = [config.Routes[0] with { WebSocket = policy }],
            },
            new()
            {
                HttpsPort = 0,
                Certificates = _issued.Folder,
                Relay = relay,
            }
        );
    }

    private static async Task<ClientWebSocket> OpenAsync(ProxyUnderTest proxy, string version, string? origin = null)
    {
        // Not disposed with the handshake: over HTTP/2 the connection is the invoker's.
        var http = new HttpMessageInvoker(Handler(proxy));
        var socket = new ClientWebSocket();
        (socket.Options.HttpVersion, socket.Options.HttpVersionPolicy) = (new(version), HttpVersionPolicy.RequestVersionExact);
        if (origin is not null)
            socket.Options.SetRequestHeader("Origin", origin);
        await socket.ConnectAsync(new("wss://a.example.com/chat"), http, Limit());
        return socket;
    }

    private static async Task ClosedAsync(ClientWebSocket socket, int code, string reason)
    {
        while (socket.CloseStatus is null)
            await socket.ReceiveAsync(new byte[100], Limit());
        ((int?)socket.CloseStatus, socket.CloseStatusDescription).ShouldBe((code, reason));
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Limit());
    }

    private static SocketsHttpHandler Handler(ProxyUnderTest proxy) =>
        new()
        {
            SslOptions = new() { RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null },
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(proxy.Host.HttpsEndPoint!, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
}
