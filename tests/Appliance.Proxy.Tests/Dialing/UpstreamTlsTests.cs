using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Appliance.Proxy.Certificates;
using Appliance.Proxy.Config;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Upstreams;
using Appliance.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Tests.Dialing;

/// <summary>TLS to servers, by a request and by a WebSocket: what holds for one holds for the other.</summary>
public sealed class UpstreamTlsTests : IDisposable
{
    private readonly Authority _ours = new("Our authority");
    private readonly Authority _theirs = new("Their authority");
    private readonly LinesLog _log = new();

    public void Dispose()
    {
        _ours.Dispose();
        _theirs.Dispose();
        _log.Dispose();
    }

    [Theory]
    [InlineData("svc.local.", "")]
    [InlineData("svc.local.", "other.local.")]
    public async Task Name_WithTheDotOfACompleteName_IsAskedForWithoutIt(string host, string serverName)
    {
        var name = (serverName.Length > 0 ? serverName : host).TrimEnd('.');
        using var certificate = _ours.Issue([name]);
        await using var server = await SecureServer.StartAsync(certificate);
        await using var proxy = await ProxyUnderTest.StartAsync(
            ConfigOf($"https://{host}:{server.Port}", new() { Trusted = _ours.Pem, ServerName = serverName }),
            new() { LookUp = _ => [IPAddress.Loopback] },
            _log
        );

        (await RawHttp.GetAsync(proxy.Port, "/")).Status.ShouldBe(200);
        using var socket = await OpenAsync(proxy);

        server.Names.Distinct().ShouldBe([name]);
    }

    // The line names route and pool, and says once a minute what both had.
    [Fact]
    public async Task Handshake_ServerIsSilentInIt_IsLateAndSaysWhere()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var address = $"https://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}";
        var config = ConfigOf(address, new() { Trusted = _ours.Pem });
        var action = config.Routes[0].Action.ShouldBeOfType<RouteAction.Proxy>();
        config = config with
        {
            Routes = [config.Routes[0] with { Action = action with { ConnectTimeout = TimeSpan.FromMilliseconds(200) } }],
        };
        await using var proxy = await ProxyUnderTest.StartAsync(config, logs: _log);

        (await RawHttp.GetAsync(proxy.Port, "/")).Status.ShouldBe(504);
        (await Should.ThrowAsync<WebSocketException>(() => OpenAsync(proxy))).Message.ShouldContain("504");

