using System.Collections.Immutable;
using Appliance.Proxy.Config;
using Appliance.Proxy.Forwarding;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Routing;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Routing;

/// <summary>A regex that has not decided must not open what it closes.</summary>
public sealed class RegexOutOfTimeTests
{
    private const string Slow = @"^/?(?:a|aa)+(?<!b)$";
    private static readonly string _long = new string('a', 200) + "!";

    public static TheoryData<string, string> Doors =>
        new()
        {
            { "path", Slow },
            { "host", "~" + Slow },
            { "condition on X-Kind", Slow },
            { "condition on kind", Slow },
            { "row 1 of $kind", Slow },
        };

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task DenyRoute_RegexRunsOutOfTime_Is500AndSaysWhich(string place, string pattern)
    {
        await using var backend = new RecordingBackend();
        var config = Denying(place, backend.Address);
        await using var proxy = await ProxyUnderTest.StartAsync(config);
        var (target, host, headers) = place switch
        {
            "path" => ("/" + _long, "localhost", ""),
            "host" => ("/", _long.TrimEnd('!') + "-", ""),
            "condition on kind" => ("/?kind=" + _long, "localhost", ""),
            _ => ("/", "localhost", $"X-Kind: {_long}\r\n"),
        };

        (await RawHttp.GetAsync(proxy.Port, target, host, headers)).Status.ShouldBe(500);
        (await RawHttp.GetAsync(proxy.Port, target, host, headers)).Status.ShouldBe(500);

        backend.Requests.ShouldBeEmpty();
        var deny = config.Routes[0];
        var slow = proxy.Host.Traffic.Route(deny.Id).SlowRegex.ShouldNotBeNull();
        (slow.Place, slow.Pattern, slow.Count).ShouldBe((place, pattern, 2L));
        await Eventually.TrueAsync(
            () => Task.FromResult(proxy.Host.View.SlowRegexes.GetValueOrDefault(deny.Id) == slow),
            "the view has it"
        );
        (await RawHttp.GetAsync(proxy.Port, "/fine")).Status.ShouldBe(200, "other requests and the server are as good as before");
        var preview = RequestPreview
            .Compile(config, null)
            .Follow(
                new()
                {
                    Host = host,
                    Target = target,
                    Headers = headers.Length > 0 ? [("X-Kind", _long)] : [],
                }
            );
        preview.Note.ShouldNotBeNull().ShouldStartWith("500: the regex");
    }

    [Theory]
    [InlineData("request")]
    [InlineData("response")]
    [InlineData("location")]
    [InlineData("body")]
    public async Task Map_RegexRunsOutOfTimeWhereverItIsRead_Is500AndNobodysFailure(string where)
    {
        await using var first = new RecordingBackend();
        await using var second = new RecordingBackend();
        var rule = ImmutableArray.Create<Appliance.Proxy.Headers.HeaderRule>(
            new Appliance.Proxy.Headers.HeaderRule { Name = "X", Value = "$through" }
        );
        Route route = where switch
        {
            "location" => new()
            {
                Name = "r",
                Action = new RouteAction.Redirect { Location = "https://x/$through" },
            },
            "body" => new()
            {
                Name = "r",
                Action = new RouteAction.Respond { Body = "$through" },
            },
            _ => Configs.Proxy("r") with
            {
                RequestHeaders = where == "request" ? rule : [],
                ResponseHeaders = where == "response" ? rule : [],
            },
        };
        await using var proxy = await ProxyUnderTest.StartAsync(
            new()
            {
                Routes = [route],
                HeaderMaps =
                [
                    Map,
                    new()
                    {
                        Name = "$through",
                        Source = "$kind",
                        Default = "open",
                    },
                ],
                UpstreamPools = [Configs.Pool("backend", first.Address, second.Address)],
            }
        );

        for (var round = 0; round < 3; round++)
            (await RawHttp.GetAsync(proxy.Port, "/", headers: $"X-Kind: {_long}\r\n")).Status.ShouldBe(500);

        first.Requests.Concat(second.Requests).ShouldBeEmpty();
        proxy.Host.Traffic.Route(route.Id).Read().ServerErrors.ShouldBe(3);
        proxy.Host.Traffic.Route(route.Id).SlowRegex.ShouldNotBeNull().Place.ShouldBe("row 1 of $kind");
        for (var round = 0; round < 4; round++)
            (await RawHttp.GetAsync(proxy.Port, "/")).Status.ShouldBeLessThan(400, "no server was taken out");
    }

    private static HeaderMap Map =>
        new()
        {
            Name = "$kind",
            Source = "$http_x_kind",
            Default = "open",
            Rows =
            [
                new()
                {
                    Kind = HeaderMapRowKind.Regex,
                    Pattern = Slow,
                    Value = "closed",
                },
            ],
        };

    private static ProxyConfig Denying(string place, string server)
    {
        ValueCondition condition = new()
        {
            Name = place.EndsWith("X-Kind", StringComparison.Ordinal) ? "X-Kind" : "kind",
            Kind = ConditionKind.Regex,
            Value = Slow,
        };
        Route deny = new()
        {
            Name = "deny",
            Action = new RouteAction.Respond { Status = 403 },
        };
        deny = place switch
        {
            "path" => deny with { Path = Slow, PathKind = PathKind.Regex },
            "host" => deny with { Hosts = ["~" + Slow] },
            "condition on X-Kind" => deny with { HeaderConditions = [condition] },
            "condition on kind" => deny with { QueryConditions = [condition] },
            _ => deny with
            {
                Path = "/",
                Action = new RouteAction.Respond { Body = "$kind" },
            },
        };
        return new()
        {
            Routes = place.StartsWith("row", StringComparison.Ordinal) ? [deny] : [deny, Configs.Proxy("open")],
            HeaderMaps = [Map],
            UpstreamPools = [Configs.Pool("backend", server)],
        };
    }
}
