using Appliance.Proxy.Traffic;
using Appliance.Web.Live;

namespace Appliance.Web.Tests.Live;

public sealed class SparklineTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(10)]
    public void Of_FirstTenSecondsNotOver_IsEmpty(int seconds) => Draw(Enumerable.Repeat(1.0, seconds)).ShouldBeEmpty();

    [Fact]
    public void Of_Buckets_ShowTheirGreatestValueAtTheRightEdge() =>
        Draw([1, 4, .. Enumerable.Repeat(0.0, 8), 2, .. Enumerable.Repeat(0.0, 9), 99]).ShouldBe("88,2 89,12.5 ");

    [Fact]
    public void Of_NothingButZero_LiesOnTheGround() => Draw(new double[21]).ShouldBe("88,23 89,23 ");

    [Fact]
    public void Of_UnfinishedBucket_DoesNotChangeTheLine() =>
        Draw([1, .. Enumerable.Repeat(3.0, 18)]).ShouldBe(Draw([1, .. Enumerable.Repeat(3.0, 9), 500]));

    [Fact]
    public void Of_HistoryThatMovesOn_KeepsItsBuckets()
    {
        // The oldest second falls out; what was drawn of the others must not change, or every page is sent a new line each second.
        var before = Draw(Enumerable.Range(0, 900).Select(second => (double)(second / 10)), after: 0);
        var later = Draw(Enumerable.Range(5, 900).Select(second => (double)(second / 10)), after: 5);
        later.Split(' ').Length.ShouldBe(before.Split(' ').Length + 1);
        later.ShouldStartWith("0,23 ");
        later.ShouldEndWith("89,2 ");
    }

    [Fact]
    public void Of_FifteenMinutes_FillTheWidth()
    {
        var points = Draw(Enumerable.Range(0, 901).Select(second => (double)second)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        points.Length.ShouldBe(Sparkline.Width);
        points[0].ShouldStartWith("0,");
        points[^1].ShouldBe("89,2");
    }

    [Fact]
    public void Of_SecondsMissing_LeavesTheirPlaceEmpty()
    {
        var history = Points.Of([5]).AddRange(Points.Of([5, 0], after: 29));
        Sparkline.Of(history, Requests).ShouldBe("87,2 88,23 89,2 ");
    }

    [Fact]
    public void Of_ClockSetBack_DrawsNothingUntilItMakesSense() =>
        Sparkline.Of(Points.Of([1, 2], after: 60).AddRange(Points.Of([3])), Requests).ShouldBeEmpty();

    private static string Draw(IEnumerable<double> requests, int after = 0) => Sparkline.Of(Points.Of(requests, after), Requests);

    private static double Requests(TrafficPoint point) => point.Requests;
}
