using Appliance.Proxy.Headers;
using Appliance.Proxy.Routing;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.TlsPolicies;

/// <summary>From http to https, and what browsers remember of it.</summary>
public sealed class ForcedHttpsTests
{
    private const string Forced = "mtls.example.com";
    private const string Open = "open.example.com";

    [Theory]
    [InlineData("GET", "/a%20b/../c?d=e", 443, 301, "https://mtls.example.com/a%20b/../c?d=e")]
    [InlineData("HEAD", "/", 443, 301, "https://mtls.example.com/")]
    [InlineData("POST", "/x", 443, 308, "https://mtls.example.com/x")]
    [InlineData("GET", "/x", 8443, 301, "https://mtls.example.com:8443/x")]
    [InlineData("GET", "http://mtls.example.com/y?z", 443, 301, "https://mtls.example.com/y?z")]
    [InlineData("GET", "//evil.example.net/", 443, 301, "https://mtls.example.com//evil.example.net/")]
    public async Task PlainHttp_OfAForcedHost_IsRedirected(string method, string target, int port, int status, string location)
    {
        await using var bed = await PolicyBed.StartAsync(_ =>
            [
                new()
                {
                    Name = "forced",
                    Hosts = [Forced],
                    ForceHttps = true,
                    HttpsPort = port,
                    Hsts = new(),
                },
            ]
        );
        var answer = await RawHttp.SendAsync(
            bed.Proxy.Port,
            $"{method} {target} HTTP/1.1\r\nHost: Mtls.Example.com:8080\r\nContent-Length: 0\r\n\r\n"
        );
        (answer.Status, answer.Value("Location")).ShouldBe((status, location));
        answer.Values("Strict-Transport-Security").ShouldBeEmpty("it is not for plain http (RFC 6797, 7.2)");
        (await RawHttp.GetAsync(bed.Proxy.Port, "/", Open)).Status.ShouldBe(200);
        await using var client = await TlsClient.ConnectAsync(bed.Proxy, Forced);
        (await client.GetAsync(Forced)).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("/.well-known/acme-challenge/token", 200)]
    [InlineData("/.well-known/acme-challenge/../acme-challenge/token", 200)]
    [InlineData("/.well-known/acme-challenge/../../admin", 301)]
    [InlineData("/.well-known/acme-challenge/%2e%2e/%2e%2e/admin", 301)]
    [InlineData("/.well-known/acme-challenge", 301)]
    public async Task PlainHttp_OfAChallenge_IsNotRedirected(string target, int status)
    {
        await using var bed = await PolicyBed.StartAsync(_ => [new() { Name = "forced", ForceHttps = true }]);
        (await RawHttp.GetAsync(bed.Proxy.Port, target, Forced)).Status.ShouldBe(status);
    }

    [Theory]
    [InlineData("https", true, 200)]
    [InlineData("wss", true, 200)]
    [InlineData("http", true, 301)]
    [InlineData("https", false, 301)]
    public async Task BehindAProxy_ThatIsTrusted_ItsWordCounts(string proto, bool trusted, int status)
    {
        await using var bed = await PolicyBed.StartAsync(
            _ =>
                [
                    new()
                    {
                        Name = "forced",
                        ForceHttps = true,
                        Hsts = new(),
                    },
                ],
            options: new() { TrustedProxies = trusted ? [System.Net.IPNetwork.Parse("127.0.0.1/32")] : [] }
        );
        var answer = await RawHttp.GetAsync(bed.Proxy.Port, "/", Forced, $"X-Forwarded-Proto: {proto}\r\n");
        answer.Status.ShouldBe(status);
        answer.Values("Strict-Transport-Security").Length.ShouldBe(status == 200 ? 1 : 0);
    }

    [Fact]
    public async Task ForcedHost_ThatAsksForCertificates_IsRedirectedToWhereTheyCanBeShown()
    {
        await using var bed = await PolicyBed.StartAsync(bed => [bed.Mtls() with { ForceHttps = true }]);
        (await RawHttp.GetAsync(bed.Proxy.Port, "/x", Forced)).Value("Location").ShouldBe("https://mtls.example.com/x");
        (await RawHttp.GetAsync(bed.Proxy.Port, "/.well-known/acme-challenge/x", Forced)).Status.ShouldBe(403);
    }

    [Theory]
    [InlineData(365, false, false, "max-age=31536000")]
    [InlineData(0, false, false, "max-age=0")]
    [InlineData(730, true, true, "max-age=63072000; includeSubDomains; preload")]
    public async Task Hsts_InEveryAnswerOverHttps_IsOneLineAndOurs(int days, bool subDomains, bool preload, string line)
    {
        await using var backend = new RecordingBackend
        {
            Answer = _ => RecordingBackend.Ok("page", "Strict-Transport-Security: max-age=1\r\nStrict-Transport-Security: max-age=2\r\n"),
        };
        await using var node = await BackendProcess.NodeAsync();
        await using var bed = await PolicyBed.StartAsync(
            _ =>
                [
                    new()
                    {
                        Name = "strict",
                        Hosts = [Forced],
                        Hsts = new()
                        {
                            MaxAge = TimeSpan.FromDays(days),
                            IncludeSubDomains = subDomains,
                            Preload = preload,
                        },
                        ForceHttps = true,
                    },
                ],
            config =>
                config with
                {
                    Routes =
                    [
                        Configs.Proxy("backend", "/backend"),
                        Configs.Proxy("chat", "/chat", "node"),
                        Configs.Proxy("slash", "/slash/"),
                        new()
                        {
                            Name = "rule",
                            Path = "/rule",
                            ResponseHeaders =
                            [
                                new()
                                {
                                    Operation = HeaderOperation.Append,
                                    Name = "Strict-Transport-Security",
                                    Value = "max-age=3",
                                },
                            ],
                            Action = new RouteAction.Redirect { Status = 302, Location = "/" },
                        },
                    ],
                    UpstreamPools = [Configs.Pool("backend", backend.Address), Configs.Pool("node", node.Address)],
                }
        );
        const string socket =
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        foreach (
            var (target, headers, status) in new[]
            {
                ("/backend", "", 200),
                ("/rule", "", 302),
                ("/slash", "", 301),
                ("/nowhere", "", 404),
                ("/chat", socket, 101),
            }
        )
        {
            await using var client = await TlsClient.ConnectAsync(bed.Proxy, Forced);
            var answer = await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: {Forced}\r\n{headers}\r\n");
            answer.Status.ShouldBe(status, target);
            answer.Values("Strict-Transport-Security").ShouldBe([line], target);
        }

        await using var other = await TlsClient.ConnectAsync(bed.Proxy, Open);
        (await other.GetAsync(Open, "/backend"))
            .Values("Strict-Transport-Security")
            .ShouldBe(["max-age=1", "max-age=2"], "a host without a policy is left alone");
    }
}
