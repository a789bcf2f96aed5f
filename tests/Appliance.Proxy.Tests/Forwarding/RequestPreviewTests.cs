using System.Net;
using Appliance.Proxy.Forwarding;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Routing;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>The preview is worth what it has in common with what a server really gets.</summary>
public sealed class RequestPreviewTests
{
    [Theory]
    [InlineData("/app/room/%7Ea?x=1&y", "/app/", "/up/")]
    [InlineData("/app/plain", "/app", null)]
    public async Task Follow_PlainRequest_IsWhatTheServerGets(string target, string path, string? upstreamPath)
    {
        await using var backend = new RecordingBackend();
        var config = Configs.All(backend.Address) with
        {
            HeaderMaps =
            [
                new()
                {
                    Name = "$kind",
                    Source = "$arg_x",
                    Default = "other",
                    Rows = [new() { Pattern = "1", Value = "one" }],
                },
            ],
            Routes =
            [
                Configs.Proxy("r", path, "backend", upstreamPath) with
                {
                    RequestHeaders =
                    [
                        new HeaderRule { Name = "X-Kind", Value = "$kind of $host" },
                        new HeaderRule { Operation = HeaderOperation.Remove, Name = "X-Secret" },
                    ],
                },
            ],
        };
        await using var proxy = await ProxyUnderTest.StartAsync(config);
        var host = $"127.0.0.1:{proxy.Port}";
        var preview = RequestPreview
            .Compile(config, null)
            .Follow(
                new()
                {
                    Host = host,
                    Target = target,
                    Client = IPAddress.Loopback,
                    Headers = [("X-Secret", "s"), ("X-Kept", "k"), ("Connection", "close, X-Mine"), ("X-Mine", "m")],
                }
            );
        await RawHttp.SendAsync(
            proxy.Port,
            $"GET {target} HTTP/1.1\r\nHost: {host}\r\nX-Secret: s\r\nX-Kept: k\r\nConnection: close, X-Mine\r\nX-Mine: m\r\n\r\n"
        );
        var real = backend.Requests.Single();
        preview.RequestLine.ShouldBe(real.RequestLine);
        preview
            .Lines.Select(line => $"{line.Name}: {line.Value}")
            .Order()
            .ShouldBe(real.Headers.Select(line => $"{line.Key}: {line.Value}").Order());
    }

    [Theory]
    [InlineData("https://evil.example", null, "403: the route does not allow the origin https://evil.example.")]
    [InlineData("https://app.example.com", null, "403: the client offers none of the subprotocols that the route allows.")]
    [InlineData("https://app.example.com", "chat", null)]
    public async Task Follow_HandshakeAgainstThePolicy_IsRefusedAsByTheProxy(string origin, string? subprotocol, string? note)
    {
        await using var backend = new RecordingBackend();
        var config = Configs.All(backend.Address);
        config = config with
        {
            Routes =
            [
                Configs.Proxy("r", "/", "backend", null) with
                {
                    WebSocket = new() { AllowedOrigins = ["https://app.example.com"], AllowedSubprotocols = ["chat"] },
                },
            ],
        };
        var preview = RequestPreview
            .Compile(config, null)
            .Follow(
                new()
                {
                    Host = "x",
                    Target = "/",
                    WebSocket = true,
                    Headers = [("Origin", origin), .. subprotocol is null ? [] : new[] { ("Sec-WebSocket-Protocol", subprotocol) }],
                }
            );
        preview.Outcome.ShouldBe(note is null ? PreviewOutcome.Forwarded : PreviewOutcome.Refused);
        preview.Note.ShouldBe(note);
        await using var proxy = await ProxyUnderTest.StartAsync(config);
        var offer = subprotocol is null ? "" : $"Sec-WebSocket-Protocol: {subprotocol}\r\n";
        await using var client = await RawHttp.ConnectAsync(proxy.Port);
        await client.WriteAsync(
            "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                + $"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: {origin}\r\n{offer}\r\n"
        );
        (await client.ReadHeadAsync()).StartsWith("HTTP/1.1 403", StringComparison.Ordinal).ShouldBe(note is not null);
    }

