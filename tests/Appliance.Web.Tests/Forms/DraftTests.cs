using System.Text.Json;
using Appliance.Proxy.Config;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Routing;
using Appliance.Proxy.WebSocketPolicies;
using Appliance.Testing;
using Appliance.Web.Forms;
using Appliance.Web.HeaderMaps;
using Appliance.Web.Routes;

namespace Appliance.Web.Tests.Forms;

public sealed class DraftTests
{
    [Fact]
    public void RouteDraft_ThereAndBack_IsTheSameRoute()
    {
        var route = Configs.Proxy("r") with
        {
            Path = "/a",
            Action = new RouteAction.Proxy
            {
                Pool = "p",
                UpstreamPath = "/b/",
                UpstreamPathMode = UpstreamPathMode.Raw,
            },
            Enabled = false,
            Hosts = ["a.example.com", "~^(?<n>\\d{1,3}),x$"],
            Tags = ["x", "y"],
            Methods = ["GET", "POST"],
            HeaderConditions =
            [
                new()
                {
                    Name = "X",
                    Kind = ConditionKind.Regex,
                    Value = "^a b$",
                    IgnoreCase = true,
                },
            ],
            QueryConditions = [new() { Name = "q", Kind = ConditionKind.Absent }],
            RequestHeaders = [new() { Name = "X", Value = " spaced " }, new() { Operation = HeaderOperation.Remove, Name = "Y" }],
            MaxRequestBodyBytes = 10L << 20,
            AccessLog = false,
            Upgrades = ["tcp", "SPDY/3.1"],
            WebSocket = new()
            {
                Allow = false,
                HandshakeTimeout = TimeSpan.FromSeconds(7),
                IdleTimeout = TimeSpan.FromMinutes(90),
                MaxLifetime = TimeSpan.FromHours(12),
                LifetimeJitter = 25,
                MaxPerClient = 3,
                MaxSockets = 5000,
                AllowedOrigins = ["https://app.example.com", "https://*.example.com"],
                AllowedSubprotocols = ["chat.v2", "chat.v1"],
                LaxHandshake = true,
                MaxMessageBytes = 64 << 10,
                MaxMessageRate = 50,
                OverRate = OverRate.SlowDown,
                PingInterval = TimeSpan.FromSeconds(30),
                PingTimeout = TimeSpan.FromSeconds(4),
            },
        };
        var problems = new List<FieldProblem>();
        ConfigItemJson.Write(RouteDraft.Of(route).Read(route.Id, problems)).ShouldBe(ConfigItemJson.Write(route));
        problems.ShouldBeEmpty();
    }

    [Fact]
    public void RouteDraft_NothingSaidOfWebSockets_IsTheDefaultPolicyAndShutsItsDetails()
    {
        var problems = new List<FieldProblem>();
        var draft = RouteDraft.Of(Configs.Proxy("r"));
        draft.WebSocket.HasMore().ShouldBeFalse();
        foreach (
            var emptied in new[]
            {
                draft.WebSocket,
                new()
                {
                    MaxMessageBytes = "",
                    LifetimeJitter = " ",
                    PingTimeout = "",
                    MaxPerClient = "",
                },
            }
        )
            JsonSerializer.Serialize(emptied.Read(problems)).ShouldBe(JsonSerializer.Serialize(WebSocketPolicy.Default));
        problems.ShouldBeEmpty();
    }

    [Fact]
    public void WebSocketDraft_Unreadable_HasAProblemAtEveryField()
    {
        var problems = new List<FieldProblem>();
        new WebSocketDraft
        {
            HandshakeTimeout = "x",
            IdleTimeout = "x",
            MaxLifetime = "x",
            LifetimeJitter = "x",
            MaxPerClient = "x",
            MaxSockets = "x",
            MaxMessageBytes = "x",
            MaxMessageRate = "x",
            PingInterval = "x",
            PingTimeout = "x",
        }.Read(problems);
        problems
            .Select(problem => problem.Path)
            .Order(StringComparer.Ordinal)
            .ShouldBe([
                "webSocket/handshakeTimeout",
                "webSocket/idleTimeout",
                "webSocket/lifetimeJitter",
                "webSocket/maxLifetime",
                "webSocket/maxMessageBytes",
                "webSocket/maxMessageRate",
                "webSocket/maxPerClient",
                "webSocket/maxSockets",
                "webSocket/pingInterval",
                "webSocket/pingTimeout",
            ]);
    }

