using System.Text;
using Appliance.Proxy.Config;
using Appliance.Proxy.Items;

namespace Appliance.Proxy.Tests.Config;

public sealed class ConfigValidatorTests
{
    private const string Pool = """{ "name": "p", "servers": [ { "address": "http://127.0.0.1:1" } ] }""";

    [Theory]
    [InlineData("""{ "name": "r", "action": { "kind": "proxy", "pool": "q" } }""", "routes/r/action/pool", "unknown_pool")]
    [InlineData("""{ "name": "r", "path": "x", "action": { "kind": "proxy", "pool": "p" } }""", "routes/r/path", "bad_path")]
    [InlineData(
        """{ "name": "r", "path": "(a", "pathKind": "regex", "action": { "kind": "proxy", "pool": "p" } }""",
        "routes/r/path",
        "bad_regex"
    )]
    [InlineData(
        """{ "name": "r", "path": "a++", "pathKind": "regex", "action": { "kind": "proxy", "pool": "p" } }""",
        "routes/r/path",
        "bad_regex"
    )]
    [InlineData(
        """{ "name": "r", "path": "a", "pathKind": "regex", "action": { "kind": "proxy", "pool": "p", "upstreamPath": "/$2x/$host" } }""",
        "routes/r/action/upstreamPath",
        "not_a_capture"
    )]
    [InlineData(
        """{ "name": "r", "path": "^/(?<id>.)", "pathKind": "regex", "action": { "kind": "proxy", "pool": "p", "upstreamPath": "/$name" } }""",
        "routes/r/action/upstreamPath",
        "unknown_variable"
    )]
    [InlineData(
        """{ "name": "r", "path": "a", "pathKind": "regex", "action": { "kind": "proxy", "pool": "p", "upstreamPath": "/a", "upstreamPathMode": "raw" } }""",
        "routes/r/action/upstreamPathMode",
        "raw_with_regex"
    )]
    [InlineData("""{ "name": "r", "hosts": ["app.example,com"], "action": { "kind": "respond" } }""", "routes/r/hosts/0", "bad_host")]
    [InlineData(
        """{ "name": "r", "hosts": [ "a", "*x.com" ], "action": { "kind": "proxy", "pool": "p" } }""",
        "routes/r/hosts/1",
        "bad_host"
    )]
    [InlineData(
        """{ "name": "r", "hosts": [ "bücher.example", "bü..example" ], "action": { "kind": "proxy", "pool": "p" } }""",
        "routes/r/hosts/1",
        "bad_host"
    )]
    [InlineData(
        """{ "name": "r", "hosts": [ "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü.example" ], "action": { "kind": "proxy", "pool": "p" } }""",
        "routes/r/hosts/0",
        "bad_host"
    )]
    [InlineData("""{ "name": "r", "hosts": [ "*.." ], "action": { "kind": "respond" } }""", "routes/r/hosts/0", "bad_host")]
    [InlineData("""{ "name": "r", "hosts": [ "*..a" ], "action": { "kind": "respond" } }""", "routes/r/hosts/0", "bad_host")]
    [InlineData("""{ "name": "r", "hosts": [ "..a" ], "action": { "kind": "respond" } }""", "routes/r/hosts/0", "bad_host")]
    [InlineData("""{ "name": "r", "hosts": [ ".*.a" ], "action": { "kind": "respond" } }""", "routes/r/hosts/0", "bad_host")]
    [InlineData("""{ "name": "r", "hosts": [ "a:80" ], "action": { "kind": "proxy", "pool": "p" } }""", "routes/r/hosts/0", "bad_host")]
    [InlineData(
        """{ "name": "r", "action": { "kind": "redirect", "status": 200, "location": "/" } }""",
        "routes/r/action/status",
        "bad_status"
    )]
    [InlineData("""{ "name": "r", "action": { "kind": "respond", "body": "$nope" } }""", "routes/r/action/body", "unknown_variable")]
    [InlineData(
        """{ "name": "r", "requestHeaders": [ { "name": "X", "value": "a\r\nb" } ], "action": { "kind": "proxy", "pool": "p" } }""",
        "routes/r/requestHeaders/0/value",
        "line_break_in_header"
    )]
    [InlineData(
        """{ "name": "r", "requestHeaders": [ { "name": "X Y", "value": "" } ], "action": { "kind": "proxy", "pool": "p" } }""",
        "routes/r/requestHeaders/0/name",
        "bad_header_name"
    )]
    [InlineData("""{ "name": "", "action": { "kind": "respond" } }""", "routes//name", "bad_name")]
    public void Check_BadRoute_ProblemAtItsField(string route, string path, string code) =>
        Refused($$"""{ "routes": [ {{route}} ], "upstreamPools": [ {{Pool}} ] }""", path, code);

