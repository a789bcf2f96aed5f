using Appliance.Data.Figures;
using Appliance.Proxy.Traffic;
using Appliance.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Data.Tests.Figures;

public sealed class FigureMeterTests
{
    private static readonly FigureItem _chat = FigureItem.Of(Guid.NewGuid());
    private readonly FakeTimeProvider _time = TestTime.New();
    private readonly FigureMeter _meter;
    private readonly RouteTraffic _total = new();
    private RouteTraffic? _route;

    public FigureMeterTests() => _meter = new(_time);

    [Fact]
    public void Take_NothingCarried_HasTheWholeProxyAlone()
    {
        _route = new();
        Look();
        _meter.Take().ShouldBe([new(FigureItem.Total, FigurePoint.None)]);
    }

    [Fact]
    public void Take_Twice_HasWhatCameBetween()
    {
        _route = new();
        Answer(200, 3);
        Look();
        Of(_meter.Take()).ShouldNotBeNull().Success.ShouldBe(3);
        Answer(502, 2);
        Look();
        var second = Of(_meter.Take()).ShouldNotBeNull();
        (second.Success, second.ServerErrors, second.BytesIn, second.BytesOut).ShouldBe((0, 2, 20, 200));
        second.Latencies.Percentile(0.5).TotalMilliseconds.ShouldBe(4, 0.5);
        Look();
        Of(_meter.Take()).ShouldBeNull();
    }

    [Fact]
    public void Take_MostSockets_AreThoseOfTheFullestSecond()
    {
        _route = new();
        for (var index = 0; index < 3; index++)
            _route.SocketOpened();
        Look();
        _route.SocketClosed();
        _route.SocketClosed();
        Look();
        Of(_meter.Take()).ShouldNotBeNull().MostSockets.ShouldBe(3);

        // The one that stays open is in every minute that follows.
        Look();
        Of(_meter.Take()).ShouldNotBeNull().ShouldBe(FigurePoint.None with { MostSockets = 1 });
    }

    [Fact]
    public void Take_ItemIsGone_HasItsLastFigures()
    {
        _route = new();
        Answer(200, 1);
        Look();
        Answer(200, 4);
        _route = null;
        Look();
        Of(_meter.Take()).ShouldNotBeNull().Success.ShouldBe(5);
        Of(_meter.Take()).ShouldBeNull();
        _meter.Of(_chat).ShouldBe(default);
    }

    // A server that is taken out of its pool and put back has its counters from before.
    [Fact]
    public void Take_ItemIsBack_CountsOnlyWhatIsNew()
    {
        var route = _route = new();
        Answer(200, 100);
        Look();
        Of(_meter.Take()).ShouldNotBeNull().Success.ShouldBe(100);
        _route = null;
        Look();
        _meter.Take();
        _route = route;
        Answer(200, 2);
        Look();
        Of(_meter.Take()).ShouldNotBeNull().Success.ShouldBe(2);
    }

    [Fact]
    public void Take_CountersBeganAgain_CountsFromZero()
    {
        _route = new();
        Answer(200, 100);
        Look();
        _meter.Take();
        _route = new();
        Answer(200, 7);
        Look();
        Of(_meter.Take()).ShouldNotBeNull().Success.ShouldBe(7);
    }

    // Deleted and made again between two looks: what was not written of the counters before is in the same minute.
    [Fact]
    public void Take_CountersBeganAgain_HasWhatTheOnesBeforeCounted()
    {
        _route = new();
        Answer(200, 100);
        Look();
        Answer(200, 5);
        _route = new();
        Answer(200, 7);
        Look();
        Of(_meter.Take()).ShouldNotBeNull().Success.ShouldBe(112);
        Look();
        Of(_meter.Take()).ShouldBeNull();
    }

    [Fact]
    public void Of_EvenTraffic_DoesNotFlip()
    {
        _route = new();
        for (var second = 0; second < 600; second++)
        {
            Answer(second % 10 == 0 ? 500 : 200, 2);
            Look();
            if (second <= 310)
                continue;
            var recent = _meter.Of(_chat);
            recent.Minute.ShouldBeInRange(118, 122);
            recent.Requests.ShouldBeInRange(598, 602);
            recent.Errors.ShouldBeInRange(58, 62);
        }
    }

    [Fact]
    public void Of_OneBurst_LeavesAfterAMinuteAndAfterFive()
    {
        _route = new();
        Seconds(15);
        Answer(503, 3);
        Answer(200, 117);
        Seconds(1);
        _meter.Of(_chat).ShouldBe(new(120, 120, 3));
        Seconds(48);
        _meter.Of(_chat).Minute.ShouldBe(120);
        Seconds(20);
        _meter.Of(_chat).ShouldBe(new(0, 120, 3));
        Seconds(240);
        (_meter.Of(_chat).Requests, _meter.Of(_chat).Errors).ShouldBe((0, 0));

        // And again, after the readings of the quiet time were given back.
        Seconds(700);
        Answer(200, 5);
        Seconds(1);
        _meter.Of(_chat).ShouldBe(new(5, 5, 0));
    }

    [Fact]
    public void Of_LooksThatDidNotCome_ForgetNothing()
    {
        _route = new();
        Answer(200, 9);
        Look();
        _time.Advance(TimeSpan.FromMinutes(2));
        Answer(500, 1);
        Look();
        (_meter.Of(_chat).Requests, _meter.Of(_chat).Errors).ShouldBe((10, 1));
        _time.Advance(TimeSpan.FromHours(3));
        Look();
        _meter.Of(_chat).Requests.ShouldBe(0);
    }

    [Fact]
    public void Of_Latencies_AreThoseOfFiveMinutes()
    {
        _route = new();
        Answer(200, 10, milliseconds: 900);
        Look();
        for (var minute = 0; minute < 6; minute++)
        {
            P95().ShouldBeGreaterThan(1);
            Answer(200, 1, milliseconds: 2);
            Seconds(60);
            _meter.Take();
        }

        P95().ShouldBe(2, 0.3, "the slow ones were more than five minutes ago");
    }

    [Fact]
    public void Now_IsWhatCameSinceTheLastTake()
    {
        _route = new();
        Answer(200, 3);
        Look();
        _meter.Take();
        Answer(200, 2);
        var (unwritten, all) = _meter.Now(_chat);
        unwritten.Requests.ShouldBe(2);
        all.Requests.ShouldBeGreaterThan(2);
        _meter.Now(FigureItem.Of(Guid.NewGuid())).ShouldBe((FigurePoint.None, default));
    }

    private static FigurePoint? Of(IReadOnlyList<KeyValuePair<FigureItem, FigurePoint>> points) =>
        points.FirstOrDefault(pair => pair.Key == _chat).Value;

    private double P95() => _meter.LatenciesOf(_chat).Percentile(0.95).TotalMilliseconds;

    private void Answer(int status, int count, double milliseconds = 4)
    {
        for (var index = 0; index < count; index++)
        {
            foreach (var traffic in (RouteTraffic[])[_total, _route!]) // every test that answers has a route
            {
                traffic.Begin();
                traffic.End(status, TimeSpan.FromMilliseconds(milliseconds), 10, 100);
            }
        }
    }

    private void Seconds(int count)
    {
        for (var second = 0; second < count; second++)
            Look();
    }

    private void Look()
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        _meter.Look(_route is null ? [new(FigureItem.Total, _total)] : [new(FigureItem.Total, _total), new(_chat, _route)]);
    }
}