    [Fact]
    public async Task Follow_RegexWithAnUpstreamPath_IsWhatTheServerGets()
    {
        await using var backend = new RecordingBackend();
        var config = Configs.All(backend.Address) with
        {
            Routes = [Configs.Proxy("r", @"^/u/(\d+)$", "backend", "/user/$1") with { PathKind = PathKind.Regex }],
        };
        await using var proxy = await ProxyUnderTest.StartAsync(config);
        var preview = RequestPreview
            .Compile(config, null)
            .Follow(
                new()
                {
                    Host = "x",
                    Target = "/u/7?a=b",
                    Client = IPAddress.Loopback,
                }
            );
        await RawHttp.SendAsync(proxy.Port, "GET /u/7?a=b HTTP/1.1\r\nHost: x\r\n\r\n");
        preview.RequestLine.ShouldBe("GET /user/7?a=b HTTP/1.1");
        backend.Requests.Single().RequestLine.ShouldBe(preview.RequestLine);
    }

    [Fact]
    public async Task Follow_HostWithATlsPolicy_IsAnsweredAsByTheProxy()
    {
        var config = Configs.All("http://127.0.0.1:1") with
        {
            TlsPolicies =
            [
                new()
                {
                    Name = "forced",
                    Hosts = ["forced.example.com"],
                    ForceHttps = true,
                    HttpsPort = 8443,
                },
                new()
                {
                    Name = "mtls",
                    Hosts = ["mtls.example.com"],
                    ClientCertificates = new() { Trusted = "nobody" },
                },
            ],
        };
        var preview = RequestPreview.Compile(config, null);
        preview
            .Follow(new() { Host = "Forced.example.com:80", Target = "/x?y" })
            .Note.ShouldBe("301 to https://forced.example.com:8443/x?y (TLS policy forced)");
        preview
            .Follow(
                new()
                {
                    Host = "forced.example.com",
                    Target = "/x",
                    Method = "POST",
                }
            )
            .Note.ShouldNotBeNull()
            .ShouldStartWith("308 to");
        preview.Follow(new() { Host = "mtls.example.com", Target = "/" }).Note.ShouldNotBeNull().ShouldStartWith("403: ");
        foreach (
            var open in new[]
            {
                new PreviewRequest
                {
                    Host = "forced.example.com",
                    Target = "/x",
                    Scheme = "https",
                },
                new() { Host = "forced.example.com", Target = "/.well-known/acme-challenge/x" },
                new() { Host = "other.example.com", Target = "/" },
            }
        )
            preview.Follow(open).Outcome.ShouldBe(PreviewOutcome.Forwarded);
        (
            preview.IsForHttps("FORCED.example.com"),
            preview.IsForHttps("mtls.example.com"),
            preview.IsForHttps("other.example.com")
        ).ShouldBe((true, true, false));
        await using var proxy = await ProxyUnderTest.StartAsync(config);
        (await RawHttp.GetAsync(proxy.Port, "/x?y", "Forced.example.com:80"))
            .Value("Location")
            .ShouldBe("https://forced.example.com:8443/x?y");
    }

    [Fact]
    public void Follow_NoRouteOrAnother_SaysSo()
    {
        var config = Configs.All("http://127.0.0.1:1") with
        {
            Routes = [Configs.Proxy("a", "/a"), Configs.Proxy("ab", "/ab") with { WebSocket = new() { Allow = false } }],
        };
        var preview = RequestPreview.Compile(config, null);
        preview.Follow(new() { Host = "h", Target = "/x" }).Outcome.ShouldBe(PreviewOutcome.NotFound);
        preview.Follow(new() { Host = "h", Target = "/abc" }).Route!.Name.ShouldBe("ab");
        preview
            .Follow(
                new()
                {
                    Host = "h",
                    Target = "/abc",
                    WebSocket = true,
                }
            )
            .Note!.ShouldStartWith("403");
        preview.Follow(new() { Host = "h", Target = "/a b" }).Outcome.ShouldBe(PreviewOutcome.Refused);
        preview.Follow(new() { Host = "h", Target = "" }).Outcome.ShouldBe(PreviewOutcome.Refused);
    }
}