    [Theory]
    [InlineData("ftp://a:1", "unknown_scheme")]
    [InlineData("http://a:0", "bad_port")]
    [InlineData("http://a:99999", "bad_port")]
    [InlineData("http://a:1/x", "path_in_address")]
    [InlineData("a:1", "bad_address")]
    [InlineData("http://:80", "bad_address")]
    [InlineData("http://fd00::1:80", "bad_address")]
    [InlineData("https://::1", "bad_address")]
    public void Check_BadAddress_ProblemAtTheServer(string address, string code) =>
        Refused(
            $$"""{ "upstreamPools": [ { "name": "p", "servers": [ { "address": "{{address}}" } ] } ] }""",
            "upstreamPools/p/servers/0/address",
            code
        );

    [Theory]
    [InlineData("""{ "name": "$host", "source": "$uri" }""", "headerMaps/$host/name", "built_in_variable")]
    [InlineData("""{ "name": "$a", "source": "$a" }""", "headerMaps/$a", "map_cycle")]
    [InlineData(
        """{ "name": "$a", "source": "$uri", "rows": [ { "pattern": "x", "value": "1" }, { "pattern": "X", "value": "2" } ] }""",
        "headerMaps/$a/rows/1/pattern",
        "duplicate_row"
    )]
    [InlineData(
        """{ "name": "$a", "source": "$uri", "rows": [ { "kind": "mask", "pattern": ".x.org", "value": "1" }, { "pattern": "X.org", "value": "2" } ] }""",
        "headerMaps/$a/rows/1/pattern",
        "duplicate_row"
    )]
    [InlineData(
        """{ "name": "$a", "source": "$uri", "rows": [ { "kind": "mask", "pattern": "*.x.org", "value": "1" }, { "kind": "mask", "pattern": ".x.org", "value": "2" } ] }""",
        "headerMaps/$a/rows/1/pattern",
        "duplicate_row"
    )]
    [InlineData(
        """{ "name": "$a", "source": "$uri", "rows": [ { "kind": "regex", "pattern": "[", "value": "1" } ] }""",
        "headerMaps/$a/rows/0/pattern",
        "bad_regex"
    )]
    [InlineData(
        """{ "name": "$a", "source": "$uri", "rows": [ { "kind": "mask", "pattern": "a*b", "value": "1" } ] }""",
        "headerMaps/$a/rows/0/pattern",
        "bad_mask"
    )]
    public void Check_BadMap_ProblemAtItsRow(string map, string path, string code) =>
        Refused($$"""{ "headerMaps": [ {{map}} ] }""", path, code);

    [Fact]
    public void Check_SameHostPathAndMethods_IsRefusedNamingTheOther()
    {
        const string route =
            """{ "name": "NAME", "hosts": [ "a.example" ], "path": "/x", "methods": [ "GET" ], "action": { "kind": "respond" } }""";
        var problem = Refused(
            $$"""{ "routes": [ {{route.Replace("NAME", "one")}}, {{route.Replace("NAME", "two")}} ] }""",
            "routes/two/path",
            "duplicate_match"
        );
        problem.Message.ShouldContain("one");
    }

