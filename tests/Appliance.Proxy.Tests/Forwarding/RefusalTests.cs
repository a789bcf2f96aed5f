using Appliance.Proxy.Config;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.WebSocketPolicies;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>What the whole proxy refuses, with the status people see and the reason that is counted.</summary>
public sealed class RefusalTests
{
    private const string Handshake =
        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: close, Upgrade\r\nSec-WebSocket-Version: "
        + "13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    [Fact]
    public async Task Handshakes_Refused_AreCountedByReasonOnTheirRouteAndInAll()
    {
        await using var backend = new RecordingBackend();
        var config = With(backend.Address, new() { AllowedOrigins = ["https://app.example.com"] });
        await using var proxy = await ProxyUnderTest.StartAsync(config);

        (await AskAsync(proxy, "Origin: https://evil.example\r\n")).ShouldBe(403);
        (await AskAsync(proxy, "Origin: null\r\n")).ShouldBe(403);
        (
            await RawHttp.SendAsync(proxy.Port, Handshake.Replace("Version: 13", "Version: 12", StringComparison.Ordinal) + "\r\n")
        ).Status.ShouldBe(426);

        var counted = proxy.Host.Traffic.Route(config.Routes[0].Id).Refusals;
        counted.ShouldBe(
            new Dictionary<HandshakeRefusal, long> { [HandshakeRefusal.Origin] = 2, [HandshakeRefusal.Malformed] = 1 },
            ignoreOrder: true
        );
        proxy.Host.Traffic.Total.Refusals[HandshakeRefusal.Origin].ShouldBe(2);
        backend.Requests.ShouldBeEmpty("nobody was asked");
    }

    [Fact]
    public async Task Drains_EachKind_SayWhatIsRefusedAndWhatGoesOn()
    {
        await using var backend = new RecordingBackend();
        var config = With(backend.Address, new());
        await using var proxy = await ProxyUnderTest.StartAsync(config);
        var (route, pool) = (new DrainTarget(DrainKind.Route, config.Routes[0].Id), config.UpstreamPools[0].Id);

        Drain(route);
        (await AskAsync(proxy, "")).ShouldBe(503);
        (await RawHttp.GetAsync(proxy.Port, "/")).Status.ShouldBe(200, "plain requests go on");
        proxy.Host.Drains.Cancel(route);

        // Survives an edit of the pool and a rename of the route.
        Drain(new(DrainKind.Server, pool, backend.Address));
        await proxy.ApplyAsync(
            config with
            {
                Routes = [config.Routes[0] with { Name = "renamed" }],
                UpstreamPools = [config.UpstreamPools[0] with { Name = config.UpstreamPools[0].Name, Tags = ["edited"] }],
            }
        );
        (await AskAsync(proxy, "")).ShouldBe(503);
        (await RawHttp.GetAsync(proxy.Port, "/")).Status.ShouldBe(503, "the only server takes nothing");
        proxy.Host.Traffic.Route(config.Routes[0].Id).Refusals[HandshakeRefusal.Draining].ShouldBe(2);

        proxy.Host.Drains.Cancel(new(DrainKind.Server, pool, backend.Address)).ShouldBeTrue();
        (await RawHttp.GetAsync(proxy.Port, "/")).Status.ShouldBe(200);

        void Drain(DrainTarget target) =>
            proxy.Host.Drains.Start(
                new()
                {
                    Target = target,
                    Name = "it",
                    By = "ann",
                }
            );
    }

    [Fact]
    public async Task Handshake_AbsoluteTarget_ServerHearsTheHostThatChoseTheRoute()
    {
        var heard = "";
        await using var backend = WebSockets.RawBackEnd.Echo(head => heard = head);
        var config = With(backend.Address, new());
        await using var proxy = await ProxyUnderTest.StartAsync(
            config with
            {
                Routes = [config.Routes[0] with { Hosts = ["public.test"] }],
            }
        );
        await using var client = await WebSockets.RawPeer.ConnectAsync(proxy.Port);

        await client.SendAsync(
            Handshake
                .Replace("GET / ", "GET http://public.test/ ", StringComparison.Ordinal)
                .Replace("localhost", "hidden.test", StringComparison.Ordinal) + "\r\n"
        );
        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 101 ");

        heard.ShouldContain("\r\nHost: public.test\r\n");
        heard.ShouldNotContain("hidden.test");
    }

    private static async Task<int> AskAsync(ProxyUnderTest proxy, string lines) =>
        (await RawHttp.SendAsync(proxy.Port, Handshake + lines + "\r\n")).Status;

    private static ProxyConfig With(string server, WebSocketPolicy policy)
    {
        var config = Configs.All(server);
        return config with { Routes = [config.Routes[0] with { WebSocket = policy }] };
    }
}
