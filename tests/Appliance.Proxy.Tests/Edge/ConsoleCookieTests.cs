using Appliance.Proxy.Headers;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Edge;

/// <summary>Whoever administers the proxy is signed in on the same host name; servers see and set nothing of that.</summary>
public sealed class ConsoleCookieTests
{
    private const string Session = "appliance_1f2e3d4c_session";
    private const string Handshake =
        "Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    [Theory]
    [InlineData("")]
    [InlineData(Handshake)]
    public async Task ConsolesCookie_ReachesNoServerNoVariableAndNoClient(string handshake)
    {
        await using var backend = new RecordingBackend();
        backend.Answer = _ =>
            RecordingBackend.Ok(
                "hello",
                $"Set-Cookie: a=1; Path=/\r\nSet-Cookie: {Session}=evil; Path=/\r\nSet-Cookie: __Host-{Session}=evil; Secure; Path=/\r\n"
            );
        var config = Configs.All(backend.Address);
        config = config with
        {
            Routes =
            [
                config.Routes[0] with
                {
                    RequestHeaders = [new HeaderRule { Name = "X-Seen", Value = $"<$cookie_{Session}><$http_cookie>" }],
                },
            ],
        };
        await using var proxy = await ProxyUnderTest.StartAsync(config, new() { ConsoleCookies = "appliance_1f2e3d4c_" });
        var answer = await RawHttp.SendAsync(
            proxy.Port,
            $"GET / HTTP/1.1\r\nHost: a.test\r\n{handshake}Cookie: b=2; {Session}=secret; c=3\r\nCookie: __Host-{Session}=secret\r\n\r\n"
        );
        answer.Status.ShouldBe(200);
        answer.Headers.Where(line => line.Key == "Set-Cookie").Select(line => line.Value).ShouldBe(["a=1; Path=/"]);
        var request = backend.Requests.ShouldHaveSingleItem();
        request.Value("Cookie").ShouldBe("b=2; c=3");
        request.Value("X-Seen").ShouldBe("<><b=2; c=3>");
    }

    [Fact]
    public async Task AnotherConsolesCookie_GoesThrough()
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(
            Configs.All(backend.Address),
            new() { ConsoleCookies = "appliance_1f2e3d4c_" }
        );
        await RawHttp.GetAsync(proxy.Port, "/", headers: "Cookie: appliance_99999999_session=theirs\r\n");
        backend.Requests.ShouldHaveSingleItem().Value("Cookie").ShouldBe("appliance_99999999_session=theirs");
    }

    [Fact]
    public async Task RouteThatSetsTheConsolesCookie_DoesNot()
    {
        var route = Configs.Proxy("r", pool: "p") with
        {
            Action = new Appliance.Proxy.Routing.RouteAction.Respond { Body = "x" },
            ResponseHeaders = [new HeaderRule { Name = "Set-Cookie", Value = $"{Session}=evil; Path=/" }],
        };
        await using var proxy = await ProxyUnderTest.StartAsync(
            new() { Routes = [route] },
            new() { ConsoleCookies = "appliance_1f2e3d4c_" }
        );
        (await RawHttp.GetAsync(proxy.Port, "/")).Headers.ShouldNotContain(line => line.Key == "Set-Cookie");
    }
}
