using Appliance.Proxy.Traffic;
using Appliance.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Proxy.Tests.Traffic;

public sealed class TrafficSamplerTests
{
    private readonly TrafficRegistry _traffic = new();
    private readonly FakeTimeProvider _time = TestTime.New();

    [Fact]
    public void Sample_AfterTwoSeconds_RatesAreThoseOfTheTimeBetween()
    {
        var id = Guid.NewGuid();
        var sampler = Sampler();
        for (var index = 0; index < 10; index++)
            Serve(_traffic.Route(id), index < 8 ? 200 : 503);
        _time.Advance(TimeSpan.FromSeconds(2));
        sampler.Sample();
        var route = sampler.Current.Routes[id];
        route.RequestsPerSecond.ShouldBe(5);
        route.ErrorsPerSecond.ShouldBe(1);
        route.BytesPerSecond.ShouldBe(10 * 30 / 2);
        route.P95.TotalMilliseconds.ShouldBe(20, 2.5);
        _time.Advance(TimeSpan.FromSeconds(1));
        sampler.Sample();
        sampler.Current.Routes[id].RequestsPerSecond.ShouldBe(0);
        sampler.Current.Routes[id].P95.ShouldBe(TimeSpan.Zero);
        sampler.Current.Routes[id].Counts.Requests.ShouldBe(10);
    }

    [Fact]
    public void Sample_WebSockets_HistoryHasOpenedClosedAndOpen()
    {
        var sampler = Sampler();
        _traffic.Total.SocketOpened();
        _traffic.Total.SocketOpened();
        _traffic.Total.AddMessages(3, 30, 4, 40);
        _time.Advance(TimeSpan.FromSeconds(1));
        sampler.Sample();
        _traffic.Total.SocketClosed();
        _time.Advance(TimeSpan.FromSeconds(1));
        sampler.Sample();
        sampler
            .Current.History.Select(point => (point.SocketsOpen, point.SocketsOpened, point.SocketsClosed))
            .ShouldBe([(2, 2, 0), (1, 0, 1)]);
        sampler.Current.History.Select(point => point.Messages).ShouldBe([7, 0]);
        sampler.Current.History.Select(point => point.Bytes).ShouldBe([70, 0]);
    }

    [Fact]
    public void Sample_OneSecond_HistoryTellsStatusClassesApart()
    {
        var sampler = Sampler();
        foreach (var status in new[] { 200, 204, 301, 404, 404, 404, 500 })
            Serve(_traffic.Total, status);
        _time.Advance(TimeSpan.FromSeconds(1));
        sampler.Sample();
        var point = sampler.Current.History.ShouldHaveSingleItem();
        (point.Success, point.Redirection, point.ClientErrors, point.ServerErrors, point.Requests).ShouldBe((2, 1, 3, 1, 7));
    }

    [Fact]
    public void Sample_MoreThanFifteenMinutes_KeepsTheNewest()
    {
        var sampler = Sampler();
        for (var second = 0; second < TrafficSampler.HistorySeconds + 5; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            sampler.Sample();
        }

        sampler.Current.History.Length.ShouldBe(TrafficSampler.HistorySeconds);
        sampler.Current.History[^1].At.ShouldBe(_time.GetUtcNow());
    }

    [Fact]
    public void Sample_RouteForgotten_IsNotInTheView()
    {
        var id = Guid.NewGuid();
        var sampler = Sampler();
        Serve(_traffic.Route(id), 200);
        sampler.Sample();
        _traffic.Retain(new HashSet<Guid>(), new HashSet<Guid>());
        sampler.Sample();
        sampler.Current.Routes.ShouldBeEmpty();
    }

    private TrafficSampler Sampler() => new(_traffic, _time);

    private static void Serve(ExchangeTraffic counters, int status)
    {
        counters.Begin();
        counters.End(status, TimeSpan.FromMilliseconds(20), 10, 20);
    }
}
