using Appliance.Proxy.Config;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Tests.Dialing;
using Appliance.Proxy.Tests.TlsPolicies;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>How request bodies come: at what rate, and who answers a client that waits before it sends one.</summary>
public sealed class RequestBodyTests
{
    private static readonly TimeSpan _grace = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task ExpectContinue_IsAnsweredHereAndNotPassedOn()
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address));
        await using var client = await RawHttp.ConnectAsync(proxy.Port);

        await client.WriteAsync("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 100 ");
        await client.WriteAsync("abc");
        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 200 ");

        backend.Requests.Single().Values("Expect").ShouldBeEmpty();
        backend.Requests.Single().Body.ShouldBe("abc");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SlowBody_Is408_AndTheServersConnectionIsFree(bool http2)
    {
        await using var server = new ConnectionServer(connection => connection.DrainAsync());
        await using var bed = await PolicyBed.StartAsync(_ => [], _ => Config(server.Address, 240), new() { BodyGrace = _grace });
        if (http2)
        {
            await using var client = await RawHttp2.ConnectAsync(bed.Proxy.Host.HttpsEndPoint!.Port, "open.example.com"); // it listens
            await client.HeadersAsync(
                endStream: false,
                (":method", "PUT"),
                (":scheme", "https"),
                (":path", "/"),
                (":authority", "open.example.com")
            );
            await client.DataAsync([1], endStream: false);
            (await client.ReadAnswerAsync()).Status.ShouldBe(408);
        }
        else
        {
            await using var client = await RawHttp.ConnectAsync(bed.Proxy.Port);
            await client.WriteAsync("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\na");
            (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 408 ");
        }

        await Eventually.TrueAsync(() => Task.FromResult(server.Ended == 1), "the server's connection is closed");
    }

    [Fact]
    public async Task SlowBody_RouteWithoutARate_IsWaitedFor()
    {
        await using var server = new ConnectionServer(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.ReadBodyAsync(2);
            await connection.WriteAsync(ConnectionServer.Ok("whole"));
        });
        await using var proxy = await ProxyUnderTest.StartAsync(Config(server.Address, 0), new() { BodyGrace = TimeSpan.Zero });
        await using var client = await RawHttp.ConnectAsync(proxy.Port);
        await client.WriteAsync("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na");
        await Eventually.TrueAsync(() => Task.FromResult(server.Connections == 1), "the server is asked");
        await client.WriteAsync("b");
        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 200 ");
    }

    private static ProxyConfig Config(string server, int rate) =>
        Configs.All(server) with
        {
            Routes =
            [
                new()
                {
                    Name = "all",
                    Path = "/",
                    Action = new RouteAction.Proxy { Pool = "backend", MinBodyRate = rate },
                },
            ],
        };
}
