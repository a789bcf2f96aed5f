using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Appliance.Proxy.Config;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Routing;
using Appliance.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Proxy.Tests.Dialing;

public sealed class ServerNamesTests : IDisposable
{
    private static readonly IPAddress _first = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress _second = IPAddress.Parse("192.0.2.2");
    private readonly ManualResetEventSlim _silence = new();
    private readonly LinesLog _log = new();
    private readonly FakeTimeProvider _time = TestTime.New();

    public void Dispose()
    {
        _silence.Set();
        _log.Dispose();
    }

    [Fact]
    public async Task Find_ManyAtOnce_OneLookUpAndKeptForSeconds()
    {
        var asked = 0;
        var names = Names(_ =>
        {
            Interlocked.Increment(ref asked);
            _silence.Wait();
            return [_first];
        });

        var waiting = Enumerable.Range(0, 100).Select(_ => names.FindAsync("a.test", CancellationToken.None).AsTask()).ToArray();
        _silence.Set();
        foreach (var one in waiting)
            (await one).ShouldBe([_first]);
        (await names.FindAsync("A.TEST", CancellationToken.None)).ShouldBe([_first]);
        asked.ShouldBe(1);

        _time.Advance(ServerNames.Freshness + TimeSpan.FromSeconds(1));
        await names.FindAsync("a.test", CancellationToken.None);
        asked.ShouldBe(2);
    }

