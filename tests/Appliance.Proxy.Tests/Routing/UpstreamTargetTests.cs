using Appliance.Proxy.Routing;
using Appliance.Proxy.Variables;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Routing;

/// <summary>What is sent behind an upstream path.</summary>
public sealed class UpstreamTargetTests
{
    [Theory]
    [InlineData("/api/", "/v2/", "/api/a%2Fb//c?x=%2F", "/v2/a%2Fb//c?x=%2F")]
    [InlineData("/api/", "/v2/", "/api/%7e%41|b%zz%", "/v2/%7e%41|b%zz%")]
    [InlineData("/api/", "/", "/api/x", "/x")]
    [InlineData("/api/", "/", "/api/", "/")]
    [InlineData("/api/", "/", "/api/?", "/?")]
    [InlineData("/api/", "/v2", "/api/x", "/v2/x")]
    [InlineData("/api/", "/v2", "/api/", "/v2/")]
    [InlineData("/api", "/", "/api/x", "/x")]
    [InlineData("/api", "/", "/api", "/")]
    [InlineData("/api", "/v2", "/api", "/v2")]
    [InlineData("/api", "/v2/", "/api/x", "/v2/x")]
    [InlineData("/api", "/v2", "/apix", "/v2x")] // a prefix is raw text
    [InlineData("/api", "/v2", "/api%2Fx", "/v2%2Fx")]
    [InlineData("/", "/v2/", "/a%2Fb", "/v2/a%2Fb")]
    // The piece that is cut off: encoded, with dots, with double slashes.
    [InlineData("/api/", "/v2/", "/%61pi/a%2Fb", "/v2/a%2Fb")]
    [InlineData("/api/", "/v2/", "/%61pi%2Fa%2Fb", "/v2/a%2Fb")]
    [InlineData("/api/", "/v2/", "/x/../api/a%2Fb", "/v2/a%2Fb")]
    [InlineData("/api/", "/v2/", "/x%2f%2e%2e%2fapi/a%2Fb", "/v2/a%2Fb")]
    [InlineData("/api/", "/v2/", "/api/../api/a%2Fb", "/v2/a%2Fb")]
    [InlineData("/api/", "/v2/", "//api//a%2Fb", "/v2/a%2Fb")]
    [InlineData("/api/", "/v2/", "/./api/./a%2Fb", "/v2/a%2Fb")]
    [InlineData("/a b/", "/v2/", "/a%20b/c%20d", "/v2/c%20d")]
    [InlineData("/müsli/", "/v2/", "/m%C3%BCsli/%C3%BC", "/v2/%C3%BC")]
    [InlineData("/api/", "/ü/", "/api/x", "/%C3%BC/x")]
    [InlineData("/api/", "/v2/", "/api/%2Fx", "/v2/%2Fx")]
    [InlineData("/api/", "/v2/", "/api/%2F", "/v2/%2F")]
    // Dot segments in the rest: resolved, what remains stays as it was written.
    [InlineData("/api/", "/v2/", "/api/a/../b%2Fc", "/v2/b%2Fc")]
    [InlineData("/api/", "/v2/", "/api/a%2Fb/../c%41", "/v2/a%2Fc%41")]
    [InlineData("/api/", "/v2/", "/api/a/%2e/b%2Fc/.", "/v2/a/b%2Fc/")]
    [InlineData("/api/", "/v2/", "/api/a%2f..%2f..%2fapi/b%2Fc", "/v2/b%2Fc")]
    [InlineData("/api/", "/v2/", "/api/.", "/v2/")]
    [InlineData("/api/", "/v2/", "/api/...", "/v2/...")]
    [InlineData("/api/", "/v2/", "/api/.a/..b", "/v2/.a/..b")]
    [InlineData("/api/", "/v2/", "http://h/api/a%2Fb", "/v2/a%2Fb")]
    // What a server could read as a way up.
    [InlineData("/api/", "/v2/", "/api/#/../../admin", "/v2/")]
    [InlineData("/api/", "/v2/", "/api/a#/../../x?y=1", "/v2/a")]
    [InlineData("/api/", "/v2/", "/api/a?x=1#/../y", "/v2/a?x=1")]
    [InlineData("/api/", "/v2/", "/api/..\\x", null)]
    [InlineData("/api/", "/v2/", "/api/a%5c..%5c..%5cx", null)]
    [InlineData("/api/", "/v2/", "/api/..;/x", null)]
    [InlineData("/api", "/v2/", "/api../x", null)]
    [InlineData("/api", "/", "/api%2e%2e/x", null)]
    public void Raw_Target_KeepsTheRest(string location, string upstreamPath, string target, string? expected) =>
        Sent(location, upstreamPath, target, UpstreamPathMode.Raw).ShouldBe(expected);

