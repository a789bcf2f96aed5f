using System.Collections.Immutable;
using Appliance.Proxy.Config;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Traffic;
using Appliance.Testing;
using Appliance.Web.Routes;

namespace Appliance.Web.Tests.Routes;

public sealed class RouteRegexesTests
{
    private const string Pattern = "^(a|aa)+$";

    public static TheoryData<string> Places => ["path", "host", "condition", "map"];

    [Theory]
    [MemberData(nameof(Places))]
    public void Slow_RegexIsStillThere_IsShownUntilItIsChanged(string place)
    {
        var route = Configs.Proxy("r");
        var changed = route;
        route = place switch
        {
            "path" => route with { Path = Pattern, PathKind = PathKind.Regex },
            "host" => route with { Hosts = ["~" + Pattern] },
            "condition" => route with
            {
                QueryConditions =
                [
                    new()
                    {
                        Name = "q",
                        Kind = ConditionKind.Regex,
                        Value = Pattern,
                    },
                ],
            },
            _ => route,
        };
        HeaderMap map = new()
        {
            Name = "$m",
            Source = "$host",
            Rows =
            [
                new()
                {
                    Kind = HeaderMapRowKind.Regex,
                    Pattern = place == "map" ? Pattern : "x",
                    Value = "",
                },
            ],
        };
        var config = new ProxyConfig { Routes = [route], HeaderMaps = [map] };
        var slow = new SlowRegex(place, place == "host" ? "~" + Pattern : Pattern, 3, DateTimeOffset.UnixEpoch);
        var traffic = TrafficView.Empty with { SlowRegexes = ImmutableDictionary<Guid, SlowRegex>.Empty.Add(route.Id, slow) };

        RouteRegexes.Slow(traffic, config, route).ShouldBe(slow);
        RouteRegexes.Slow(traffic, config, Configs.Proxy("other")).ShouldBeNull();
        RouteRegexes.Slow(traffic, config with { HeaderMaps = [] }, changed).ShouldBeNull();
    }
}