    [Fact]
    public async Task Find_SilentWithoutAnAddress_WaitsNoLongerThanTheCaller()
    {
        var names = Names(_ => Silent());
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Should.ThrowAsync<OperationCanceledException>(async () => await names.FindAsync("a.test", patience.Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Find_FailsOrIsLate_LastGoodAddressIsUsedAndSaidOnce(bool fails)
    {
        var answers = new ConcurrentQueue<Func<IPAddress[]>>([() => [_first]]);
        var names = Names(_ =>
            answers.TryDequeue(out var answer) ? answer()
            : fails ? throw new SocketException((int)SocketError.TryAgain)
            : Silent()
        );
        (await names.FindAsync("a.test", CancellationToken.None)).ShouldBe([_first]);
        _time.Advance(TimeSpan.FromMinutes(1));

        // Late is told by the clock, which stands here.
        var second = names.FindAsync("a.test", CancellationToken.None).AsTask();
        if (!fails)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            (await second).ShouldBe([_first]);
            (await names.FindAsync("a.test", CancellationToken.None)).ShouldBe(
                [_first],
                "a look-up that is late is waited for by nobody else"
            );
        }
        else
        {
            (await second).ShouldBe([_first]);
            (await names.FindAsync("a.test", CancellationToken.None)).ShouldBe([_first]);
        }

        _log.Lines.ShouldBe(["The name of server a.test cannot be looked up now; the addresses that it had before are used on"]);
    }

    [Fact]
    public async Task Find_FailsForTooLong_AddressIsGivenUpAndComesBack()
    {
        Func<IPAddress[]> answer = () => [_first];
        var names = Names(_ => answer());
        await names.FindAsync("a.test", CancellationToken.None);
        answer = () => throw new SocketException((int)SocketError.HostNotFound);
        _time.Advance(ServerNames.LongestUse + TimeSpan.FromSeconds(1));

        (
            await Should.ThrowAsync<SocketException>(async () => await names.FindAsync("a.test", CancellationToken.None))
        ).SocketErrorCode.ShouldBe(SocketError.HostNotFound);

        answer = () => [_second];
        _time.Advance(ServerNames.FailureFreshness + TimeSpan.FromSeconds(1));
        (await names.FindAsync("a.test", CancellationToken.None)).ShouldBe([_second]);
    }

    [Fact]
    public async Task Find_NoThreadIsLeft_IsOurOwnWant()
    {
        var names = Names(_ => Silent());
        var waiting = Enumerable
            .Range(0, ServerNames.MostThreads)
            .Select(index => names.FindAsync($"n{index}.test", CancellationToken.None).AsTask())
            .ToArray();

        var refused = await Should.ThrowAsync<UpstreamConnectException>(async () =>
            await names.FindAsync("one-more.test", CancellationToken.None)
        );

        refused.End.ShouldBe(TryEnd.LocalWant);
        _silence.Set();
        foreach (var one in waiting)
            await Should.ThrowAsync<SocketException>(() => one);
        _time.Advance(TimeSpan.FromSeconds(2));
        await Should.ThrowAsync<SocketException>(async () => await names.FindAsync("one-more.test", CancellationToken.None));
    }

    [Fact]
    [Trait("Kind", "Long")]
    public async Task SilentNameServer_ThirtyNames_OthersAnswerAndTheirsAreBounded()
    {
        await using var backend = new RecordingBackend();
        var silent = Enumerable.Range(0, 30).Select(index => $"s{index}").ToArray();
        var config = new ProxyConfig
        {
            Routes =
            [
                .. silent.Select(name => new Route
                {
                    Name = name,
                    Path = $"/{name}/",
                    Action = new RouteAction.Proxy { Pool = name, ConnectTimeout = TimeSpan.FromSeconds(2) },
                }),
                Configs.Proxy("literal", "/literal/", "literal"),
                Configs.Proxy("known", "/known/", "known"),
            ],
            UpstreamPools =
            [
                .. silent.Select(name => Configs.Pool(name, $"http://{name}.test:{backend.Port}")),
                Configs.Pool("literal", backend.Address),
                Configs.Pool("known", $"http://known.test:{backend.Port}"),
            ],
        };
        await using var proxy = await ProxyUnderTest.StartAsync(
            config,
            new() { LookUp = name => name == "known.test" ? [IPAddress.Loopback] : Silent() }
        );

        var waiting = silent
            .SelectMany(name => Enumerable.Repeat(name, 4))
            .Select(name => RawHttp.GetAsync(proxy.Port, $"/{name}/x"))
            .ToArray();
        for (var round = 0; round < 20; round++)
        {
            (await RawHttp.GetAsync(proxy.Port, "/literal/x")).Status.ShouldBe(200);
            (await RawHttp.GetAsync(proxy.Port, "/known/x")).Status.ShouldBe(200);
        }

        waiting.ShouldAllBe(one => !one.IsCompleted, "nobody has waited for a name that is not its own");
        foreach (var one in waiting)
            (await one).Status.ShouldBe(504);
    }

    [Fact]
    public async Task Name_MovesWhileRequestsFlow_IsFollowedWithinTheMaximumAge()
    {
        await using var here = new ConnectionServer(connection => SayAsync(connection, "here"), address: IPAddress.Parse("127.0.0.1"));
        await using var there = new ConnectionServer(
            connection => SayAsync(connection, "there"),
            address: IPAddress.Parse("127.0.0.2"),
            port: here.Port
        );
        var address = "127.0.0.1";
        var config = Configs.All($"http://moves.test:{here.Port}");
        await using var proxy = await ProxyUnderTest.StartAsync(
            config with
            {
                UpstreamPools = [config.UpstreamPools[0] with { KeepAliveTime = TimeSpan.FromSeconds(1) }],
            },
            new() { LookUp = _ => [IPAddress.Parse(address)] }
        );
        (await RawHttp.GetAsync(proxy.Port, "/")).Body.ShouldBe("here");
        (await RawHttp.GetAsync(proxy.Port, "/")).Body.ShouldBe("here");
        here.Connections.ShouldBe(1, "a connection is kept");

        address = "127.0.0.2";

        await Eventually.TrueAsync(async () => (await RawHttp.GetAsync(proxy.Port, "/")).Body == "there", "requests go to the new address");
    }

    private static async Task SayAsync(ServerConnection connection, string text)
    {
        while (await connection.ReadHeadAsync() is not null)
            await connection.WriteAsync(ConnectionServer.Ok(text));
    }

    private IPAddress[] Silent()
    {
        _silence.Wait();
        throw new SocketException((int)SocketError.TryAgain);
    }

    private ServerNames Names(Func<string, IPAddress[]> lookUp) => new(lookUp, _time, _log.CreateLogger<ServerNames>());
}