    [Fact]
    public void Check_HostRegexesThatDifferInCase_AreNoDuplicates()
    {
        static string Route(string name, string host) =>
            $$"""{ "name": "{{name}}", "hosts": [ "{{host}}" ], "action": { "kind": "respond" } }""";
        var config = Config($$"""{ "routes": [ {{Route("one", "~^n\\\\d$")}}, {{Route("two", "~^n\\\\D$")}} ] }""");
        new ConfigValidator().Check(ProxyConfig.Empty, config).Valid.ShouldNotBeNull();
    }

    [Fact]
    public void Check_OlderProblem_DoesNotBlockAnUnrelatedEdit()
    {
        var head = Config("""{ "routes": [ { "name": "old", "action": { "kind": "proxy", "pool": "gone" } } ] }""");
        var next = head with { UpstreamPools = [Testing.Configs.Pool("p", "http://a:1")] };
        var check = new ConfigValidator().Check(head, next);
        check.Valid.ShouldNotBeNull();
        check.Older.Single().Code.ShouldBe("unknown_pool");
    }

    [Fact]
    public void Check_RuleOnWhatTheProxyOwns_IsAWarning()
    {
        var config = Config(
            $$"""{ "routes": [ { "name": "r", "requestHeaders": [ { "name": "Upgrade", "value": "$http_upgrade" } ], "action": { "kind": "proxy", "pool": "p" } } ], "upstreamPools": [ {{Pool}} ] }"""
        );
        var check = new ConfigValidator().Check(ProxyConfig.Empty, config);
        check.Valid.ShouldNotBeNull();
        check.Warnings.Single().Code.ShouldBe("no_op_header");
    }

    [Theory]
    [InlineData("{", "bad_json")]
    [InlineData("[]", "bad_json")]
    [InlineData("""{ "route": [] }""", "unknown_member")]
    [InlineData("""{ "routes": {} }""", "bad_value")]
    [InlineData("""{ "routes": [ { "name": "r" } ] }""", "missing_member")]
    [InlineData("""{ "routes": [ { "name": "r", "pathKind": "glob", "action": { "kind": "respond" } } ] }""", "bad_value")]
    [InlineData("""{ "routes": [ { "name": "r", "pathKind": "prefix,exact", "action": { "kind": "respond" } } ] }""", "bad_value")]
    [InlineData("""{ "routes": [ { "name": "r", "pathKind": "PrefixNoRegex", "action": { "kind": "respond" } } ] }""", "bad_value")]
    [InlineData("""{ "routes": [ { "name": "r", "pathKind": 1, "action": { "kind": "respond" } } ] }""", "bad_value")]
    [InlineData("""{ "routes": [ { "name": "r", "action": { "kind": "dance" } } ] }""", "bad_value")]
    [InlineData("""{ "routes": [ { "name": "r", "action": { "kind": "proxy", "pool": "p", "readTimeout": "soon" } } ] }""", "bad_value")]
    [InlineData(
        """{ "routes": [ { "name": "r", "action": { "kind": "proxy", "pool": "p", "readTimeout": "4000000d 4000000d 4000000d" } } ] }""",
        "bad_value"
    )]
    [InlineData("""{ "routes": [ null ] }""", "bad_value")]
    [InlineData("""{ "routes": [ { "name": "r", "hosts": [ null ], "action": { "kind": "respond" } } ] }""", "bad_value")]
    [InlineData("""{ "routes": [ { "name": "r", "path": null, "action": { "kind": "respond" } } ] }""", "bad_value")]
    [InlineData("""{ "upstreamPools": [ { "name": "p", "servers": [ null ] } ] }""", "bad_value")]
    [InlineData("""{ "upstreamPools": [ { "name": "p", "servers": [ { "address": null } ] } ] }""", "bad_value")]
    [InlineData(
        """{ "upstreamPools": [ { "name": "p", "tls": { "trusted": null }, "servers": [ { "address": "https://a" } ] } ] }""",
        "bad_value"
    )]
    [InlineData(
        """{ "upstreamPools": [ { "name": "p", "tls": { "serverName": null }, "servers": [ { "address": "https://a" } ] } ] }""",
        "bad_value"
    )]
    [InlineData("""{ "tlsPolicies": [ { "name": "t", "hosts": [ null ] } ] }""", "bad_value")]
    [InlineData(
        """{ "tlsPolicies": [ { "name": "t", "hosts": [ "a.example" ], "clientCertificates": { "trusted": null } } ] }""",
        "bad_value"
    )]
    [InlineData("""{ "headerMaps": [ { "name": null } ] }""", "bad_value")]
    public void Parse_BadDocument_IsAProblem(string text, string code)
    {
        var parsed = ConfigDocument.Parse(Encoding.UTF8.GetBytes(text));
        parsed.Document.ShouldBeNull();
        parsed.Problems[0].Code.ShouldBe(code);
    }

