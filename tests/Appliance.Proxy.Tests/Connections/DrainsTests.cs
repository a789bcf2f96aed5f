using Appliance.Proxy.Connections;
using Appliance.Proxy.Tests.WebSockets;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.Upstreams;
using Appliance.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Appliance.Proxy.Tests.Connections;

public sealed class DrainsTests
{
    [Theory]
    [InlineData(DrainKind.Route)]
    [InlineData(DrainKind.Pool)]
    [InlineData(DrainKind.Server)]
    public async Task Start_OpenOnesStay_NewOnesAreRefusedUntilItIsCancelled(DrainKind kind)
    {
        await using var server = Accepting();
        await using var host = await TunnelHost.StartAsync(server.Address);
        await using var client = await host.OpenAsync();
        var live = await host.LiveAsync();
        var target = Target(host, kind, server.Address);

        host.Drains.Start(
                new()
                {
                    Target = target,
                    Name = "it",
                    By = "ann",
                }
            )
            .ShouldSatisfyAllConditions(
                status => status.AtStart.ShouldBe(1),
                status => status.Remaining.ShouldBe(1),
                status => status.IsEmpty.ShouldBeFalse()
            );
        (await host.AskAsync()).ShouldStartWith("HTTP/1.1 503 ");
        await host.RefusedAsync(HandshakeRefusal.Draining);
        live.End.ShouldBe(TunnelEnd.None);

        host.Drains.Cancel(target).ShouldBeTrue();
        host.Drains.Cancel(target).ShouldBeFalse();
        host.Drains.List().ShouldBeEmpty();
        await using var next = await host.OpenAsync();
    }

    [Theory]
    [InlineData(DrainKind.Route)]
    [InlineData(DrainKind.Pool)]
    [InlineData(DrainKind.Server)]
    public async Task Follow_WhatIsDrainedIsDeleted_DrainGoesWithItsLastConnection(DrainKind kind)
    {
        await using var server = Accepting();
        await using var host = await TunnelHost.StartAsync(server.Address);
        var client = await host.OpenAsync();
        await host.LiveAsync();
        var target = Target(host, kind, server.Address);
        var other = target with { Id = Guid.NewGuid() };
        host.Drains.Start(
            new()
            {
                Target = target,
                Name = "it",
                By = "ann",
            }
        );
        host.Drains.Start(
            new()
            {
                Target = other,
                Name = "carries nothing",
                By = "ann",
            }
        );

        host.Drains.Follow([], []);
        host.Drains.List().ShouldHaveSingleItem().Order.Target.ShouldBe(target);
        host.Drains.Sweep();
        host.Drains.List().ShouldHaveSingleItem();

        client.Reset();
        await host.GoneAsync();
        host.Drains.Sweep();
        host.Drains.List().ShouldBeEmpty();
        host.Pool.ConditionOf(0).ShouldBe(ServerCondition.Up);
    }