    [Theory]
    [InlineData("/api/", "/v2/", "/api/a%2Fb//c?x=%2F", "/v2/a/b/c?x=%2F")]
    [InlineData("/api", "/v2/", "/api/x", "/v2//x")]
    [InlineData("/api/", "/ü/", "/api/x", "/%C3%BC/x")]
    [InlineData("/api/", "/v2/", "/api/a%C3%BC", "/v2/a%C3%BC")]
    [InlineData("/api/", "/v2/", "/api/\u00fc", "/v2/%FC")]
    [InlineData("/api", "/v2/", "/api../x", null)] // nginx sends /v2/../x
    [InlineData("/api", "/v2/", "/api.", null)]
    [InlineData("/api", "/v2/", "/api.x", "/v2/.x")]
    public void Normalized_Target_IsNginxs(string location, string upstreamPath, string target, string? expected) =>
        Sent(location, upstreamPath, target, UpstreamPathMode.Normalized).ShouldBe(expected);

    [Fact]
    public void Exact_Route_IsReplacedWhole() =>
        CompiledRoute
            .Compile(Route("/api/", "/v2", UpstreamPathMode.Raw) with { PathKind = PathKind.Exact }, VariableNames.BuiltIn)
            .UpstreamTarget(RequestPath.TryParse("/api/?a")!)
            .ShouldBe("/v2?a"); // a good target

    [Fact]
    public void Raw_RandomTargets_MeanTheSameAndNeverClimb()
    {
        var random = new Random(4711);
        string[] pieces =
        [
            "/",
            "/",
            "//",
            "%2f",
            "%2F",
            ".",
            "..",
            "%2e",
            "a",
            "b%41",
            "\\",
            "%5c",
            ";",
            "+",
            "api",
            "/api/",
            "?q=/../x",
            "#",
            "%",
        ];
        var (sent, refused) = (0, 0);
        for (var round = 0; round < 60_000; round++)
        {
            var target = "/" + string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => pieces[random.Next(pieces.Length)]));
            if (RequestPath.TryParse(target) is not { } path || !path.Normalized.StartsWith("/api/", StringComparison.Ordinal))
                continue;
            if (
                CompiledRoute.Compile(Route("/api/", "/up/v2/", UpstreamPathMode.Raw), VariableNames.BuiltIn).UpstreamTarget(path)
                is not { } raw
            )
            {
                refused++;
                continue;
            }

            // Read as we read, it is what was asked for; read as anybody might, it stays below.
            sent++;
            raw.ShouldStartWith("/up/v2/", Case.Sensitive, target);
            RequestPath.TryParse(raw)!.Normalized.ShouldBe("/up/v2/" + path.Normalized[5..], target); // not null
            foreach (
                var reading in new[]
                {
                    raw,
                    raw.Replace("%2f", "/", StringComparison.OrdinalIgnoreCase).Replace("%5c", "\\", StringComparison.OrdinalIgnoreCase),
                }
            )
            {
                var segments = reading.Split('?', '#')[0].Replace("%2e", ".", StringComparison.OrdinalIgnoreCase).Split('/', '\\');
                segments.ShouldNotContain(segment => segment.Split(';', 2)[0] == "..", $"{target} -> {raw}");
            }
        }

        (sent > 1000 && refused > 100).ShouldBeTrue($"{sent} sent, {refused} refused");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Raw_Request_ArrivesByteForByte(bool webSocket)
    {
        await using var backend = new RecordingBackend();
        var config = Configs.All(backend.Address) with { Routes = [Route("/api/", "/v2/", UpstreamPathMode.Raw)] };
        await using var proxy = await ProxyUnderTest.StartAsync(config);
        var handshake = webSocket
            ? "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            : "Connection: close\r\n";
        await using var client = await RawHttp.ConnectAsync(proxy.Port);
        await client.WriteAsync($"GET /x/../api/a%2Fb//c%7E?d=%2F& HTTP/1.1\r\nHost: a\r\n{handshake}\r\n");
        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 ");
        backend.Requests.ShouldHaveSingleItem().Target.ShouldBe("/v2/a%2Fb//c%7E?d=%2F&");
        (await RawHttp.GetAsync(proxy.Port, "/api/..;/x")).Status.ShouldBe(400);
        backend.Requests.Count.ShouldBe(1);
    }

    private static Route Route(string location, string upstreamPath, UpstreamPathMode mode) =>
        new()
        {
            Name = "r",
            Path = location,
            Action = new RouteAction.Proxy
            {
                Pool = "backend",
                UpstreamPath = upstreamPath,
                UpstreamPathMode = mode,
            },
        };

    private static string? Sent(string location, string upstreamPath, string target, UpstreamPathMode mode) =>
        CompiledRoute
            .Compile(Route(location, upstreamPath, mode), VariableNames.BuiltIn)
            .UpstreamTarget(RequestPath.TryParse(target).ShouldNotBeNull());
}
