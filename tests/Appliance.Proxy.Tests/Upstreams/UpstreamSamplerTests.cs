using Appliance.Proxy.Traffic;
using Appliance.Proxy.Upstreams;
using Appliance.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Proxy.Tests.Upstreams;

public sealed class UpstreamSamplerTests
{
    private readonly FakeTimeProvider _time = TestTime.New();
    private readonly UpstreamRegistry _upstreams;

    public UpstreamSamplerTests() => _upstreams = new(new TrafficRegistry(), _time);

    [Fact]
    public void Sample_ServerThatFailed_IsFailingThenOnTrial()
    {
        var pool = new UpstreamPool
        {
            Name = "p",
            Servers = [new() { Address = "http://a:1" }, new() { Address = "http://b:1", Down = true }, new() { Address = "http://c:1" }],
        };
        var bound = _upstreams.Bind(pool);
        var sampler = new UpstreamSampler(_upstreams, _time);
        var tried = default(TriedServers);
        using (var lease = bound.Choose(null, ref tried)!)
            lease.Failed("It is away.");
        sampler.Sample();
        var servers = sampler.Current.Pools[pool.Id].Servers;
        servers.Select(server => server.Condition).ShouldBe([ServerCondition.Failing, ServerCondition.Down, ServerCondition.Untried]);
        servers[0].LastError.ShouldBe("It is away.");
        servers[0].LastErrorAt.ShouldBe(_time.GetUtcNow());
        _time.Advance(TimeSpan.FromSeconds(11));
        sampler.Sample();
        sampler.Current.Pools[pool.Id].Servers[0].Condition.ShouldBe(ServerCondition.Trial);
    }

    [Theory]
    [InlineData("http://a:1", null, true, ServerCarrier.OwnHttp1)]
    [InlineData("http://a:1", null, false, ServerCarrier.YarpHttp1)]
    [InlineData("h2c://a:1", null, true, ServerCarrier.YarpHttp2)]
    [InlineData("https://a:1", null, true, ServerCarrier.Unknown)]
    [InlineData("https://a:1", false, true, ServerCarrier.OwnHttp1)]
    [InlineData("https://a:1", false, false, ServerCarrier.YarpHttp1)]
    [InlineData("https://a:1", true, true, ServerCarrier.YarpHttp2)]
    public void Sample_WhatCarriesRequests_IsWhatTheServerChose(string address, bool? isHttp2, bool hasOwn, ServerCarrier carrier)
    {
        var pool = new UpstreamPool { Name = "p", Servers = [new() { Address = address }] };
        var bound = _upstreams.Bind(pool);
        var sampler = new UpstreamSampler(_upstreams, _time, hasOwn);
        if (isHttp2 is { } learned)
            bound.Servers[0].Protocol.Learn(pool.Tls, learned);
        sampler.Sample();
        sampler.Current.Pools[pool.Id].Servers[0].Carrier.ShouldBe(carrier);

        // What was found out under other settings of TLS is not known under these.
        if (isHttp2 is null)
            return;
        _upstreams.Bind(pool with { Tls = new() { ServerName = "b.example.com" } });
        sampler.Sample();
        sampler.Current.Pools[pool.Id].Servers[0].Carrier.ShouldBe(ServerCarrier.Unknown);
    }

    // What one server of a pool of so many answers: + an answer, - a failure, t its time out of service is over.
    [Theory]
    [InlineData(1, 1, "", ServerCondition.Untried)]
    [InlineData(1, 1, "+", ServerCondition.Up)]
    [InlineData(1, 1, "-", ServerCondition.Failing)]
    [InlineData(1, 1, "-t", ServerCondition.Failing)]
    [InlineData(1, 1, "+-", ServerCondition.Failing)]
    [InlineData(1, 1, "+-+", ServerCondition.Up)]
    [InlineData(2, 0, "-", ServerCondition.Failing)]
    [InlineData(2, 0, "-+", ServerCondition.Up)]
    [InlineData(2, 1, "", ServerCondition.Untried)]
    [InlineData(2, 1, "-", ServerCondition.Failing)]
    [InlineData(2, 1, "-t", ServerCondition.Trial)]
    [InlineData(2, 1, "-t+", ServerCondition.Up)]
    [InlineData(2, 3, "-", ServerCondition.Failing)]
    [InlineData(2, 3, "+-", ServerCondition.Up)]
    [InlineData(2, 3, "+---", ServerCondition.Failing)]
    public void Sample_ServerAfterWhatItDid_IsWhatItIs(int servers, int maxFails, string did, ServerCondition condition)
    {
        var pool = new UpstreamPool
        {
            Name = "p",
            Servers =
            [
                new() { Address = "http://a:1", MaxFails = maxFails },
                .. Enumerable.Range(2, servers - 1).Select(number => new UpstreamServer { Address = $"http://b:{number}" }),
            ],
        };
        var bound = _upstreams.Bind(pool);
        var sampler = new UpstreamSampler(_upstreams, _time);
        foreach (var one in did)
        {
            _time.Advance(one == 't' ? TimeSpan.FromSeconds(11) : TimeSpan.FromMilliseconds(1));
            if (one == 't')
                continue;
            var tried = default(TriedServers);
            ServerLease lease;
            while ((lease = bound.Choose(null, ref tried)!).Server != bound.Servers[0])
                lease.Dispose();
            using (lease)
            {
                if (one == '+')
                    lease.Succeeded();
                else
                    lease.Failed("It is away.");
            }
        }

        sampler.Sample();
        sampler.Current.Pools[pool.Id].Servers[0].Condition.ShouldBe(condition);
    }