    [Fact]
    public async Task Follow_WhatIsDrainedIsStillThere_DrainStays()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All("http://127.0.0.1:1"));
        var config = proxy.Revisions.Head.Config;
        var (route, pool) = (config.Routes[0], config.UpstreamPools[0]);
        DrainTarget[] targets =
        [
            new(DrainKind.Route, route.Id),
            new(DrainKind.Pool, pool.Id),
            new(DrainKind.Server, pool.Id, "HTTP://127.0.0.1:1"),
        ];
        foreach (var target in targets)
            proxy.Host.Drains.Start(
                new()
                {
                    Target = target,
                    Name = "it",
                    By = "ann",
                }
            );

        await proxy.ApplyAsync(config with { Routes = [route with { Name = "renamed" }] });
        proxy.Host.Drains.List().Select(drain => drain.Order.Target).ShouldBe(targets, ignoreOrder: true);
        await proxy.ApplyAsync(config with { Routes = [] });
        proxy.Host.Drains.List().Select(drain => drain.Order.Target).ShouldBe(targets[1..], ignoreOrder: true);
        await proxy.ApplyAsync(new());
        proxy.Host.Drains.List().ShouldBeEmpty();
    }

    [Fact]
    public async Task Start_OneServerOfTwo_TheOtherTakesAllNewOnes()
    {
        await using var one = Accepting();
        await using var two = Accepting();
        await using var host = await TunnelHost.StartAsync(one.Address, two.Address);
        host.Drains.Start(
            new()
            {
                Target = Target(host, DrainKind.Server, one.Address),
                Name = "one",
                By = "ann",
            }
        );

        var clients = new List<RawPeer>();
        for (var at = 0; at < 4; at++)
            clients.Add(await host.OpenAsync());

        await Until.TrueAsync(() => host.Connections.Count == 4);
        host.Connections.List().ShouldAllBe(live => live.ServerAddress == two.Address);
        host.Pool.ConditionOf(0).ShouldBe(ServerCondition.Draining);
        host.Pool.ConditionOf(1).ShouldBe(ServerCondition.Up);
        clients.Count.ShouldBe(4, "they must live until here");
    }

    [Fact]
    public async Task Start_AskedToLeave_AllHearTheCodeSpreadOverTheWindow()
    {
        const int many = 60;
        await using var server = Answering();
        await using var host = await TunnelHost.StartAsync(server.Address);
        var clients = new List<RawPeer>();
        for (var at = 0; at < many; at++)
            clients.Add(await host.OpenAsync());
        await Until.TrueAsync(() => host.Connections.Count == many);
        var window = TimeSpan.FromSeconds(2);
        var target = Target(host, DrainKind.Route, "");
        var started = TimeProvider.System.GetTimestamp();

        host.Drains.Start(
            new()
            {
                Target = target,
                Name = "route",
                By = "ann",
                Window = window,
                Leave = new(TunnelEnd.Drain, 1012, "moving"),
            }
        );
        var heard = await Task.WhenAll(
            clients.Select(async client =>
            {
                var frame = await client.ReadAsync(10);
                var after = TimeProvider.System.GetElapsedTime(started);
                frame.ShouldBe(Frames.Close(1012, reason: "moving"));
                await client.SendAsync(Frames.Close(1012, [1, 2, 3, 4]));
                return after;
            })
        );

        // Nearly even, as each has its own share of the window: a third of them within each third, give or take. A machine that stands
        // still for a moment delays some, and lets nobody be asked early.
        heard.Count(after => after < window / 3).ShouldBeLessThanOrEqualTo(many / 2);
        heard.Count(after => after > window * 2 / 3).ShouldBeGreaterThanOrEqualTo(many / 6);
        (heard.Max() - heard.Min()).ShouldBeGreaterThan(window / 4);
        await Until.TrueAsync(() => host.Drains.Find(target) is { IsEmpty: true, AtStart: many });
        host.Connections.Closed.List().ShouldAllBe(one => one.End == TunnelEnd.Drain && one.CloseCode == 1012);
    }

    [Theory]
    [InlineData(DrainKind.Route)]
    [InlineData(DrainKind.Server)]
    public async Task Start_HandshakeUnderWayIsAnsweredAfterTheWindow_IsAskedToLeave(DrainKind kind)
    {
        await using var tunnel = await OpenTunnel.BeginAsync(new TunnelPlan());
        var target = Target(tunnel.Host, kind, tunnel.Host.PoolConfig.Servers[0].Address);
        tunnel.Host.Drains.Start(
            new()
            {
                Target = target,
                Name = "it",
                By = "ann",
                Leave = new(TunnelEnd.Drain, 1012, "moving"),
            }
        );

        await tunnel.AcceptAsync();

        (await tunnel.Client.ReadAsync(10)).ShouldBe(Frames.Close(1012, reason: "moving"));
        tunnel.Live.End.ShouldBe(TunnelEnd.Drain);
    }

    [Fact]
    public async Task Start_AndCancelAtOnce_ManyTimes_ServerAndListAgree()
    {
        await using var server = Accepting();
        await using var host = await TunnelHost.StartAsync(server.Address);
        var order = new DrainOrder
        {
            Target = Target(host, DrainKind.Server, server.Address),
            Name = "it",
            By = "ann",
        };

        for (var round = 0; round < 300; round++)
        {
            await Task.WhenAll(
                Enumerable
                    .Range(0, 8)
                    .Select(one =>
                        Task.Run(() =>
                        {
                            if (one % 2 == 0)
                                host.Drains.Start(order);
                            else
                                host.Drains.Cancel(order.Target);
                        })
                    )
            );
            host.Pool.Servers[0].IsDraining.ShouldBe(host.Drains.List().Count == 1, $"round {round}");
        }
    }

    [Fact]
    public async Task Cancel_InTheWindow_TheRestStays()
    {
        await using var server = Answering();
        await using var host = await TunnelHost.StartAsync(server.Address);
        var clients = new List<RawPeer>();
        for (var at = 0; at < 20; at++)
            clients.Add(await host.OpenAsync());
        await Until.TrueAsync(() => host.Connections.Count == 20);
        var target = Target(host, DrainKind.Pool, "");

        host.Drains.Start(
                new()
                {
                    Target = target,
                    Name = "pool",
                    By = "ann",
                    Window = TimeSpan.FromHours(1),
                    Leave = new(TunnelEnd.Drain, 1001),
                }
            )
            .TimeLeft.ShouldBeInRange(TimeSpan.FromMinutes(59), TimeSpan.FromHours(1));
        host.Drains.Cancel(target).ShouldBeTrue();

        await using var next = await host.OpenAsync();
        host.Connections.List().Count(live => live.Order is null).ShouldBeGreaterThan(18);
        clients.Count.ShouldBe(20, "they must live until here");
    }

    [Fact]
    public async Task Dispose_InTheWindow_NobodyIsAskedAnyMore()
    {
        var clock = TestTime.New();
        var registry = new ConnectionRegistry(clock);
        await using var drains = new Drains(registry, new(new(), clock), clock, NullLogger<Drains>.Instance);
        var target = new DrainTarget(DrainKind.Route, Guid.NewGuid());
        for (var at = 0; at < 100; at++)
        {
            registry.Add(
                new(clock)
                {
                    Tally = new([]),
                    RouteId = target.Id,
                    RouteName = "r",
                    PoolName = "p",
                    ServerAddress = "http://s",
                    Host = "h",
                    Path = "/",
                }
            );
        }

        drains.Start(
            new()
            {
                Target = target,
                Name = "route r",
                By = "ann",
                Window = TimeSpan.FromMinutes(10),
                Leave = new(TunnelEnd.Drain, 1001),
            }
        );
        clock.Advance(TimeSpan.FromMinutes(5));
        await Until.TrueAsync(() => Asked() >= 49);

        await drains.DisposeAsync();
        var asked = Asked();
        clock.Advance(TimeSpan.FromHours(1));

        asked.ShouldBeInRange(49, 51);
        Asked().ShouldBe(asked);
        drains.Refuses(target.Id, Guid.Empty).ShouldBeTrue("nothing new is taken until the end");

        int Asked() => registry.List().Count(live => live.Order is not null);
    }

    [Fact]
    public async Task Start_Again_NewWishesHold()
    {
        await using var server = Answering();
        await using var host = await TunnelHost.StartAsync(server.Address);
        await using var client = await host.OpenAsync();
        await host.LiveAsync();
        var order = new DrainOrder
        {
            Target = Target(host, DrainKind.Route, ""),
            Name = "route",
            By = "ann",
        };
        host.Drains.Start(order);

        host.Drains.Start(order with { Leave = new(TunnelEnd.Drain, 1001) });

        (await client.ReadAsync(4)).ShouldBe(Frames.Close(1001));
        host.Drains.List().ShouldHaveSingleItem();
    }

    [Fact]
    public void Bind_ServerIsEditedOutAndIn_IsStillDraining()
    {
        var traffic = new TrafficRegistry();
        var upstreams = new UpstreamRegistry(traffic, TimeProvider.System);
        var pool = new UpstreamPool
        {
            Name = "p",
            Servers = [new() { Address = "http://10.0.0.1:80" }, new() { Address = "http://10.0.0.2:80" }],
        };
        upstreams.Bind(pool);
        upstreams.SetDraining(pool.Id, "HTTP://10.0.0.1:80", true);

        var without = upstreams.Bind(pool with { Servers = [pool.Servers[1]] });
        upstreams.Sweep([without]);
        var renamed = upstreams.Bind(pool with { Name = "q", Servers = [pool.Servers[0] with { Weight = 7 }, pool.Servers[1]] });

        renamed.ConditionOf(0).ShouldBe(ServerCondition.Draining);
        renamed.IsDrained.ShouldBeFalse();
        upstreams.SetDraining(pool.Id, "http://10.0.0.1:80", false);
        renamed.ConditionOf(0).ShouldBe(ServerCondition.Untried);
    }

    private static DrainTarget Target(TunnelHost host, DrainKind kind, string server) =>
        kind switch
        {
            DrainKind.Route => new(kind, host.Route.Id),
            DrainKind.Pool => new(kind, host.PoolConfig.Id),
            _ => new(kind, host.PoolConfig.Id, server.ToUpperInvariant()),
        };

    private static RawBackEnd Accepting() => new(async peer => await peer.AcceptAsync(await peer.ReadHeadAsync()));

    // Answers a close frame, whatever its code.
    private static RawBackEnd Answering() =>
        new(async peer =>
        {
            await peer.AcceptAsync(await peer.ReadHeadAsync());
            var header = await peer.ReadAsync(6);
            await peer.ReadAsync(header[1] & 0x7F);
            await peer.SendAsync(Frames.Close(1000));
        });
}
