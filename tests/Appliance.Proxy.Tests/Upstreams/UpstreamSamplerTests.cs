using Appliance.Proxy.Traffic;
using Appliance.Proxy.Upstreams;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Upstreams;

public sealed class UpstreamSamplerTests
{
    private readonly SteppedTime time = new();
    private readonly UpstreamRegistry upstreams;

    public UpstreamSamplerTests() => upstreams = new(new TrafficRegistry(), time);

    [Fact]
    public void Sample_ServerThatFailed_IsFailingThenOnTrial()
    {
        var pool = new UpstreamPool { Name = "p", Servers = [new() { Address = "http://a:1" }, new() { Address = "http://b:1", Down = true }, new() { Address = "http://c:1" }] };
        var bound = upstreams.Bind(pool);
        var sampler = new UpstreamSampler(upstreams, time);
        var tried = default(TriedServers);
        using (var lease = bound.Choose(null, ref tried)!)
            lease.Failed("It is away.");
        sampler.Sample();
        var servers = sampler.Current.Pools[pool.Id].Servers;
        servers.Select(server => server.Condition).ShouldBe([ServerCondition.Failing, ServerCondition.Down, ServerCondition.Up]);
        servers[0].LastError.ShouldBe("It is away.");
        servers[0].LastErrorAt.ShouldBe(time.GetUtcNow());
        time.Step(TimeSpan.FromSeconds(11));
        sampler.Sample();
        sampler.Current.Pools[pool.Id].Servers[0].Condition.ShouldBe(ServerCondition.Trial);
    }

    [Fact]
    public void Sample_ServerAtItsLimit_IsFull()
    {
        var pool = new UpstreamPool { Name = "p", Servers = [new() { Address = "http://a:1", MaxConns = 1 }, new() { Address = "http://b:1" }] };
        var bound = upstreams.Bind(pool);
        var sampler = new UpstreamSampler(upstreams, time);
        var tried = default(TriedServers);
        using var lease = bound.Choose(null, ref tried)!;
        sampler.Sample();
        var server = sampler.Current.Pools[pool.Id].Servers[0];
        server.Condition.ShouldBe(ServerCondition.Full);
        server.Active.ShouldBe(1);
    }

    [Fact]
    public void Sample_Traffic_RatesAreThoseOfTheTimeBetween()
    {
        var pool = new UpstreamPool { Name = "p", Servers = [new() { Address = "http://a:1" }] };
        var bound = upstreams.Bind(pool);
        var sampler = new UpstreamSampler(upstreams, time);
        bound.Servers[0].Traffic.Begin();
        bound.Servers[0].Traffic.End(502, TimeSpan.FromMilliseconds(3), 0, 0);
        time.Step(TimeSpan.FromSeconds(2));
        sampler.Sample();
        sampler.Current.Pools[pool.Id].Servers[0].Figures.ErrorsPerSecond.ShouldBe(0.5);
        time.Step(TimeSpan.FromSeconds(1));
        sampler.Sample();
        sampler.Current.Pools[pool.Id].Servers[0].Figures.ErrorsPerSecond.ShouldBe(0);
    }

    [Fact]
    public void Sample_PoolThatIsGone_IsNotInTheView()
    {
        var pool = new UpstreamPool { Name = "p", Servers = [new() { Address = "http://a:1" }] };
        upstreams.Bind(pool);
        var sampler = new UpstreamSampler(upstreams, time);
        sampler.Sample();
        sampler.Current.Pools.Keys.ShouldBe([pool.Id]);
        upstreams.Sweep([]);
        sampler.Sample();
        sampler.Current.Pools.ShouldBeEmpty();
    }
}