        var pool = config.UpstreamPools[0].Name;
        _log.Lines.Where(line => line.Contains(address, StringComparison.Ordinal))
            .ShouldBe([
                $"Route all: server {address} of pool {pool} failed: The server accepted the connection, and did not finish the TLS "
                    + "handshake in time. Does it speak TLS on this port? (said once a minute)",
            ]);
    }

    [Theory]
    [InlineData("expired", "The server's certificate expired on 20")]
    [InlineData("other name", "The server's certificate is for a.example.com, b.example.com; asked for was localhost.")]
    [InlineData(
        "other authority",
        "The issuer of the server's certificate (CN=Our authority) is neither among the pool's trusted certificates nor sent by the server"
    )]
    [InlineData(
        "machine",
        "The issuer of the server's certificate (CN=Our authority) is neither among what this machine trusts nor sent by the server"
    )]
    [InlineData("self-signed", "The server's certificate is self-signed (CN=localhost) and not among the pool's trusted certificates")]
    [InlineData("all at once", "The server's certificate is for a.example.com; asked for was localhost.")]
    [InlineData("all at once", "The server's certificate expired on 20")]
    public async Task BadCertificate_Is502_AndTheReasonStandsInLogAndStateAlone(string which, string reason)
    {
        using var certificate = which switch
        {
            "expired" => _ours.Issue(["localhost"], days: -1),
            "other name" => _ours.Issue(["a.example.com", "b.example.com"]),
            "self-signed" => Authority.SelfSigned("localhost"),
            "all at once" => _ours.Issue(["a.example.com"], days: -1),
            _ => _ours.Issue(["localhost"]),
        };
        await using var server = await SecureServer.StartAsync(certificate);
        await using var proxy = await StartAsync(
            server.Address,
            new()
            {
                Trusted = which switch
                {
                    "machine" => "",
                    "other authority" => _theirs.Pem,
                    _ => _ours.Pem,
                },
            }
        );

        await RefusedAsync(proxy, reason);
    }

    [Theory]
    [InlineData("no TLS", "The server does not speak TLS on this port")]
    [InlineData("ends", "The server ended the connection in the TLS handshake without an answer.")]
    [InlineData("alert", "The TLS handshake with the server failed: ")]
    public async Task ServerWithoutTls_SaysSo(string which, string reason)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = Task.Run(async () =>
        {
            while (true)
            {
                using var socket = await listener.AcceptSocketAsync();
                await socket.ReceiveAsync(new byte[16 * 1024]);
                // A fatal alert is handshake_failure, 40 (RFC 8446, 6).
                await socket.SendAsync(
                    which switch
                    {
                        "no TLS" => "HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(),
                        "alert" => [21, 3, 3, 0, 2, 2, 40],
                        _ => [],
                    }
                );
            }
        });
        await using var proxy = await StartAsync($"https://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}", new());

        await RefusedAsync(proxy, reason);
        listener.Stop();
        await Should.ThrowAsync<SocketException>(() => serving);
    }

    [Theory]
    [InlineData(HttpProtocols.Http1, "HTTP/1.1")]
    [InlineData(HttpProtocols.Http2, "HTTP/2")]
    [InlineData(HttpProtocols.Http1AndHttp2, "HTTP/2")]
    public async Task OwnAuthority_IsTrustedAndTheNameIsAskedFor(HttpProtocols protocols, string spoken)
    {
        using var certificate = _ours.Issue(["chat.example.com"]);
        await using var server = await SecureServer.StartAsync(certificate, protocols);
        await using var proxy = await StartAsync(
            server.Address.Replace("localhost", "127.0.0.1", StringComparison.Ordinal),
            new() { Trusted = _ours.Pem, ServerName = "chat.example.com" }
        );

        // Twenty at once and then again: whatever HttpClient thinks of the server's protocol by then, it is the one that was agreed on.
        foreach (var _ in Enumerable.Range(0, 2))
        {
            foreach (
                var page in await Task.WhenAll(
                    Enumerable.Range(0, 20).Select(number => RawHttp.GetAsync(proxy.Port, "/", $"host-{number}.example.net"))
                )
            )
                page.Body.ShouldContain(spoken + " ");
        }

        if (protocols != HttpProtocols.Http2)
        {
            using var socket = await OpenAsync(proxy);
            await EchoAsync(socket, "hello");
        }

        server.Names.Distinct().ShouldBe(["chat.example.com"]);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task WebSocketUnderTls_ToAServerUnderTls_Echoes(string version)
    {
        using var certificate = _ours.Issue(["localhost"]);
        await using var server = await SecureServer.StartAsync(certificate);
        await using var proxy = await ProxyUnderTest.StartAsync(
            ConfigOf(server.Address, new() { Trusted = _ours.Pem }),
            new() { HttpsPort = 0 },
            _log
        );
        using var http = new HttpMessageInvoker(
            new SocketsHttpHandler { SslOptions = new() { RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null } }
        );
        using var socket = new ClientWebSocket();
        (socket.Options.HttpVersion, socket.Options.HttpVersionPolicy) = (new(version), HttpVersionPolicy.RequestVersionExact);
        await socket.ConnectAsync(new($"wss://localhost:{proxy.Host.HttpsEndPoint!.Port}/"), http, Limit());
        await EchoAsync(socket, "hello");

        // And the edit that refuses the server leaves it.
        await ApplyAsync(proxy, server.Address, new() { Trusted = _theirs.Pem });
        await EchoAsync(socket, "still");
        using var late = new ClientWebSocket();
        (late.Options.HttpVersion, late.Options.HttpVersionPolicy) = (new(version), HttpVersionPolicy.RequestVersionExact);
        (
            await Should.ThrowAsync<WebSocketException>(() =>
                late.ConnectAsync(new($"wss://localhost:{proxy.Host.HttpsEndPoint!.Port}/"), http, Limit())
            )
        ).Message.ShouldContain("502");
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Limit());
    }

    [Fact]
    public async Task Address_IsVerifiedAsOne()
    {
        using var certificate = _ours.Issue(["127.0.0.1"]);
        await using var server = await SecureServer.StartAsync(certificate);
        await using var proxy = await StartAsync($"https://127.0.0.1:{server.Port}", new() { Trusted = _ours.Pem });
        (await RawHttp.GetAsync(proxy.Port, "/")).Status.ShouldBe(200);
        server.Names.ShouldBe([""]);
    }

    [Fact]
    public async Task OwnCertificateOfTheServer_CanBeTrustedAlone()
    {
        using var certificate = Authority.SelfSigned("localhost");
        await using var server = await SecureServer.StartAsync(certificate);
        await using var proxy = await StartAsync(server.Address, new() { Trusted = certificate.ExportCertificatePem() });
        (await RawHttp.GetAsync(proxy.Port, "/")).Status.ShouldBe(200);
        using var socket = await OpenAsync(proxy);
        await EchoAsync(socket, "hello");
    }

    [Fact]
    public async Task BadCertificate_CountsAsFailure_AndTheNextServerIsAsked()
    {
        using var bad = _ours.Issue(["localhost"], days: -1);
        using var good = _ours.Issue(["localhost"]);
        await using var first = await SecureServer.StartAsync(bad);
        await using var second = await SecureServer.StartAsync(good);
        var config = Configs.All(first.Address, second.Address);
        await using var proxy = await ProxyUnderTest.StartAsync(
            config with
            {
                UpstreamPools = [config.UpstreamPools[0] with { Tls = new() { Trusted = _ours.Pem } }],
            },
            logs: _log
        );

        // A POST, too: nothing had been sent.
        (await RawHttp.SendAsync(proxy.Port, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")).Status.ShouldBe(200);
        using var socket = await OpenAsync(proxy);
        await EchoAsync(socket, "hello");
        await Eventually.TrueAsync(
            () => Task.FromResult(proxy.Host.Upstreams.Pools.Values.SingleOrDefault()?.Servers[0].Condition == ServerCondition.Failing),
            "the first is out of service"
        );
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http1AndHttp2)]
    public async Task Edit_HoldsAtOnceForBothWays_AndOpenSocketsGoOn(HttpProtocols protocols)
    {
        using var certificate = _ours.Issue(["localhost"]);
        await using var server = await SecureServer.StartAsync(certificate, protocols);
        await using var proxy = await StartAsync(server.Address, new() { Verify = false });
        var kept = (await RawHttp.GetAsync(proxy.Port, "/")).Body;
        (await RawHttp.GetAsync(proxy.Port, "/")).Body.ShouldBe(kept, "the connection is kept");
        using var socket = await OpenAsync(proxy);
        await EchoAsync(socket, "before");

        await ApplyAsync(proxy, server.Address, new() { Trusted = _theirs.Pem });
        await RefusedAsync(proxy, "CN=Our authority");
        await EchoAsync(socket, "refused for others");

        await ApplyAsync(proxy, server.Address, new() { Trusted = _ours.Pem });
        (await RawHttp.GetAsync(proxy.Port, "/")).Body.ShouldNotBe(kept);
        using var later = await OpenAsync(proxy);
        await EchoAsync(later, "anew");
        await EchoAsync(socket, "after");

        // What says nothing about TLS leaves the connections.
        var now = (await RawHttp.GetAsync(proxy.Port, "/")).Body;
        await ApplyAsync(proxy, server.Address, new() { Trusted = _ours.Pem }, Balancing.LeastConn);
        (await RawHttp.GetAsync(proxy.Port, "/")).Body.ShouldBe(now);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, HttpProtocols.Http1)]
    [InlineData(SslProtocols.Tls12, HttpProtocols.Http1AndHttp2)]
    [InlineData(SslProtocols.Tls13, HttpProtocols.Http1)]
    [InlineData(SslProtocols.Tls13, HttpProtocols.Http1AndHttp2)]
    public async Task ClientCertificate_IsShownWhereItIsWanted_AndARenewedOneIsTaken(SslProtocols version, HttpProtocols protocols)
    {
        var held = new MemoryCertificates();
        using var certificate = _ours.Issue(["localhost"]);
        await using var server = await SecureServer.StartAsync(certificate, protocols, ClientCertificateMode.RequireCertificate, version);
        await using var proxy = await StartAsync(server.Address, new() { Trusted = _ours.Pem }, held);
        await RefusedAsync(proxy, "The server wants a client certificate, and the pool has none");

        await ApplyAsync(proxy, server.Address, new() { Trusted = _ours.Pem, ClientCertificate = "to-backend" });
        await RefusedAsync(proxy, "The client certificate to-backend is not here");

        var first = held.Save(Held("first.example.com"));
        await Eventually.TrueAsync(async () => (await RawHttp.GetAsync(proxy.Port, "/")).Status == 200, "it is there");
        using var socket = await OpenAsync(proxy);
        await EchoAsync(socket, "hello");
        server.Clients.Distinct().ShouldBe(["CN=first.example.com"]);

        held.Save(Held("renewed.example.com") with { Id = first.Id });
        await Eventually.TrueAsync(
            async () =>
            {
                using var next = await OpenAsync(proxy);
                return server.Clients.Contains("CN=renewed.example.com");
            },
            "new connections show the new one"
        );
        await EchoAsync(socket, "still");
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, HttpProtocols.Http1AndHttp2)]
    [InlineData(SslProtocols.Tls13, HttpProtocols.Http1AndHttp2)]
    [InlineData(SslProtocols.Tls12, HttpProtocols.Http1)]
    [InlineData(SslProtocols.Tls13, HttpProtocols.Http1)]
    public async Task ClientCertificate_ThatIsWantedAndMissing_IsTheReasonEveryTime(SslProtocols version, HttpProtocols protocols)
    {
        // Over HTTP/2 the refusal meets HttpClient at any moment of its own beginning, and it keeps the exception in most of them only.
        using var every = new LinesLog(LogLevel.Debug);
        using var certificate = _ours.Issue(["localhost"]);
        await using var server = await SecureServer.StartAsync(certificate, protocols, ClientCertificateMode.RequireCertificate, version);
        await using var proxy = await ProxyUnderTest.StartAsync(ConfigOf(server.Address, new() { Trusted = _ours.Pem }), logs: every);
        for (var times = 0; times < 100; times++)
            (await RawHttp.GetAsync(proxy.Port, "/", $"host-{times}")).Status.ShouldBe(502);
        var lines = every.Lines.Where(line => line.StartsWith("Route all: server ", StringComparison.Ordinal)).ToList();
        var failures = lines.Where(line => !line.Contains(" of pool ", StringComparison.Ordinal)).ToList();
        failures.Count.ShouldBe(100);
        failures.ShouldAllBe(line => line.Contains("The server wants a client certificate, and the pool has none"));
        (await Should.ThrowAsync<WebSocketException>(() => OpenAsync(proxy))).Message.ShouldContain("502");

        // Once a minute, with what to do, whatever the level; and at the server.
        var warnings = lines
            .Where(line => line.StartsWith($"Route all: server {server.Address} of pool ", StringComparison.Ordinal))
            .ToList();
        warnings.Count.ShouldBeInRange(1, 5);
        warnings.ShouldAllBe(line =>
            line.Contains("The server wants a client certificate, and the pool has none: it ended the connection. Choose one at the pool")
        );
        await Eventually.TrueAsync(
            () =>
                Task.FromResult(
                    proxy.Host.Upstreams.Pools.Values.SingleOrDefault()?.Servers[0]
                        is { Condition: ServerCondition.Failing, LastError: { } reason }
                        && reason.Contains("Choose one")
                ),
            "it stands at the server"
        );
    }

    [Theory]
    [InlineData("""{ "verify": false }""", "verify", "not_verified")]
    [InlineData("""{ "trusted": "no pem" }""", "trusted", "bad_pem")]
    [InlineData("""{ "trusted": " " }""", "trusted", "no_authority")]
    [InlineData("""{ "trusted": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" }""", "trusted", "bad_pem")]
    [InlineData("""{ "trusted": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----" }""", "trusted", "key_in_trusted")]
    [InlineData("""{ "trusted": "LEAF" }""", "trusted", "no_root")]
    [InlineData("""{ "serverName": "$host" }""", "serverName", "bad_server_name")]
    [InlineData("""{ "serverName": "https://a.example.com" }""", "serverName", "bad_server_name")]
    [InlineData("""{ "clientCertificate": " a" }""", "clientCertificate", "bad_name")]
    public void Rules_NameTheField(string tls, string field, string code)
    {
        using var leaf = _ours.Issue(["localhost"]);
        var text =
            $$"""{ "upstreamPools": [ { "name": "p", "servers": [ { "address": "https://127.0.0.1:1" } ], "tls": {{tls.Replace("LEAF", leaf.ExportCertificatePem().Replace("\n", "\\n"))}} } ] }""";
        var document = ConfigDocument.Parse(Encoding.UTF8.GetBytes(text)).Document.ShouldNotBeNull();
        var check = new ConfigValidator().Check(new(), document.Config);
        var found = check.Errors.Concat(check.Warnings).ShouldHaveSingleItem();
        (found.Path, found.Code).ShouldBe(($"upstreamPools/p/tls/{field}", code));
    }

    [Fact]
    public void Rules_SettingsWithoutAnHttpsServer_AreAWarning()
    {
        var config = Configs.All("http://127.0.0.1:1");
        var check = new ConfigValidator().Check(
            new(),
            config with
            {
                UpstreamPools = [config.UpstreamPools[0] with { Tls = new() { ServerName = "a.example.com" } }],
            }
        );
        check.Warnings.ShouldHaveSingleItem().Path.ShouldBe("upstreamPools/backend/tls");
    }

    private static HeldCertificate Held(string name)
    {
        using var certificate = Authority.SelfSigned(name);
        using var key = certificate.GetECDsaPrivateKey();
        return new(Guid.NewGuid(), "to-backend", 1, certificate.ExportCertificatePem(), key!.ExportPkcs8PrivateKey(), null, false); // it is an ECDSA one
    }

    private static ProxyConfig ConfigOf(string address, UpstreamTls tls, Balancing balancing = Balancing.RoundRobin)
    {
        var config = Configs.All(address);
        return config with
        {
            UpstreamPools = [config.UpstreamPools[0] with { Id = new(1, 2, 3, new byte[8]), Tls = tls, Balancing = balancing }],
        };
    }

    private static Task<NodeReport> ApplyAsync(
        ProxyUnderTest proxy,
        string address,
        UpstreamTls tls,
        Balancing balancing = Balancing.RoundRobin
    ) => proxy.ApplyAsync(ConfigOf(address, tls, balancing));

    private Task<ProxyUnderTest> StartAsync(string address, UpstreamTls tls, MemoryCertificates? held = null) =>
        ProxyUnderTest.StartAsync(ConfigOf(address, tls), logs: _log, held: held);

    // 502 both ways; the client reads nothing of why, the log and the server's state say it.
    private async Task RefusedAsync(ProxyUnderTest proxy, string reason)
    {
        var before = _log.Lines.Length;
        var page = await RawHttp.GetAsync(proxy.Port, "/");
        page.Status.ShouldBe(502);
        page.Body.ShouldNotContain("certificate");
        page.Body.ShouldNotContain("TLS");
        await StateAsync(proxy, reason);
        (await Should.ThrowAsync<WebSocketException>(() => OpenAsync(proxy))).Message.ShouldContain("502");
        await StateAsync(proxy, reason);
        _log.Lines.Skip(before).ShouldContain(line => line.Contains(reason, StringComparison.Ordinal));
    }

    private static async Task StateAsync(ProxyUnderTest proxy, string reason)
    {
        // The view is a second old at most: one after now is new enough.
        var before = proxy.Host.Upstreams;
        await Eventually.TrueAsync(() => Task.FromResult(proxy.Host.Upstreams != before), "the state was looked at");
        proxy.Host.Upstreams.Pools.Values.ShouldHaveSingleItem().Servers[0].LastError.ShouldNotBeNull().ShouldContain(reason);
    }

    private static async Task<ClientWebSocket> OpenAsync(ProxyUnderTest proxy)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new($"ws://localhost:{proxy.Port}/"), Limit());
        return socket;
    }

    private static async Task EchoAsync(ClientWebSocket socket, string text)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, Limit());
        var buffer = new byte[100];
        var heard = await socket.ReceiveAsync(buffer, Limit());
        Encoding.UTF8.GetString(buffer, 0, heard.Count).ShouldBe(text);
    }

    private static CancellationToken Limit() => new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;
}
