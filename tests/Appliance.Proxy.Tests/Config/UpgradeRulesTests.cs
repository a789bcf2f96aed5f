using Appliance.Proxy.Config;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Config;

/// <summary>What a route may let through besides WebSockets.</summary>
public sealed class UpgradeRulesTests
{
    [Theory]
    [InlineData("tcp", null)]
    [InlineData("SPDY/3.1", null)]
    [InlineData("tailscale-control-protocol", null)]
    [InlineData("", "bad_upgrade")]
    [InlineData("a b", "bad_upgrade")]
    [InlineData("a/b/c", "bad_upgrade")]
    [InlineData("tcp/", "bad_upgrade")]
    [InlineData("tcp,x", "bad_upgrade")]
    [InlineData("WebSocket", "upgrade_not_needed")]
    [InlineData("websocket/13", "upgrade_not_needed")]
    [InlineData("h2c", "upgrade_not_possible")]
    [InlineData("H2C", "upgrade_not_possible")]
    [InlineData("HTTP/2.0", "upgrade_not_possible")]
    [InlineData("TLS/1.2", "upgrade_not_possible")]
    public void Upgrade_OfARoute_IsJudged(string upgrade, string? code)
    {
        var route = Configs.Proxy("docker", "/", "pool") with { Upgrades = ["other", upgrade] };
        var problems = new ConfigValidator()
            .Check(ProxyConfig.Empty, new() { Routes = [route], UpstreamPools = [Configs.Pool("pool", "http://127.0.0.1:1")] })
            .Errors;

        if (code is null)
            problems.ShouldBeEmpty();
        else
            problems
                .ShouldHaveSingleItem()
                .ShouldSatisfyAllConditions(
                    problem => problem.Code.ShouldBe(code),
                    problem => problem.Path.ShouldBe("routes/docker/upgrades/1")
                );
    }
}
