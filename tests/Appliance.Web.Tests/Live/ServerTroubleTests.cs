using Appliance.Proxy.Upstreams;
using Appliance.Web.Live;

namespace Appliance.Web.Tests.Live;

public sealed class ServerTroubleTests
{
    [Theory]
    [InlineData(ServerCondition.Up, null, false, 3)]
    [InlineData(ServerCondition.Up, 0, true, 2)]
    [InlineData(ServerCondition.Up, 59, true, 2)]
    [InlineData(ServerCondition.Up, 60, false, 3)]
    [InlineData(ServerCondition.Untried, null, false, 3)]
    [InlineData(ServerCondition.Failing, 5, false, 0)]
    [InlineData(ServerCondition.Full, 5, false, 1)]
    [InlineData(ServerCondition.Trial, 5, false, 0)]
    [InlineData(ServerCondition.Down, 5, false, 4)]
    public void Rank_ServerThatFailedSecondsAgo(ServerCondition condition, int? seconds, bool lately, int rank)
    {
        var now = Points.Start;
        var server = new ServerView(
            "http://10.0.0.1:80",
            condition,
            0,
            seconds is null ? null : "Refused.",
            seconds is { } ago ? now.AddSeconds(-ago) : null,
            default
        );
        ServerTrouble.FailedLately(server, now).ShouldBe(lately);
        ServerTrouble.Rank(server, now).ShouldBe(rank);
    }
}