    [Fact]
    public void KeptDraft_FieldsTypedSince_AreLaidOverIt()
    {
        var draft = new RouteDraft { Name = "r", RequestHeaders = [new() { Name = "X" }] };
        var fields = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(
            """{ "hosts": "a b", "enabled": false, "requestHeaders/0/value": "v", "requestHeaders/7/value": "gone", "comment": "no field of the draft" }"""
        );
        var back = new KeptDraft(null, KeptDraft.Write(draft), fields).To(new RouteDraft())!;
        (back.Name, back.Hosts, back.Enabled, back.RequestHeaders.Single().Value).ShouldBe(("r", "a b", false, "v"));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("""{ "draft": "[1, 2" }""")]
    public void KeptDraft_Unreadable_IsNone(string kept) => KeptDraft.Read(kept)?.To(new RouteDraft()).ShouldBeNull();

    [Fact]
    public void KeptDraft_OnlyFields_AreLaidOverTheLoadedOne() =>
        KeptDraft
            .Read("""{ "base": null, "draft": null, "fields": { "hosts": "typed" } }""")!
            .To(new RouteDraft { Name = "loaded" })
            .ShouldNotBeNull()
            .ShouldSatisfyAllConditions(draft => draft.Name.ShouldBe("loaded"), draft => draft.Hosts.ShouldBe("typed"));

    [Fact]
    public void KeptDraft_WhatStandsBesideIt_ComesBackAndIsNoPartOfIt()
    {
        var written = KeptDraft.Write(
            new MapDraft { Name = "$m" },
            new Dictionary<string, string> { ["comment"] = "why", ["tested"] = "old" }
        );
        var kept = new KeptDraft(
            null,
            written,
            JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(
                """{ "beside/tested": "new", "beside/webSocket": false, "name": "$n" }"""
            )
        );
        kept.Beside()
            .OrderBy(pair => pair.Key)
            .Select(pair => (pair.Key, pair.Value))
            .ShouldBe([("comment", "why"), ("tested", "new"), ("webSocket", "false")]);
        KeptDraft.Write(kept.To(new MapDraft())!).ShouldBe(KeptDraft.Write(new MapDraft { Name = "$n" }));
        new KeptDraft(null, null, null).Beside().ShouldBeEmpty();
    }

    [Fact]
    public void Differences_BothChanged_ConflictIsNamedAndMergeKeepsBothElsewhere()
    {
        const string was = """{ "name": "r", "path": "/", "action": { "kind": "proxy", "pool": "p" } }""";
        const string theirs =
            """{ "name": "r", "path": "/t", "hosts": ["h"], "action": { "kind": "proxy", "pool": "p", "maxTries": 2 } }""";
        const string yours = """{ "name": "r", "path": "/y", "action": { "kind": "proxy", "pool": "q" } }""";
        var differences = Differences.Between(was, theirs, yours);
        differences.Single(one => one.Property == "path").IsConflict.ShouldBeTrue();
        differences.Single(one => one.Property == "hosts").IsConflict.ShouldBeFalse();
        var merged = JsonDocument.Parse(Differences.Merge(was, theirs, yours)).RootElement;
        merged.GetProperty("path").GetString().ShouldBe("/y");
        merged.GetProperty("hosts")[0].GetString().ShouldBe("h");
        merged.GetProperty("action").GetProperty("pool").GetString().ShouldBe("q");
        merged.GetProperty("action").GetProperty("maxTries").GetInt32().ShouldBe(2);
    }

    [Theory]
    [InlineData("name", "\"$mine\"", false)]
    [InlineData("name", "\"$other\"", true)]
    [InlineData("rows/0/pattern", "\"a\"", false)]
    [InlineData("rows/0/pattern", "\"\"", true)]
    [InlineData("rows/1/pattern", "\"b\"", false)]
    [InlineData("rows/x/pattern", "\"b\"", false)]
    [InlineData("rows", "true", true)]
    [InlineData("somebody/elses", "\"text\"", false)]
    [InlineData("beside/tested", "\"x\"", false)]
    [InlineData("beside/tested", "\"y\"", true)]
    [InlineData("beside/comment", "\"\"", false)]
    [InlineData("beside/comment", "\"why\"", true)]
    public void Missed_AreFieldsThatTheDraftHasOtherwise(string field, string value, bool isMissed)
    {
        var draft = new MapDraft { Name = "$mine", Rows = [new() { Pattern = "a" }] };
        var fields = new Dictionary<string, JsonElement> { [field] = JsonDocument.Parse(value).RootElement };
        KeptDraft.Missed(draft, new Dictionary<string, string> { ["tested"] = "x" }, fields).ShouldBe(isMissed ? [field] : []);
    }
}
