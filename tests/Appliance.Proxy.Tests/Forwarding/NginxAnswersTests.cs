using Appliance.Proxy.Config;
using Appliance.Proxy.Routing;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>What the comparison with nginx cannot ask for, because it looks at servers and redirects only.</summary>
public sealed class NginxAnswersTests
{
    [Theory]
    [InlineData("//evil.example/..%2fapi", "/api/")]
    [InlineData("/\\evil.example/../api", "/api/")]
    [InlineData("/api?x=//evil", "/api/?x=//evil")]
    [InlineData("/%61pi?", "/api/")]
    [InlineData("/x/..//api", "/api/")]
    [InlineData("http://evil.example/api", "/api/")]
    [InlineData("/m%C3%BC%20x%25", "/m%C3%BC%20x%25/")]
    public async Task SlashRedirect_Target_IsTheLocationsOwn(string target, string location)
    {
        await using var backend = new RecordingBackend();
        var config = Configs.All(backend.Address) with
        {
            Routes =
            [
                Configs.Proxy("one", "/api/") with
                {
                    ResponseHeaders = [new() { Name = "X-Rule", Value = "$host|$proxy_host|$proxy_port" }],
                },
                Configs.Proxy("two", "/mü x%/"),
            ],
        };
        await using var proxy = await ProxyUnderTest.StartAsync(config);

        var answer = await RawHttp.GetAsync(proxy.Port, target, "a.test");

        (answer.Status, answer.Value("Location")).ShouldBe((301, location));
        if (location.StartsWith("/api", StringComparison.Ordinal))
            answer.Value("X-Rule").ShouldNotBeNull().ShouldEndWith("||", Case.Sensitive, "nothing is proxied");
        backend.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task SlashRedirect_ConditionsChooseTheRoute_ItsHeadersGoWithIt()
    {
        var config = Configs.All("http://127.0.0.1:1") with
        {
            Routes =
            [
                Configs.Proxy("a", "/x/") with
                {
                    HeaderConditions = [new() { Name = "X-Kind", Value = "a" }],
                    ResponseHeaders = [new() { Name = "X-Route", Value = "a" }],
                },
                Configs.Proxy("b", "/x/") with
                {
                    ResponseHeaders = [new() { Name = "X-Route", Value = "b" }],
                },
            ],
        };
        await using var proxy = await ProxyUnderTest.StartAsync(config);
        (await RawHttp.GetAsync(proxy.Port, "/x", headers: "X-Kind: a\r\n")).Value("X-Route").ShouldBe("a");
        (await RawHttp.GetAsync(proxy.Port, "/x")).Value("X-Route").ShouldBe("b");
    }

    [Theory]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\n\r\n", "||")]
    [InlineData("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "0|0|")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab", "2|2|")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n\r\n", "||a/b, c/d")]
    public async Task ContentVariables_Request_AreTheClients(string request, string expected)
    {
        await using var backend = new RecordingBackend();
        var all = Configs.All(backend.Address);
        var rule = new Appliance.Proxy.Headers.HeaderRule
        {
            Name = "X-Seen",
            Value = "x$content_length|$http_content_length|$content_type",
        };
        await using var proxy = await ProxyUnderTest.StartAsync(
            all with
            {
                Routes = [all.Routes[0] with { RequestHeaders = [rule], ResponseHeaders = [rule] }],
            }
        );

        (await RawHttp.SendAsync(proxy.Port, request)).Value("X-Seen").ShouldBe("x" + expected);

        backend.Requests.Single().Value("X-Seen").ShouldBe("x" + expected);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("DELETE")]
    [InlineData("POST")]
    public async Task ContentRules_RequestWithoutABody_ReachTheServer(string method)
    {
        await using var backend = new RecordingBackend { Answer = _ => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" };
        var all = Configs.All(backend.Address);
        await using var proxy = await ProxyUnderTest.StartAsync(
            all with
            {
                Routes =
                [
                    all.Routes[0] with
                    {
                        RequestHeaders =
                        [
                            new() { Name = "Content-Type", Value = "a/b" },
                            new() { Name = "Expires", Value = "0" },
                            new() { Name = "Content-Language", Value = "de" },
                        ],
                    },
                ],
            }
        );

        (await RawHttp.SendAsync(proxy.Port, $"{method} / HTTP/1.1\r\nHost: a\r\nContent-Type: c/d\r\n\r\n")).Status.ShouldBe(200);

        var seen = backend.Requests.Single();
        (seen.Value("Content-Type"), seen.Value("Expires"), seen.Value("Content-Language")).ShouldBe(("a/b", "0", "de"));
        seen.Values("Transfer-Encoding").ShouldBeEmpty();
        seen.Values("Content-Length").ShouldBeEmpty("the client said none");
    }

    [Fact]
    public async Task ForwardedFor_SeveralLinesOfATrustedProxy_AreOneList()
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(
            Configs.All(backend.Address),
            new() { TrustedProxies = [System.Net.IPNetwork.Parse("127.0.0.0/8")] }
        );
        await RawHttp.GetAsync(proxy.Port, "/", headers: "X-Forwarded-For: 198.51.100.7\r\nX-Forwarded-For: 198.51.100.8\r\n");
        backend.Requests.Single().Value("X-Forwarded-For").ShouldBe("198.51.100.7, 198.51.100.8, 127.0.0.1");
    }

    [Theory]
    [InlineData("café", false, "/?x=caf%C3%A9", true)]
    [InlineData("café", false, "/?x=caf\u00c3\u00a9", true)]
    [InlineData("CAFé", true, "/?x=caf%C3%A9", true)]
    [InlineData("café", true, "/?x=caf%E3%A9", false)] // 0xC3 and 0xE3 are no two cases of a letter
    [InlineData("a b+", false, "/?x=a+b%2B", true)]
    [InlineData("a", false, "/?%78=a", true)]
    [InlineData("%zz", false, "/?x=%zz", true)]
    public void QueryCondition_Bytes_AreComparedDecoded(string value, bool ignoreCase, string target, bool expected) =>
        Holds(
                new()
                {
                    Name = "x",
                    Value = value,
                    IgnoreCase = ignoreCase,
                },
                target
            )
            .ShouldBe(expected);

    [Theory]
    [InlineData(ConditionKind.Exact, "ü€", "ü€", true)]
    [InlineData(ConditionKind.Prefix, "ü", "ü€", true)]
    [InlineData(ConditionKind.Contains, "€", "ü€", true)]
    [InlineData(ConditionKind.Regex, "^ü.{3}$", "ü€", true)]
    [InlineData(ConditionKind.Regex, "^ü.$", "ü€", false)]
    [InlineData(ConditionKind.Exact, "ü", "Ü", false)]
    public void HeaderCondition_Bytes_AreCompared(ConditionKind kind, string value, string sent, bool expected)
    {
        var route = Configs.Proxy("r") with
        {
            HeaderConditions =
            [
                new()
                {
                    Name = "X",
                    Kind = kind,
                    Value = value,
                    IgnoreCase = true,
                },
            ],
        };
        var table = RouteTable.Build([CompiledRoute.Compile(route, Appliance.Proxy.Variables.VariableNames.BuiltIn)]);
        var bytes = System.Text.Encoding.Latin1.GetString(System.Text.Encoding.UTF8.GetBytes(sent));
        (table.Find(FactsFor.Get("/", headers: [("X", bytes)])).Outcome == RouteOutcome.Found).ShouldBe(expected);
    }

    [Theory]
    [InlineData("""{ "name": "r", "path": "/münchen/", "action": { "kind": "respond" } }""", null)]
    [InlineData("""{ "name": "r", "path": "/ü//x", "action": { "kind": "respond" } }""", "not_normalized")]
    [InlineData("""{ "name": "r", "action": { "kind": "proxy", "pool": "p", "upstreamPathMode": "raw" } }""", "no_upstream_path")]
    [InlineData("""{ "name": "r", "action": { "kind": "proxy", "pool": "p", "upstreamPath": "/a\u0001" } }""", "bad_path")]
    [InlineData("""{ "name": "r", "action": { "kind": "redirect", "location": "/a\u007f" } }""", "bad_location")]
    [InlineData("""{ "name": "r", "action": { "kind": "respond", "contentType": "a\u0001" } }""", "bad_content_type")]
    public void Check_Route_SaysWhatIsWrongAndOnlyThat(string route, string? code)
    {
        var config = ConfigDocument
            .Parse(
                System.Text.Encoding.UTF8.GetBytes(
                    $$"""{ "routes": [ {{route}} ], "upstreamPools": [ { "name": "p", "servers": [ { "address": "http://127.0.0.1:1" } ] } ] }"""
                )
            )
            .Document!.Config; // a document
        var check = new ConfigValidator().Check(ProxyConfig.Empty, config);
        check.Errors.Concat(check.Warnings).Select(problem => problem.Code).ShouldBe(new[] { code }.OfType<string>());
    }

    [Fact]
    public void Check_SameRegexTwiceInAMap_IsAWarning()
    {
        var map =
            """{ "name": "$a", "source": "$uri", "rows": [ { "kind": "regex", "pattern": "x", "value": "1" }, { "kind": "regex", "pattern": "x", "value": "2" } ] }""";
        var config = ConfigDocument.Parse(System.Text.Encoding.UTF8.GetBytes($$"""{ "headerMaps": [ {{map}} ] }""")).Document!.Config; // a document
        var check = new ConfigValidator().Check(ProxyConfig.Empty, config);
        check.Errors.ShouldBeEmpty();
        check.Warnings.ShouldHaveSingleItem().Path.ShouldBe("headerMaps/$a/rows/1/pattern");
    }

    private static bool Holds(ValueCondition condition, string target)
    {
        var table = RouteTable.Build([
            CompiledRoute.Compile(
                Configs.Proxy("r") with
                {
                    QueryConditions = [condition],
                },
                Appliance.Proxy.Variables.VariableNames.BuiltIn
            ),
        ]);
        return table.Find(FactsFor.Get(target)).Outcome == RouteOutcome.Found;
    }
}
