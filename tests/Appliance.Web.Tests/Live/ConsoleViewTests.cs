using Appliance.Proxy.Config;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.Upstreams;
using Appliance.Web.Live;

namespace Appliance.Web.Tests.Live;

public sealed class ConsoleViewTests
{
    [Theory]
    [InlineData(0, false)]
    [InlineData(5, false)]
    [InlineData(5.1, true)]
    [InlineData(-60, false)]
    public void IsStale_FiguresOfSecondsAgo(double seconds, bool stale)
    {
        var view = Running(1) with { At = Points.Start.AddSeconds(seconds) };
        view.IsStale.ShouldBe(stale);
        view.Attention.ShouldBe(stale ? "figures are old" : null);
    }

    [Fact]
    public void IsStale_BeforeTheFirstFigures_IsNot() => (Running(1) with { Traffic = TrafficView.Empty }).IsStale.ShouldBeFalse();

    [Fact]
    public void Attention_WorstFirst()
    {
        var stale = Running(1) with { At = Points.Start.AddMinutes(1) };
        var refused = stale with { Report = stale.Report with { RunningRevision = 0, Refusal = "Port taken." } };
        refused.Attention.ShouldBe("a revision was refused");
        refused.NotLive.ShouldBe("Port taken.");
        (refused with { StoreProblem = "Away." }).Attention.ShouldBe("database away");
    }

    [Fact]
    public void NotLive_WhileItIsApplied_IsNothingToLookAfter()
    {
        var applying = Running(1) with { Head = new(2, new()) };
        applying.NotLive.ShouldBe("being applied");
        applying.Attention.ShouldBeNull();
    }

    [Fact]
    public void NotLive_SomethingLeftOut_SaysHowManyAndTheFirst()
    {
        var view = Running(1);
        view = view with
        {
            Report = view.Report with
            {
                Problems = [new("routes/a", "left_out", "a is left out."), new("routes/b", "left_out", "b is left out.")],
            },
        };
        view.NotLive.ShouldBe("2 left out: a is left out.");
    }

    [Fact]
    public void Once_ManyLookers_IsWorkedOutOnceAView()
    {
        var made = 0;
        Figure Make(ConsoleView view)
        {
            made++;
            return new(view.Head.Number);
        }

        var (first, second) = (Running(1), Running(1));
        first.Once(Make).ShouldBeSameAs(first.Once(Make));
        made.ShouldBe(1);
        second.Once(Make).ShouldNotBeSameAs(first.Once(Make));
        made.ShouldBe(2);
    }

    [Fact]
    public void Once_OfAnotherKind_IsAnotherFigure()
    {
        var view = Running(1);
        view.Once(_ => new Figure(1)).ShouldBe(new(1));
        view.Once(_ => "text").ShouldBe("text");
    }

    private sealed record Figure(long Of);

    private static ConsoleView Running(long revision) =>
        new(
            Points.Start,
            new ConfigRevision(revision, new()),
            null,
            [],
            new(revision, revision, null, [], Points.Start),
            TrafficView.Empty with
            {
                At = Points.Start,
            },
            UpstreamView.Empty,
            0
        );
}
