using Appliance.Proxy.Routing;
using Appliance.Proxy.Variables;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Routing;

public sealed class RouteTableTests
{
    [Theory]
    [InlineData("/", "A")]
    [InlineData("/index.html", "B")]
    [InlineData("/documents/document.html", "C")]
    [InlineData("/images/1.gif", "D")]
    [InlineData("/documents/1.jpg", "E")]
    [InlineData("/documents/1.JPG", "E")]
    public void Find_NginxsOwnExample_TakesTheirLocation(string target, string expected)
    {
        var table = Table(
            At("A", "/", PathKind.Exact),
            At("B", "/"),
            At("C", "/documents/"),
            At("D", "/images/", PathKind.PrefixNoRegex),
            At("E", @"\.(gif|jpg|jpeg)$", PathKind.RegexIgnoreCase)
        );
        Found(table, target).ShouldBe(expected);
    }

    [Theory]
    [InlineData("/foobar", "foo")] // a prefix is a string, not a segment
    [InlineData("/Foo", "root")] // and case-sensitive
    [InlineData("/foo/bar/baz", "foobar")]
    [InlineData("/x/1", "regex1")] // the first regex in order
    public void Find_Prefixes_LongestWins(string target, string expected)
    {
        var table = Table(
            At("root", "/"),
            At("foo", "/foo"),
            At("foobar", "/foo/bar"),
            At("regex1", "^/x", PathKind.Regex),
            At("regex2", "^/x/1", PathKind.Regex)
        );
        Found(table, target).ShouldBe(expected);
    }

    [Fact]
    public void Find_ManyPrefixes_LongestWins()
    {
        var table = Table([.. Enumerable.Range(0, 500).Select(index => At($"r{index}", $"/p{index}")), At("long", "/p12/deep")]);
        Found(table, "/p499/x").ShouldBe("r499");
        Found(table, "/p12/deeper").ShouldBe("long");
        Found(table, "/q").ShouldBeNull();
    }

    [Theory]
    [InlineData("example.com", "exact")]
    [InlineData("www.example.com", "leading")]
    [InlineData("a.b.example.com", "leading")]
    [InlineData("x.sub.example.com", "longer")]
    [InlineData("mail.test", "trailing")]
    [InlineData("mail.test.org", "trailing")]
    [InlineData("dot.net", "dotted")]
    [InlineData("a.dot.net", "dotted")]
    [InlineData("ws12.io", "regex")]
    [InlineData("other", "default")]
    [InlineData("", "default")]
    public void Find_Host_NginxsOrder(string host, string expected)
    {
        var table = Table(
            On("default"),
            On("regex", @"~^ws\d+\.io$"),
            On("regex2", "~^ws"),
            On("trailing", "mail.*"),
            On("leading", "*.example.com"),
            On("longer", "*.sub.example.com"),
            On("exact", "Example.com"),
            On("dotted", ".dot.net")
        );
        Found(table, "/", host).ShouldBe(expected);
    }

    [Theory]
    [InlineData("xn--bcher-kva.example", "exact")]
    [InlineData("a.xn--bcher-kva.example", "leading")]
    [InlineData("xn--bcher-kva.org", "trailing")]
    [InlineData("xn--mnchen-3ya.example", "dotted")]
    [InlineData("a.xn--mnchen-3ya.example", "dotted")]
    [InlineData("bucher.example", "default")]
    public void Find_HostOfAnotherScript_IsFoundAsClientsSendIt(string host, string expected) =>
        Found(
                Table(
                    On("default"),
                    On("exact", "Bücher.example."),
                    On("leading", "*.bücher.example"),
                    On("trailing", "bücher.*"),
                    On("dotted", ".münchen.example")
                ),
                "/",
                host
            )
            .ShouldBe(expected);

    [Fact]
    public void Find_HostWithoutThatLocation_IsNotFound() =>
        Table(On("default"), On("only", "a.example") with { Path = "/x" })
            .Find(FactsFor.Get("/y", "a.example"))
            .Outcome.ShouldBe(RouteOutcome.NotFound);

    [Fact]
    public void Find_MethodDoesNotFit_Is405AndNeverAShorterLocation()
    {
        var table = Table(At("root", "/"), At("get", "/api") with { Methods = ["GET"] }, At("put", "/api") with { Methods = ["PUT"] });
        Found(table, "/api", method: "PUT").ShouldBe("put");
        var refused = table.Find(FactsFor.Get("/api", method: "POST"));
        (refused.Outcome, refused.AllowedMethods).ShouldBe((RouteOutcome.MethodNotAllowed, "GET, PUT"));
    }

