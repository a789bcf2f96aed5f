using Appliance.Proxy.Connections;
using Appliance.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Proxy.Tests.Connections;

public sealed class ClosedConnectionsTests
{
    private readonly FakeTimeProvider _clock = TestTime.New();

    [Fact]
    public void List_MoreThanAreKept_NewestFirstAndBounded()
    {
        var closed = new ClosedConnections(_clock);
        for (var at = 1; at <= ClosedConnections.Kept + 10; at++)
            closed.Add(Ended(at, TunnelEnd.ClientClosed));

        var list = closed.List();
        list.Count.ShouldBe(ClosedConnections.Kept);
        list[0].Id.ShouldBe(ClosedConnections.Kept + 10);
        list[^1].Id.ShouldBe(11);
        closed.Count.ShouldBe(ClosedConnections.Kept + 10);
        closed.Total(EndedBy.Client).ShouldBe(ClosedConnections.Kept + 10);
    }

    [Fact]
    public void History_QuietAndBusyTimes_EachPointHasItsOwn()
    {
        var closed = new ClosedConnections(_clock);
        closed.Add(Ended(1, TunnelEnd.Idle));
        closed.Add(Ended(2, TunnelEnd.Operator));
        _clock.Advance(TimeSpan.FromSeconds(10));
        closed.Add(Ended(3, TunnelEnd.Operator));

        var history = closed.History();
        history.Length.ShouldBe(180);
        (history[^1].Of(EndedBy.Operator), history[^2].Of(EndedBy.Operator), history[^3].Of(EndedBy.Operator)).ShouldBe((1, 0, 1));
        history[^3].Of(EndedBy.Idle).ShouldBe(1);
        _clock.Advance(TimeSpan.FromMinutes(16));
        closed.History().ShouldAllBe(point => point.Counts.All(count => count == 0));
        closed.Add(Ended(4, TunnelEnd.Idle));
        closed.History()[^1].Of(EndedBy.Idle).ShouldBe(1);
    }

    [Fact]
    public void Age_AfterTheEnd_StandsStill()
    {
        var connection = Ended(1, TunnelEnd.Idle);
        _clock.Advance(TimeSpan.FromSeconds(7));
        connection.Over();
        _clock.Advance(TimeSpan.FromHours(1));

        connection.Age.ShouldBe(TimeSpan.FromSeconds(7));
        connection.Ended.ShouldBe(connection.Started + TimeSpan.FromSeconds(7));
    }

    [Fact]
    public void By_EveryEnd_HasItsWord()
    {
        Enum.GetValues<TunnelEnd>()
            .Where(end => end != TunnelEnd.None)
            .GroupBy(end => end.By())
            .ToDictionary(group => group.Key, group => group.Count())
            .ShouldBe(
                new Dictionary<EndedBy, int>
                {
                    [EndedBy.Client] = 1,
                    [EndedBy.Server] = 1,
                    [EndedBy.Error] = 5,
                    [EndedBy.Idle] = 1,
                    [EndedBy.Operator] = 1,
                    [EndedBy.Drain] = 2,
                    [EndedBy.Policy] = 3,
                }
            );
    }

    private LiveConnection Ended(long id, TunnelEnd end)
    {
        var connection = new LiveConnection(_clock)
        {
            Id = id,
            RouteId = Guid.Empty,
            RouteName = "",
            PoolName = "",
            ServerAddress = "",
            Host = "",
            Path = "",
        };
        connection.NoteEnd(end);
        return connection;
    }
}
