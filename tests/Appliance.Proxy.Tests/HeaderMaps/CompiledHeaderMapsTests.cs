using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Items;
using Appliance.Proxy.Variables;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.HeaderMaps;

public sealed class CompiledHeaderMapsTests
{
    [Theory]
    [InlineData("websocket", "upgrade")]
    [InlineData("h2c", "upgrade")]
    [InlineData("", "close")]
    public void Value_ConnectionUpgrade_IsNginxs(string upgrade, string expected) =>
        Value(
                new()
                {
                    Name = "$connection_upgrade",
                    Source = "$http_upgrade",
                    Default = "upgrade",
                    Rows = [new() { Pattern = "", Value = "close" }],
                },
                ("Upgrade", upgrade)
            )
            .ShouldBe(expected);

    [Theory]
    [InlineData("EXACT.example.com", "exact")]
    [InlineData("www.example.com", "head")]
    [InlineData("a.www.example.com", "longer")]
    [InlineData("mail.anything", "tail")]
    [InlineData("dot.org", "dot")]
    [InlineData("x.dot.org.", "dot")] // a trailing dot is ignored where there are masks
    [InlineData("ws-12", "regex 12")]
    [InlineData("WS-12", "none")]
    [InlineData("Any-Case", "insensitive Any")]
    [InlineData("nothing", "none")]
    public void Value_Rows_NginxsOrder(string value, string expected) =>
        Value(
                new()
                {
                    Name = "$m",
                    Source = "$http_x",
                    Default = "none",
                    Rows =
                    [
                        new()
                        {
                            Kind = HeaderMapRowKind.Regex,
                            Pattern = "^ws-(?<n>\\d+)$",
                            Value = "regex $n",
                        },
                        new()
                        {
                            Kind = HeaderMapRowKind.RegexIgnoreCase,
                            Pattern = "^(any)-case",
                            Value = "insensitive $1",
                        },
                        new()
                        {
                            Kind = HeaderMapRowKind.Mask,
                            Pattern = "mail.*",
                            Value = "tail",
                        },
                        new()
                        {
                            Kind = HeaderMapRowKind.Mask,
                            Pattern = "*.example.com",
                            Value = "head",
                        },
                        new()
                        {
                            Kind = HeaderMapRowKind.Mask,
                            Pattern = "*.www.example.com",
                            Value = "longer",
                        },
                        new()
                        {
                            Kind = HeaderMapRowKind.Mask,
                            Pattern = ".dot.org",
                            Value = "dot",
                        },
                        new() { Pattern = "exact.example.com", Value = "exact" },
                    ],
                },
                ("X", value)
            )
            .ShouldBe(expected);

    [Fact]
    public void Value_MapsThatFeedMaps_AreFollowed()
    {
        var maps = Compiled(
            new()
            {
                Name = "$a",
                Source = "$http_x",
                Default = "d",
                Rows = [new() { Pattern = "1", Value = "one" }],
            },
            new()
            {
                Name = "$b",
                Source = "$a",
                Default = "other",
                Rows = [new() { Pattern = "one", Value = "$a-${request_method}" }],
            }
        );
        maps.Value("b", FactsFor.Get("/", maps: maps, headers: ("X", "1"))).ShouldBe("one-GET");
    }

    [Fact]
    public void Compile_Cycle_IsLeftOutAndNamed()
    {
        var leftOut = new List<ConfigProblem>();
        var maps = CompiledHeaderMaps.Compile(
            [
                new() { Name = "$a", Source = "$b" },
                new()
                {
                    Name = "$b",
                    Source = "x",
                    Default = "$a",
                },
                new()
                {
                    Name = "$c",
                    Source = "$a",
                    Default = "fine",
                },
            ],
            CompiledHeaderMaps.Empty,
            leftOut
        );
        leftOut.Select(problem => problem.Path).ShouldBe(["headerMaps/$a", "headerMaps/$b"]);
        maps.Value("c", FactsFor.Get("/", maps: maps)).ShouldBe("fine");
    }

    [Fact]
    public void Value_CatastrophicRegex_EndsAndIsNoDefault()
    {
        var map = new HeaderMap
        {
            Name = "$m",
            Source = "$http_x",
            Default = "none",
            Rows =
            [
                new()
                {
                    Kind = HeaderMapRowKind.Regex,
                    Pattern = @"^(a+)+$(?<!b)",
                    Value = "hit",
                },
            ],
        };
        var slow = Should.Throw<RegexOutOfTimeException>(() => Value(map, ("X", new string('a', 5000) + "!")));
        (slow.Place, slow.Pattern).ShouldBe(("row 1 of $m", map.Rows[0].Pattern));
    }

    private static CompiledHeaderMaps Compiled(params HeaderMap[] maps)
    {
        var leftOut = new List<ConfigProblem>();
        var compiled = CompiledHeaderMaps.Compile([.. maps], CompiledHeaderMaps.Empty, leftOut);
        leftOut.ShouldBeEmpty();
        return compiled;
    }

    private static string Value(HeaderMap map, (string, string) header)
    {
        var maps = Compiled(map);
        return maps.Value(map.Name[1..], FactsFor.Get("/", maps: maps, headers: header));
    }
}
