using Appliance.Proxy.Config;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Upstreams;
using Appliance.Testing;
using Appliance.Web.Sockets;

namespace Appliance.Web.Tests.Sockets;

public sealed class DrainTests
{
    private static readonly UpstreamPool _pool = new()
    {
        Name = "p",
        Servers = [new() { Address = "http://a:1" }, new() { Address = "http://b:1" }, new() { Address = "http://c:1", Down = true }],
    };

    [Fact]
    public void Alone_AnotherServerTakes_IsNoWarning() => DrainTargets.Alone(_pool, "http://a:1", []).ShouldBeNull();

    [Fact]
    public void Alone_OthersAreDownOrDrained_Warns() =>
        DrainTargets
            .Alone(_pool, "http://A:1", [Drained("http://b:1")])
            .ShouldBe("No other server of pool p takes anything: while it is drained, requests and new WebSockets are answered 503.");

    [Fact]
    public void NameOf_Renamed_IsTheNameNowElseTheOneThen()
    {
        var order = Drained("http://b:1").Order;
        DrainTargets.NameOf(new ProxyConfig { UpstreamPools = [_pool with { Name = "q" }] }, order).ShouldBe("server http://b:1 of pool q");
        DrainTargets.NameOf(new ProxyConfig(), order).ShouldBe("as it was");
        var route = Configs.Proxy("r");
        DrainTargets.NameOf(new ProxyConfig { Routes = [route] }, DrainTargets.Of(route)).ShouldBe("route r");
    }

    [Fact]
    public void Draft_StayAndLeave_AreReadAsChosen()
    {
        new DrainDraft { Window = "nonsense", Reason = "unused" }
            .Read()
            .ShouldBe(new DrainChoice(null, TimeSpan.Zero)); // they stay: the rest does not count
        var choice = new DrainDraft
        {
            Leave = true,
            Code = "1012",
            Reason = " new version ",
            Window = " 2m ",
        }
            .Read()
            .ShouldNotBeNull();
        (choice.Leave!.Code, choice.Leave.Reason, choice.Leave.End, choice.Window).ShouldBe(
            (1012, "new version", TunnelEnd.Drain, TimeSpan.FromMinutes(2))
        );
        new DrainDraft { Leave = true, Window = "2d" }
            .Read()
            .ShouldBeNull();
        new DrainDraft { Leave = true, Reason = new('x', 124) }
            .ReasonFault.ShouldNotBeNull()
            .ShouldContain("123 bytes");
    }

    private static DrainStatus Drained(string address) =>
        new(
            new()
            {
                Target = DrainTargets.Of(_pool, address),
                Name = "as it was",
                By = "ann",
            },
            DateTimeOffset.UnixEpoch,
            0,
            0,
            TimeSpan.Zero
        );
}