    [Fact]
    public void Find_ConditionFails_NextCandidateElse404()
    {
        var beta = At("beta", "/api") with { HeaderConditions = [new() { Name = "X-Beta", Value = "1" }] };
        var query = At("query", "/api") with
        {
            QueryConditions =
            [
                new()
                {
                    Name = "v",
                    Kind = ConditionKind.Regex,
                    Value = "^2",
                },
            ],
        };
        var table = Table(At("root", "/"), beta, query);
        table.Find(FactsFor.Get("/api", headers: ("X-Beta", "1"))).Route!.Route.Name.ShouldBe("beta");
        Found(table, "/api?v=2%2E1").ShouldBe("query");
        table.Find(FactsFor.Get("/api")).Outcome.ShouldBe(RouteOutcome.NotFound);
    }

    [Fact]
    public void Find_ProxyingPrefixWithoutItsSlash_IsRedirected()
    {
        var proxy = Configs.Proxy("chat", "/chat/");
        Table(At("root", "/"), proxy).Find(FactsFor.Get("/chat")).Outcome.ShouldBe(RouteOutcome.AddSlash);
        Found(Table(At("exact", "/chat", PathKind.Exact), proxy), "/chat").ShouldBe("exact");
        Found(Table(At("prefix", "/chat"), proxy), "/chat").ShouldBe("prefix");
        Found(Table(At("root", "/"), At("fixed", "/chat/")), "/chat").ShouldBe("root");
    }

    [Fact]
    public void Find_DisabledRoute_IsNotThere() =>
        Found(Table(At("root", "/"), At("off", "/x") with { Enabled = false }), "/x").ShouldBe("root");

    [Fact]
    public void Find_Captures_AreKept()
    {
        var facts = FactsFor.Get("/users/42", "ws7.io");
        Table(On("r", "~^ws(?<n>[0-9]+)") with { Path = "^/users/(\\d+)", PathKind = PathKind.Regex })
            .Find(facts)
            .Outcome.ShouldBe(RouteOutcome.Found);
        facts.PathCaptures!.Groups[1].Value.ShouldBe("42");
        facts.HostCaptures!.Groups["n"].Value.ShouldBe("7");
    }

    // Requests of such a config leave the event loops, whose other connections would wait for the match.
    [Fact]
    public void MayBacktrack_ExpressionThatNeedsIt_IsKnownWhereverItStands()
    {
        const string linear = "^/a+b$";
        const string backtracking = "^/(?!x)a+b$";
        Table(At("a", linear, PathKind.Regex), On("b", "~^a+$"), If(linear)).MayBacktrack.ShouldBeFalse();

        Table(At("a", "/"), At("b", backtracking, PathKind.Regex)).MayBacktrack.ShouldBeTrue();
        Table(At("a", backtracking, PathKind.RegexIgnoreCase)).MayBacktrack.ShouldBeTrue();
        Table(On("a", "a.test", "~^(?!x)a+$")).MayBacktrack.ShouldBeTrue();
        Table(If(backtracking)).MayBacktrack.ShouldBeTrue();
        Table(If(backtracking) with { Enabled = false }).MayBacktrack.ShouldBeFalse("nobody asks it");

        static Route If(string pattern) =>
            At("c", "/") with
            {
                QueryConditions =
                [
                    new()
                    {
                        Name = "x",
                        Kind = ConditionKind.Regex,
                        Value = pattern,
                    },
                ],
            };
    }

    private static Route At(string name, string path, PathKind kind = PathKind.Prefix) =>
        new()
        {
            Name = name,
            Path = path,
            PathKind = kind,
            Action = new RouteAction.Respond(),
        };

    private static Route On(string name, params string[] hosts) => At(name, "/") with { Hosts = [.. hosts] };

    private static RouteTable Table(params Route[] routes) =>
        RouteTable.Build([.. routes.Select(route => CompiledRoute.Compile(route, VariableNames.BuiltIn))]);

    private static string? Found(RouteTable table, string target, string host = "example.com", string method = "GET") =>
        table.Find(FactsFor.Get(target, host, method)).Route?.Route.Name;
}
