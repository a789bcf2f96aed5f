using System.Net.WebSockets;
using System.Security.Authentication;
using Appliance.Proxy.TlsPolicies;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.TlsPolicies;

/// <summary>
/// The name in the handshake chooses what is asked, the host of the request what is demanded: no pair of them gets past a certificate.
/// </summary>
public sealed class PolicyByNameTests
{
    private const string Mtls = "mtls.example.com";
    private const string Open = "open.example.com";

    public static TheoryData<string, string> Fronts
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var sni in new[] { Open, "", "unknown.example.net", "below.example.com", "mtls.example.com.evil.example.net" })
            {
                foreach (
                    var host in new[]
                    {
                        Mtls,
                        "MTLS.Example.COM",
                        "mtls.example.com.",
                        "mtls.example.com:443",
                        "mtls.example.com.:8443",
                        "a.below.example.com",
                        "b.a.below.example.com",
                    }
                )
                    data.Add(sni, host);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Fronts))]
    public async Task OtherName_HostThatAsksForCertificates_Is421(string sni, string host)
    {
        await using var bed = await PolicyBed.UsualAsync();
        // Even the best certificate is worth nothing where nobody asked for it.
        using var certificate = bed.Ours.Issue("CN=alice");
        await using (var client = await TlsClient.ConnectAsync(bed.Proxy, sni, certificate))
        {
            var answer = await client.GetAsync(host);
            (answer.Status, answer.Value("Connection")).ShouldBe((421, "close"));
            (await client.IsClosedAsync()).ShouldBeTrue();
        }

        await using (var client = await TlsClient.ConnectAsync(bed.Proxy, sni, certificate))
            (await client.SendAsync($"GET http://{host}/ HTTP/1.1\r\nHost: {Open}\r\n\r\n")).Status.ShouldBeOneOf(400, 421);
        await using (var client = await TlsClient.ConnectAsync(bed.Proxy, sni, certificate))
            (await client.SendAsync($"GET https://{host}/ HTTP/1.1\r\nHost: {Open}\r\n\r\n")).Status.ShouldBeOneOf(400, 421);
        await using (var client = await TlsClient.ConnectAsync(bed.Proxy, sni, certificate))
            (await client.SendAsync($"GET / HTTP/1.0\r\nHost: {host}\r\n\r\n")).Status.ShouldBe(421);
        await using (var client = await TlsClient.ConnectAsync(bed.Proxy, sni, certificate))
            (
                await client.SendAsync(
                    $"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
                        + "13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
                )
            ).Status.ShouldBe(421);
        await using (var client = await TlsClient.ConnectAsync(bed.Proxy, sni, certificate, http2: true))
            (await client.Http2GetAsync(host)).ShouldBe(421);
        await using (var client = await TlsClient.ConnectAsync(bed.Proxy, sni, certificate, http2: true))
            (await client.Http2Async((":method", "GET"), (":scheme", "https"), (":path", "/"), ("host", host))).ShouldBe(421);
        await using (var client = await TlsClient.ConnectAsync(bed.Proxy, sni, certificate, http2: true))
            (
                await client.Http2Async(
                    (":method", "CONNECT"),
                    (":protocol", "websocket"),
                    (":scheme", "https"),
                    (":path", "/"),
                    (":authority", host),
                    ("sec-websocket-version", "13")
                )
            ).ShouldBe(421);
    }

    // Whoever reads up to a colon, and whoever reads behind the "@", sees another host.
    [Theory]
    [InlineData("https://open.example.com:x@mtls.example.com/")]
    [InlineData("https://OPEN.example.com:x@mtls.example.com/")]
    [InlineData("https://open.example.com:1234567@mtls.example.com:443/")]
    [InlineData("http://mtls.example.com@open.example.com/")]
    public async Task UserInTheTarget_Is400(string target)
    {
        await using var bed = await PolicyBed.UsualAsync();
        await using (var client = await TlsClient.ConnectAsync(bed.Proxy, Open))
            (await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: {Open}\r\n\r\n")).Status.ShouldBe(400);
        (await RawHttp.GetAsync(bed.Proxy.Port, target, Open)).Status.ShouldBe(400);
    }

    // Of two names in one request either none is answered, or the one that routes go by is judged.
    [Theory]
    [InlineData(Open, Mtls)]
    [InlineData(Mtls, Open)]
    public async Task TwoNamesInOneRequest_GetNobodyIn(string first, string second)
    {
        await using var bed = await PolicyBed.UsualAsync();
        await using (var client = await TlsClient.ConnectAsync(bed.Proxy, Open, http2: true))
            Reached(
                await client.Http2Async((":method", "GET"), (":scheme", "https"), (":path", "/"), (":authority", first), ("host", second))
            );
        await using (var client = await TlsClient.ConnectAsync(bed.Proxy, Open))
        {
            var answer = await client.SendAsync($"GET / HTTP/1.1\r\nHost: {first}\r\nHost: {second}\r\n\r\n");
            answer.Status.ShouldBe(400);
        }

        await using (var client = await TlsClient.ConnectAsync(bed.Proxy, Open))
        {
            var answer = await client.SendAsync($"GET https://{first}/ HTTP/1.1\r\nHost: {second}\r\n\r\n");
            answer.Body.ShouldNotContain($"reached {Mtls}");
        }

        void Reached(int status) => status.ShouldBeOneOf(first == Mtls ? [0, 400, 421] : [0, 200, 400, 421]);
    }

    [Theory]
    [InlineData(Mtls, Mtls, 200)]
    [InlineData("MTLS.EXAMPLE.COM", Mtls, 200)]
    [InlineData(Mtls, "Mtls.Example.Com.:443", 200)]
    [InlineData(Mtls, "a.below.example.com", 200)] // one policy: what was proved holds for all its names
    [InlineData("b.a.below.example.com", Mtls, 200)]
    [InlineData(Mtls, Open, 200)]
    [InlineData(Mtls, "other.example.com", 421)] // trusts somebody else
    [InlineData("other.example.com", Mtls, 421)]
    public async Task GoodCertificate_CountsWhereTheSameIsTrusted(string sni, string host, int status)
    {
        await using var bed = await PolicyBed.StartAsync(bed =>
            [
                bed.Mtls(),
                new()
                {
                    Name = "other",
                    Hosts = ["other.example.com"],
                    ClientCertificates = new() { Trusted = bed.Theirs.Pem },
                },
            ]
        );
        using var certificate = bed.Ours.Issue("CN=alice");
        await using var http1 = await TlsClient.ConnectAsync(bed.Proxy, sni, certificate);
        var answer = await http1.GetAsync(host);
        answer.Status.ShouldBe(status);
        await using var http2 = await TlsClient.ConnectAsync(bed.Proxy, sni, certificate, http2: true);
        (await http2.Http2GetAsync(host)).ShouldBe(status);
        // What one policy found out is none of another host's business.
        if (host == Open)
            answer.Body.ShouldBe($"reached {Open} verify=NONE dn=");
    }

    [Theory]
    [InlineData(Mtls, 403)]
    [InlineData("Mtls.Example.Com.:80", 403)]
    [InlineData("a.below.example.com", 403)]
    [InlineData(Open, 200)]
    public async Task PlainHttp_HostThatAsksForCertificates_IsRefused(string host, int status)
    {
        await using var bed = await PolicyBed.StartAsync(
            bed => [bed.Mtls()],
            options: new() { TrustedProxies = [System.Net.IPNetwork.Parse("127.0.0.0/8")] }
        );
        foreach (
            var target in new[]
            {
                "/",
                $"http://{host}/",
                $"https://{host}/",
                "/.well-known/acme-challenge/x",
                "/.well-known/acme-challenge/%2e%2e/%2e%2e/",
            }
        )
        {
            (await RawHttp.GetAsync(bed.Proxy.Port, target, host)).Status.ShouldBe(status, target);
            // What somebody in front has seen proves nothing here.
            (await RawHttp.GetAsync(bed.Proxy.Port, target, host, "X-Forwarded-Proto: https\r\n")).Status.ShouldBe(status, target);
        }

        await using var socket = await RawHttp.ConnectAsync(bed.Proxy.Port);
        await socket.WriteAsync(
            $"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
                + "13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        (await socket.ReadHeadAsync()).ShouldStartWith($"HTTP/1.1 {status} ");
        (await RawHttp.SendAsync(bed.Proxy.Port, $"GET / HTTP/1.0\r\nHost: {host}\r\n\r\n")).Status.ShouldBe(status);
    }

    [Theory]
    [InlineData(ClientVerify.Optional)]
    [InlineData(ClientVerify.OptionalNoCa)]
    public async Task Optional_OverPlainHttpOrAnotherName_ProvesNothing(ClientVerify verify)
    {
        await using var bed = await PolicyBed.UsualAsync(verify);
        (await RawHttp.GetAsync(bed.Proxy.Port, "/", Mtls)).Body.ShouldBe($"reached {Mtls} verify= dn=");
        await using var client = await TlsClient.ConnectAsync(bed.Proxy, Open, bed.Ours.Issue("CN=alice"));
        (await client.GetAsync(Mtls)).Status.ShouldBe(421);
    }

    [Fact]
    public async Task DefaultPolicy_IsForEveryNameAndForNone()
    {
        await using var bed = await PolicyBed.StartAsync(bed =>
            [
                new()
                {
                    Name = "everybody",
                    ClientCertificates = new() { Trusted = bed.Ours.Pem },
                },
                new() { Name = "open", Hosts = [Open] },
            ]
        );
        using var certificate = bed.Ours.Issue("CN=alice");
        foreach (
            var (sni, shown, host, status) in new[]
            {
                ("", certificate, "127.0.0.1", 200),
                ("", null, "127.0.0.1", 400),
                ("whoever.example.net", certificate, "whoever.example.net", 200),
                ("whoever.example.net", null, "whoever.example.net", 400),
                (Open, null, Open, 200),
                (Open, certificate, "127.0.0.1", 421),
                (Open, certificate, "whoever.example.net", 421),
            }
        )
        {
            await using var client = await TlsClient.ConnectAsync(bed.Proxy, sni, shown);
            (await client.GetAsync(host)).Status.ShouldBe(status, $"{sni} then {host}");
        }

        (await RawHttp.SendAsync(bed.Proxy.Port, "GET / HTTP/1.0\r\n\r\n")).Status.ShouldBe(403);
    }

    [Theory]
    [InlineData("xn--bcher-kva.example.com")]
    [InlineData("Bücher.example.com")]
    public async Task NameInLetters_IsTheSameInConfigHandshakeAndRequest(string written)
    {
        await using var bed = await PolicyBed.StartAsync(bed => [bed.Mtls() with { Hosts = [written] }]);
        await using var client = await TlsClient.ConnectAsync(bed.Proxy, "xn--bcher-kva.example.com", bed.Ours.Issue("CN=alice"));
        (await client.GetAsync("xn--bcher-kva.example.com")).Body.ShouldBe("reached xn--bcher-kva.example.com verify=SUCCESS dn=CN=alice");
        await using var nobody = await TlsClient.ConnectAsync(bed.Proxy, "xn--bcher-kva.example.com");
        (await nobody.GetAsync("xn--bcher-kva.example.com")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Edit_OfThePolicy_JudgesOpenConnectionsAtTheirNextRequestAndLeavesWebSocketsOpen()
    {
        await using var backend = await BackendProcess.NodeAsync();
        await using var bed = await PolicyBed.StartAsync(
            _ => [],
            config =>
                config with
                {
                    UpstreamPools = [Configs.Pool("backend", backend.Address)],
                    Routes = [Configs.Proxy("chat", "/chat"), .. config.Routes],
                }
        );
        await using var http1 = await TlsClient.ConnectAsync(bed.Proxy, Mtls);
        await using var http2 = await TlsClient.ConnectAsync(bed.Proxy, Mtls, http2: true);
        (await http1.GetAsync(Mtls)).Status.ShouldBe(200);
        (await http2.Http2GetAsync(Mtls)).ShouldBe(200);
        using var socket = new ClientWebSocket();
        socket.Options.RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null;
        await socket.ConnectAsync(new($"wss://localhost:{bed.Proxy.Host.HttpsEndPoint!.Port}/chat"), CancellationToken.None);

        var before = bed.Proxy.Revisions.Head.Config;
        (
            await bed.Proxy.ApplyAsync(before with { TlsPolicies = [bed.Mtls() with { Hosts = [Mtls, "localhost"] }] })
        ).RunningRevision.ShouldBe(2);
        (await http2.Http2GetAsync(Mtls)).ShouldBe(421);
        (await http1.GetAsync(Mtls)).Status.ShouldBe(421);
        (await http1.IsClosedAsync()).ShouldBeTrue();
        await socket.SendAsync("still here"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        (await socket.ReceiveAsync(new byte[100], CancellationToken.None)).Count.ShouldBe(10);

        await using (var client = await TlsClient.ConnectAsync(bed.Proxy, Mtls, bed.Ours.Issue("CN=alice")))
        {
            (await client.GetAsync(Mtls)).Status.ShouldBe(200);
            // Another name and a tag change nothing of what was proved; another authority does.
            await bed.Proxy.ApplyAsync(before with { TlsPolicies = [bed.Mtls() with { Name = "renamed", Tags = ["x"], Hosts = [Mtls] }] });
            (await client.GetAsync(Mtls)).Status.ShouldBe(200);
            await bed.Proxy.ApplyAsync(
                before with
                {
                    TlsPolicies = [bed.Mtls() with { ClientCertificates = new() { Trusted = bed.Theirs.Pem } }],
                }
            );
            (await client.GetAsync(Mtls)).Status.ShouldBe(421);
        }
    }

    [Fact]
    public async Task StoredPolicy_WithAuthoritiesThatCannotBeRead_LetsNobodyIn()
    {
        await using var bed = await PolicyBed.StartAsync(_ => []);
        var broken = bed.Mtls() with
        {
            ClientCertificates = new() { Trusted = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" },
        };
        var report = await bed.Proxy.ApplyAsync(bed.Proxy.Revisions.Head.Config with { TlsPolicies = [broken] });
        report.Problems.ShouldHaveSingleItem().Path.ShouldBe("tlsPolicies/mtls/clientCertificates/trusted");
        foreach (var certificate in new[] { null, bed.Ours.Issue("CN=alice"), ClientAuthority.SelfSigned("CN=alice") })
        {
            await using var client = await TlsClient.ConnectAsync(bed.Proxy, Mtls, certificate);
            (await client.GetAsync(Mtls)).Status.ShouldBe(400);
        }
    }

    [Fact]
    public async Task MinVersion_OlderConnection_CannotBeMade_AndIsNotReusedForTheName()
    {
        await using var bed = await PolicyBed.StartAsync(_ =>
            [
                new()
                {
                    Name = "new",
                    Hosts = [Mtls],
                    MinVersion = TlsVersion.Tls13,
                },
            ]
        );
        await Should.ThrowAsync<Exception>(() => TlsClient.ConnectAsync(bed.Proxy, Mtls, versions: SslProtocols.Tls12));
        await using (var client = await TlsClient.ConnectAsync(bed.Proxy, Mtls))
            (await client.GetAsync(Mtls)).Status.ShouldBe(200);
        foreach (var (version, status) in new[] { (SslProtocols.Tls12, 421), (SslProtocols.Tls13, 200) })
        {
            await using var http1 = await TlsClient.ConnectAsync(bed.Proxy, Open, versions: version);
            (await http1.GetAsync(Mtls)).Status.ShouldBe(status);
            await using var http2 = await TlsClient.ConnectAsync(bed.Proxy, Open, http2: true, versions: version);
            (await http2.Http2GetAsync(Mtls)).ShouldBe(status);
            (await http2.Http2GetAsync(Open)).ShouldBe(200);
        }
    }
}
