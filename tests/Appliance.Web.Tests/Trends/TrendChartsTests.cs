using Appliance.Data.Figures;
using Appliance.Data.Revisions;
using Appliance.Testing;
using Appliance.Web.Trends;

namespace Appliance.Web.Tests.Trends;

public sealed class TrendChartsTests
{
    private static readonly TrendRange _hour = TrendRange.All[1];
    private static readonly DateTimeOffset _now = TestTime.Start.AddHours(5);

    [Theory]
    [InlineData("15m", 15)]
    [InlineData("1h", 60)]
    [InlineData("24h", 288)]
    [InlineData("7d", 168)]
    [InlineData("31d", 248)]
    public void Span_OfEveryRange_HasItsPoints(string key, int points)
    {
        var range = TrendRange.Parse(key, TrendRange.Day);
        foreach (var now in (DateTimeOffset[])[_now, _now.AddMinutes(1), _now.AddMinutes(63), _now.AddHours(7.77)])
        {
            var (from, to) = range.SpanAt(now);
            var series = new FigureSeries(from, [.. new FigurePoint?[to - from + 1]]).Gather(range.Size);
            series.Points.Length.ShouldBe(points);
            series.From.ShouldBe(from / range.Size);
            var end = (series.From + points) * range.Seconds;
            (end - now.ToUnixTimeSeconds()).ShouldBeInRange(
                range.Grain == FigureGrain.Minute ? -range.Seconds : 1,
                range.Grain == FigureGrain.Minute ? 0 : range.Seconds
            );
        }
    }

    [Fact]
    public void Parse_AnotherWord_IsTheUsualRange() => TrendRange.Parse("9y", TrendRange.Day).Key.ShouldBe("24h");

    [Fact]
    public void Gather_SpanIsKnown_WhenAPartOfItIs()
    {
        var series = new FigureSeries(119, [Of(1), Of(2), null, null, null, Of(3), FigurePoint.None]);
        var gathered = series.Gather(3);
        gathered.From.ShouldBe(39);
        gathered.Points.Select(point => point?.Success).ShouldBe([1, 2, 3]);
        new FigureSeries(120, [null, null, null, Of(4)]).Gather(3).Points.Select(point => point?.Success).ShouldBe([null, 4]);
        series.Sum().Success.ShouldBe(6);
    }

    [Fact]
    public void Charts_Gaps_AreNeitherZeroNorJoined()
    {
        var points = new FigurePoint?[60];
        for (var minute = 10; minute < 60; minute++)
            points[minute] = minute is >= 20 and < 30 ? null : Of(4);
        points[25] = Of(5);
        var charts = Draw(points);
        charts.Requests.Gaps.ShouldBe([(0, 9), (20, 24), (26, 29)]);
        charts.Requests.Series[0].Path.Count(letter => letter == 'M').ShouldBe(3);
        charts.Requests.Series[0].Path.ShouldContain("h1", customMessage: "a minute between two gaps is seen");
        charts.Requests.Series[0].Values.Split(';')[..12].ShouldBe(["–", "–", "–", "–", "–", "–", "–", "–", "–", "–", "4", "4"]);
        charts.Requests.Top.ShouldBe(5);
        charts.Requests.Series[0].Path.ShouldNotContain("NaN");
        charts.HasSockets.ShouldBeFalse();
    }

    [Fact]
    public void Charts_LatencyWithoutARequest_IsNotZero()
    {
        var charts = Draw([.. Enumerable.Repeat<FigurePoint?>(FigurePoint.None, 60)]);
        charts.Latency.Series.ShouldAllBe(series => series.Path == "");
        charts.Latency.Gaps.ShouldBeEmpty();
        charts.Requests.Series[0].Values.ShouldBe(new string(';', 59));
    }

    [Fact]
    public void Charts_NothingKnown_AreOneGapWithAScale()
    {
        var charts = new Trend(_hour, FigureSeries.None, [], "It is locked").Charts;
        charts.Requests.Gaps.ShouldBe([(0, 59)]);
        charts.Requests.Scale.ShouldBe("1");
        charts.Requests.Marks.ShouldBeEmpty();
    }

    [Fact]
    public void Marks_StandWhereTheRevisionWentLive_NeighboursTogether()
    {
        var charts = Draw(
            new FigurePoint?[60],
            Revision(8, 59, ""),
            Revision(7, 30.2, "because"),
            Revision(6, 30.1, ""),
            Revision(5, 30, ""),
            Revision(4, 30, ""),
            Revision(3, -5, "")
        );
        charts.Requests.Marks.Select(mark => (Math.Round(mark.Place, 2), mark.Path)).ShouldBe([(0.5, "/history/7"), (0.98, "/history/8")]);
        charts
            .Requests.Marks[0]
            .Words.ShouldBe(
                "Revision 7 by ann: because; Revision 6 by ann: changed route chat; Revision 5 by ann: changed route chat, and 1 more"
            );
    }

    [Fact]
    public void Scale_OfBytes_IsRoundInTheirUnit() =>
        Draw([FigurePoint.None with { BytesOut = 11 * 1024 * 1024 }, .. new FigurePoint?[59]]).Bytes.Scale.ShouldBe("20\u202fMiB");

    [Theory]
    [InlineData(0, 0, "–", false)]
    [InlineData(120, 3, "3 of 120", true)]
    [InlineData(1000, 1, "1 of 1\u202f000", false)]
    [InlineData(1, 0, "0 of 1", false)]
    public void Errors_AreCounts(long requests, long errors, string words, bool isBad)
    {
        var recent = new RecentFigures(0, requests, errors);
        (FigureWords.Errors(recent), FigureWords.IsBad(recent)).ShouldBe((words, isBad));
    }

    private static FigurePoint Of(long success) => FigurePoint.None with { Success = success };

    private static TrendCharts Draw(FigurePoint?[] points, params RevisionRow[] revisions) =>
        new Trend(_hour, new(_hour.SpanAt(_now).From, [.. points]), [.. revisions], null).Charts;

    private static RevisionRow Revision(long number, double minute, string comment) =>
        new()
        {
            Id = number,
            CreatedUtc = _now.AddHours(-1).AddMinutes(minute).UtcDateTime,
            Author = "ann",
            Comment = comment,
            Origin = "edit",
            Summary = "changed route chat",
        };
}
