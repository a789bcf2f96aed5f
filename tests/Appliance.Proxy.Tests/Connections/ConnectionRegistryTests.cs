using Appliance.Proxy.Connections;
using Appliance.Proxy.Tests.WebSockets;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.WebSocketPolicies;
using Appliance.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Proxy.Tests.Connections;

public sealed class ConnectionRegistryTests
{
    private readonly FakeTimeProvider _clock = TestTime.New();

    [Fact]
    public void Sweep_BytesPass_ReArmTheLimit()
    {
        var registry = new ConnectionRegistry(_clock);
        var connection = Connection(TimeSpan.FromSeconds(10));
        registry.Add(connection);

        _clock.Advance(TimeSpan.FromSeconds(9));
        connection.Touch();
        _clock.Advance(TimeSpan.FromSeconds(9));
        registry.Sweep();
        connection.End.ShouldBe(TunnelEnd.None);
        connection.IdleFor.ShouldBe(TimeSpan.FromSeconds(9));
        _clock.Advance(TimeSpan.FromSeconds(1));
        registry.Sweep();

        connection.End.ShouldBe(TunnelEnd.Idle);
    }

    [Fact]
    public void Sweep_LimitZero_NeverEnds()
    {
        var registry = new ConnectionRegistry(_clock);
        var connection = Connection(TimeSpan.Zero);
        registry.Add(connection);

        _clock.Advance(TimeSpan.FromSeconds(1_000_000));
        registry.Sweep();

        connection.End.ShouldBe(TunnelEnd.None);
    }

    [Fact]
    public void Sweep_Counts_AreAddedOnce()
    {
        var registry = new ConnectionRegistry(_clock);
        var (route, server) = (new RouteTraffic(), new ServerTraffic());
        var connection = Connection(TimeSpan.Zero, route, server);
        registry.Add(connection);

        connection.FromClient.Meter.Add(Frames.Text("abc"));
        registry.Sweep();
        registry.Sweep();
        Carried(route).ShouldBe((1, 5, 0, 0));
        connection.FromServer.Meter.Add(Frames.Text("abcd"));
        registry.Sweep();

        Carried(route).ShouldBe((1, 5, 1, 6));
        Carried(server).ShouldBe((1, 5, 1, 6));
    }

    [Fact]
    public void RequestEnd_Twice_FirstReasonStays()
    {
        var connection = Connection(TimeSpan.Zero);

        connection.RequestEnd(Ends.Of(TunnelEnd.Idle));
        connection.RequestEnd(Ends.Of(TunnelEnd.Shutdown, 1012));
        connection.NoteEnd(TunnelEnd.ServerError);

        connection.End.ShouldBe(TunnelEnd.Idle);
        connection.CloseCode.ShouldBe(1001);
    }

    [Fact]
    public void Remove_Twice_CountsOnce()
    {
        var registry = new ConnectionRegistry(_clock);
        var (one, two) = (Connection(TimeSpan.Zero), Connection(TimeSpan.Zero));
        registry.Add(one);
        registry.Add(two);

        registry.Remove(one, opened: true);
        registry.Remove(one, opened: true);

        registry.Count.ShouldBe(1);
        registry.List().ShouldHaveSingleItem().ShouldBeSameAs(two);
    }

    private static (long, long, long, long) Carried(ExchangeTraffic traffic)
    {
        var counts = traffic.Read();
        return (counts.MessagesToServer, counts.SocketBytesToServer, counts.MessagesToClient, counts.SocketBytesToClient);
    }

    private LiveConnection Connection(TimeSpan idle, params ExchangeTraffic[] counters) =>
        new(_clock)
        {
            Tally = new([.. counters]),
            RouteId = Guid.NewGuid(),
            RouteName = "r",
            PoolName = "p",
            ServerAddress = "http://s",
            Host = "h",
            Path = "/",
            Policy = new WebSocketPolicy { IdleTimeout = idle },
        };
}