    [Fact]
    public void Sample_EveryServerFails_NoneIsUpAndTheFirstFailureIsTold()
    {
        var pool = new UpstreamPool { Name = "p", Servers = [new() { Address = "http://a:1" }, new() { Address = "http://b:1" }] };
        var bound = _upstreams.Bind(pool);
        var sampler = new UpstreamSampler(_upstreams, _time);
        var since = _time.GetUtcNow();
        for (var round = 0; round < 3; round++)
        {
            // Both fail, and then the failure marks of all are cleared.
            var tried = default(TriedServers);
            while (bound.Choose(null, ref tried) is { } lease)
            {
                using (lease)
                    lease.Failed("It is away.");
            }

            _time.Advance(TimeSpan.FromSeconds(5));
        }

        sampler.Sample();
        var servers = sampler.Current.Pools[pool.Id].Servers;
        servers.Select(server => server.Condition).ShouldBe([ServerCondition.Failing, ServerCondition.Failing]);
        servers.Select(server => server.FailingSince).ShouldBe([since, since]);
        servers.Select(server => server.Failures).ShouldBe([3, 3]);
    }

    [Fact]
    public void Sample_ServerThatCouldNotBeUsed_IsNotTriedYet()
    {
        var pool = new UpstreamPool { Name = "p", Servers = [new() { Address = "http://a:1" }] };
        var bound = _upstreams.Bind(pool);
        var sampler = new UpstreamSampler(_upstreams, _time);
        var tried = default(TriedServers);
        using (var lease = bound.Choose(null, ref tried)!)
            lease.Noted("This machine has no connection left.");
        sampler.Sample();
        sampler.Current.Pools[pool.Id].Servers[0].Condition.ShouldBe(ServerCondition.Untried);
    }

    [Fact]
    public void Sample_ServerAtItsLimit_IsFull()
    {
        var pool = new UpstreamPool
        {
            Name = "p",
            Servers = [new() { Address = "http://a:1", MaxConns = 1 }, new() { Address = "http://b:1" }],
        };
        var bound = _upstreams.Bind(pool);
        var sampler = new UpstreamSampler(_upstreams, _time);
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
        var bound = _upstreams.Bind(pool);
        var sampler = new UpstreamSampler(_upstreams, _time);
        bound.Servers[0].Traffic.Begin();
        bound.Servers[0].Traffic.End(502, TimeSpan.FromMilliseconds(3), 0, 0);
        _time.Advance(TimeSpan.FromSeconds(2));
        sampler.Sample();
        sampler.Current.Pools[pool.Id].Servers[0].Figures.ErrorsPerSecond.ShouldBe(0.5);
        _time.Advance(TimeSpan.FromSeconds(1));
        sampler.Sample();
        sampler.Current.Pools[pool.Id].Servers[0].Figures.ErrorsPerSecond.ShouldBe(0);
    }

    // It keeps its counters, as a WebSocket holds it; what they had counted was not carried in the second in which it came back.
    [Fact]
    public void Sample_ServerIsPutBack_HasTheRateOfWhatIsNew()
    {
        var pool = new UpstreamPool { Name = "p", Servers = [new() { Address = "http://a:1" }, new() { Address = "http://b:1" }] };
        var bound = _upstreams.Bind(pool);
        var sampler = new UpstreamSampler(_upstreams, _time);
        var server = bound.Servers[0];
        var tried = default(TriedServers);
        ServerLease lease;
        while ((lease = bound.Choose(null, ref tried)!).Server != server)
            lease.Dispose();
        using (lease)
        {
            Answer(100);
            Second();
            _upstreams.Sweep([_upstreams.Bind(pool with { Servers = [pool.Servers[1]] })]);
            Answer(20);
            Second();
            _upstreams.Sweep([_upstreams.Bind(pool)]);
            Second();
            sampler.Current.Pools[pool.Id].Servers[0].Figures.RequestsPerSecond.ShouldBe(0);
            Answer(3);
            Second();
            sampler.Current.Pools[pool.Id].Servers[0].Figures.RequestsPerSecond.ShouldBe(3);
        }

        void Answer(int count)
        {
            for (var index = 0; index < count; index++)
            {
                server.Traffic.Begin();
                server.Traffic.End(200, TimeSpan.FromMilliseconds(3), 0, 0);
            }
        }

        void Second()
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            sampler.Sample();
        }
    }

    // Gone and there again between two looks, with counters that begin again.
    [Fact]
    public void Sample_ServerHasOtherCounters_HasNoRateBelowZero()
    {
        var pool = new UpstreamPool { Name = "p", Servers = [new() { Address = "http://a:1" }] };
        var sampler = new UpstreamSampler(_upstreams, _time);
        Answer(_upstreams.Bind(pool), 100);
        _upstreams.Sweep([]);
        Answer(_upstreams.Bind(pool), 2).ShouldBe(2);

        double Answer(CompiledPool bound, int count)
        {
            for (var index = 0; index < count; index++)
            {
                bound.Servers[0].Traffic.Begin();
                bound.Servers[0].Traffic.End(200, TimeSpan.FromMilliseconds(3), 0, 0);
            }

            _time.Advance(TimeSpan.FromSeconds(1));
            sampler.Sample();
            return sampler.Current.Pools[pool.Id].Servers[0].Figures.RequestsPerSecond;
        }
    }

    [Fact]
    public void Sample_PoolThatIsGone_IsNotInTheView()
    {
        var pool = new UpstreamPool { Name = "p", Servers = [new() { Address = "http://a:1" }] };
        _upstreams.Bind(pool);
        var sampler = new UpstreamSampler(_upstreams, _time);
        sampler.Sample();
        sampler.Current.Pools.Keys.ShouldBe([pool.Id]);
        _upstreams.Sweep([]);
        sampler.Sample();
        sampler.Current.Pools.ShouldBeEmpty();
    }
}
