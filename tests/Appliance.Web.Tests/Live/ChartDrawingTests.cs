using Appliance.Proxy.Traffic;
using Appliance.Web.Live;

namespace Appliance.Web.Tests.Live;

public sealed class ChartDrawingTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.3, 1)]
    [InlineData(1, 1)]
    [InlineData(1.1, 2)]
    [InlineData(2, 2)]
    [InlineData(2.5, 5)]
    [InlineData(6, 10)]
    [InlineData(10, 10)]
    [InlineData(11, 20)]
    [InlineData(499, 500)]
    [InlineData(1000, 1000)]
    [InlineData(123_456, 200_000)]
    public void Top_IsARoundNumberThatHoldsEverything(double most, double top) => Lines(Flat(most, 5)).Top.ShouldBe(top);

    [Fact]
    public void Lines_Points_EndAtTheRightEdgeAndStayInside()
    {
        var drawing = Lines([.. Flat(0, 5), .. Flat(10, 5), .. Flat(5, 5)]);
        drawing.Series.ShouldHaveSingleItem().Path.ShouldBe("M178 60L179 2L180 31");
    }

    [Fact]
    public void Areas_LieOnEachOther()
    {
        var drawing = Draw([.. Flat(4, 5), .. Flat(0, 5)], stacked: true, Series("lower"), Series("upper"));
        drawing.Top.ShouldBe(10);
        drawing.Series.Select(series => series.Path).ShouldBe(["M179 36.8L180 60L180 60L179 60Z", "M179 13.6L180 60L180 60L179 36.8Z"]);
    }

    [Fact]
    public void Legend_SaysTheNewestSecondEvenWhileItsBucketIsOpen() =>
        Lines([.. Flat(1, 5), 7.26])
            .Series.ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(
                series => series.Now.ShouldBe("7.3"),
                series => series.Name.ShouldBe("all"),
                series => series.Kind.ShouldBe("kind")
            );

    [Fact]
    public void Values_StandBesideTheDrawing_WithNothingForZero()
    {
        var drawing = Draw([.. Flat(4, 5), .. Flat(0, 5), .. Flat(1500, 5)], stacked: true, Series("lower"), Series("upper"));
        drawing.Series.Select(series => series.Values).ShouldAllBe(values => values == "4;;1\u202f500");
        (drawing.Scale, drawing.HalfScale).ShouldBe(("5\u202f000", "2\u202f500"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void NoHistory_IsAnEmptyDrawingWithAScale(bool stacked)
    {
        var drawing = Draw([], stacked, Series("a"), Series("b"));
        drawing.Top.ShouldBe(1);
        drawing.Series.Select(series => (series.Path, series.Now)).ShouldBe([("", "0"), ("", "0")]);
    }

    [Fact]
    public void FifteenMinutes_FillTheWidth()
    {
        var path = Lines(Enumerable.Repeat(1.0, 901)).Series[0].Path;
        path.ShouldStartWith("M1 2L2 2");
        path.ShouldEndWith($"L{ChartDrawing.Width} 2");
    }

    private static IEnumerable<double> Flat(double value, int seconds) => Enumerable.Repeat(value, seconds);

    private static ChartDrawing Lines(IEnumerable<double> requests) => Draw(requests, stacked: false, Series("all"));

    private static ChartDrawing Draw(
        IEnumerable<double> requests,
        bool stacked,
        params (string, string, Func<TrafficPoint, double>)[] wanted
    )
    {
        // A bucket is drawn when the next one begins.
        var seconds = requests.ToList();
        if (seconds.Count > 0 && seconds.Count % 5 == 0)
            seconds.Add(0);
        return ChartDrawing.Of(Points.Of(seconds), stacked, [.. wanted]);
    }

    private static (string, string, Func<TrafficPoint, double>) Series(string name) => (name, "kind", point => point.Requests);
}