    [Fact]
    public void Parse_Examples_AreValidAndCanonicalTextIsStable()
    {
        var files = Directory.GetFiles(Path.Combine(Testing.Repository.Root, "docs", "examples"), "*.json");
        files.ShouldNotBeEmpty();
        foreach (var file in files)
        {
            var document = ConfigDocument.Parse(File.ReadAllBytes(file)).Document.ShouldNotBeNull(file);
            new ConfigValidator().Check(ProxyConfig.Empty, document.Config).Errors.ShouldBeEmpty(file);
            var text = document.ToJson();
            ConfigDocument.Parse(Encoding.UTF8.GetBytes(text)).Document!.ToJson().ShouldBe(text);
        }
    }

    [Theory]
    [InlineData("300s", "5m")]
    [InlineData("1h 30m", "90m")]
    [InlineData("500ms", "500ms")]
    [InlineData("90", "90s")]
    [InlineData("12d 1ms", "1036800001ms")]
    [InlineData("1036800001ms", "1036800001ms")]
    public void Time_NginxsSyntax_IsReadAndWrittenShort(string text, string expected)
    {
        var config = Config(
            $$"""{ "routes": [ { "name": "r", "action": { "kind": "proxy", "pool": "p", "readTimeout": "{{text}}" } } ] }"""
        );
        new ConfigDocument(null, config).ToJson().ShouldContain($"\"readTimeout\": \"{expected}\"");
    }

    [Fact]
    public void Merge_ByName_KeepsIdsAndReferences()
    {
        var head = Config(
            $$"""{ "routes": [ { "name": "a", "action": { "kind": "respond" } }, { "name": "b", "action": { "kind": "respond" } } ] }"""
        );
        var document = Config(
            """{ "routes": [ { "name": "b", "path": "/new", "action": { "kind": "respond" } }, { "name": "a", "action": { "kind": "respond" } } ] }"""
        );
        var next = ConfigMerge.ByName(head, document);
        next.Routes[1].ShouldBeSameAs(head.Routes[0]);
        next.Routes[0].Id.ShouldBe(head.Routes[1].Id);
        next.Routes[0].Path.ShouldBe("/new");
    }

    private static ProxyConfig Config(string text) => ConfigDocument.Parse(Encoding.UTF8.GetBytes(text)).Document!.Config;

    private static ConfigProblem Refused(string text, string path, string code)
    {
        var check = new ConfigValidator().Check(ProxyConfig.Empty, Config(text));
        check.Valid.ShouldBeNull();
        var problem = check.Errors.FirstOrDefault(one => one.Path == path && one.Code == code);
        problem.ShouldNotBeNull(string.Join("; ", check.Errors));
        problem.Message.ShouldMatch("^[A-Z\"$].*[.?]$");
        return problem;
    }
}
