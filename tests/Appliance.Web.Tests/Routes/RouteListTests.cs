using Appliance.Proxy.Routing;
using Appliance.Testing;
using Appliance.Web.Routes;

namespace Appliance.Web.Tests.Routes;

public sealed class RouteListTests
{
    [Fact]
    public void ByHost_EveryKind_IsTheOrderInWhichTheyMatch()
    {
        Route[] routes =
        [
            Configs.Proxy("default"),
            Configs.Proxy("regex host") with
            {
                Hosts = ["~^x"],
            },
            Configs.Proxy("tail") with
            {
                Hosts = ["mail.*"],
            },
            Configs.Proxy("short mask") with
            {
                Hosts = ["*.com"],
            },
            Configs.Proxy("long mask") with
            {
                Hosts = ["*.example.com"],
            },
            Configs.Proxy("short") with
            {
                Hosts = ["h"],
            },
            Configs.Proxy("long", "/aa") with
            {
                Hosts = ["h"],
            },
            Configs.Proxy("r2", "^/2") with
            {
                Hosts = ["h"],
                PathKind = PathKind.Regex,
            },
            Configs.Proxy("r1", "^/1") with
            {
                Hosts = ["h"],
                PathKind = PathKind.RegexIgnoreCase,
            },
            Configs.Proxy("no regex", "/b") with
            {
                Hosts = ["h"],
                PathKind = PathKind.PrefixNoRegex,
            },
            Configs.Proxy("exact", "/") with
            {
                Hosts = ["h"],
                PathKind = PathKind.Exact,
            },
        ];
        RouteList
            .ByHost(routes)
            .Select(row => row.Route.Name)
            .ShouldBe(["exact", "no regex", "r2", "r1", "long", "short", "long mask", "short mask", "tail", "regex host", "default"]);
    }

    [Fact]
    public void Move_Regex_PassesOthersOfItsHostOnly()
    {
        static Route Regex(string name, string host) => Configs.Proxy(name, "^/" + name) with { PathKind = PathKind.Regex, Hosts = [host] };
        Route[] routes = [Regex("a", "one"), Configs.Proxy("plain") with { Hosts = ["one"] }, Regex("x", "two"), Regex("b", "one")];
        RouteOrder.Move([.. routes], routes[3].Id, -1).Select(route => route.Name).ShouldBe(["b", "a", "plain", "x"]);
        RouteOrder.Move([.. routes], routes[3].Id, 1).ShouldBe([.. routes]);
    }

    [Fact]
    public void Does_NamesPoolAndPath()
    {
        RouteWords.Does(Configs.Proxy("r", pool: "api")).ShouldBe("→ pool api");
        RouteWords.Does(Configs.Proxy("r", "/api/", "api", "/v2/")).ShouldBe("→ pool api, path /v2/");
        RouteWords
            .Does(
                Configs.Proxy("r") with
                {
                    Action = new RouteAction.Redirect { Status = 308, Location = "https://$host" },
                }
            )
            .ShouldBe("→ 308, https://$host");
        RouteWords.Does(Configs.Proxy("r") with { Action = new RouteAction.Respond { Status = 418 } }).ShouldBe("answers 418");
    }
}
