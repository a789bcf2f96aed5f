using Appliance.Proxy.Config;
using Appliance.Proxy.HeaderMaps;
using Appliance.Web.HeaderMaps;

namespace Appliance.Web.Tests.HeaderMaps;

public sealed class MapTesterTests
{
    private static readonly HeaderMap _tenants = new()
    {
        Name = "$tenant",
        Source = "$host",
        Default = "none",
        Rows =
        [
            new()
            {
                Kind = HeaderMapRowKind.Regex,
                Pattern = @"^(?<name>\w+)\.(example)\.com$",
                Value = "regex $name $2",
            },
            new()
            {
                Kind = HeaderMapRowKind.RegexIgnoreCase,
                Pattern = "^x(y)?z",
                Value = "ignoring case",
            },
            new()
            {
                Kind = HeaderMapRowKind.Regex,
                Pattern = "x",
                Value = "later",
            },
            new()
            {
                Kind = HeaderMapRowKind.Mask,
                Pattern = "www.*",
                Value = "tail",
            },
            new()
            {
                Kind = HeaderMapRowKind.Mask,
                Pattern = "*.b.org",
                Value = "head",
            },
            new()
            {
                Kind = HeaderMapRowKind.Mask,
                Pattern = "*.a.b.org",
                Value = "longer head",
            },
            new()
            {
                Kind = HeaderMapRowKind.Mask,
                Pattern = ".dot.org",
                Value = "dot",
            },
            new() { Pattern = "one.a.b.org", Value = "exact" },
            new() { Pattern = "", Value = "nothing said" },
        ],
    };

    [Theory]
    [InlineData("one.a.b.org", 7, "exact")]
    [InlineData("ONE.A.b.org", 7, "exact")]
    [InlineData("two.a.b.org", 5, "longer head")]
    [InlineData("a.b.org", 4, "head")]
    [InlineData("b.org", -1, "none")]
    [InlineData("www.b.org", 4, "head")]
    [InlineData("www.net", 3, "tail")]
    [InlineData("dot.org", 6, "dot")]
    [InlineData("x.dot.org", 6, "dot")]
    [InlineData("two.a.b.org.", 5, "longer head")]
    [InlineData("blue.example.com", 0, "regex blue example")]
    [InlineData("BLUE.EXAMPLE.COM", -1, "none")]
    [InlineData("XYZ", 1, "ignoring case")]
    [InlineData("ax", 2, "later")]
    [InlineData("", 8, "nothing said")]
    [InlineData("else", -1, "none")]
    public void Try_Value_RowAndResultAreNginxs(string value, int row, string result)
    {
        var trial = Try(_tenants, value);
        (trial.Row, trial.Result, trial.Fault).ShouldBe((row, result, null));
    }

    [Fact]
    public void Try_RegexRow_NamesWhatItCaptured() =>
        Try(_tenants, "blue.example.com")
            .Captures.ShouldBe([("$0", "blue.example.com"), ("$1", "blue"), ("$2", "example"), ("$name", "blue")], ignoreOrder: true);

    [Fact]
    public void Try_GroupThatTookNoPart_IsNotShown() => Try(_tenants, "xz").Captures.ShouldBe([("$0", "xz")]);

    [Fact]
    public void Try_OtherRows_CaptureNothing() => Try(_tenants, "one.a.b.org").Captures.ShouldBeEmpty();

    [Fact]
    public void Try_EmptyValueWithoutARowForIt_IsTheDefaultWhateverARegexSays()
    {
        var map = new HeaderMap
        {
            Name = "$m",
            Source = "$host",
            Default = "d",
            Rows =
            [
                new()
                {
                    Kind = HeaderMapRowKind.Regex,
                    Pattern = "^$",
                    Value = "r",
                },
            ],
        };
        Try(map, "").ShouldSatisfyAllConditions(trial => trial.Row.ShouldBe(-1), trial => trial.Result.ShouldBe("d"));
    }

    [Fact]
    public void Try_ResultThatReadsAnotherMap_IsRendered()
    {
        var other = new HeaderMap
        {
            Name = "$other",
            Source = "$request_method",
            Rows = [new() { Pattern = "GET", Value = "got" }],
        };
        var map = new HeaderMap
        {
            Name = "$m",
            Source = "$host",
            Default = "$other at $host",
        };
        MapTester.Try(new() { HeaderMaps = [other, map] }, map, "x").Result.ShouldBe("got at example.com");
    }

    [Fact]
    public void Try_MapThatReadsItself_IsTriedWithoutEnd()
    {
        var map = new HeaderMap
        {
            Name = "$m",
            Source = "$host",
            Default = "a${m}b",
        };
        Try(map, "x").Result.ShouldBe("ab");
    }

    [Theory]
    [InlineData(HeaderMapRowKind.Regex, "(", "v")]
    [InlineData(HeaderMapRowKind.Exact, "p", "$no_such_variable")]
    [InlineData(HeaderMapRowKind.Exact, "p", "$1")]
    public void Try_RowThatIsNotRightYet_SaysWhy(HeaderMapRowKind kind, string pattern, string value)
    {
        var trial = Try(
            new()
            {
                Name = "$m",
                Source = "$host",
                Rows =
                [
                    new()
                    {
                        Kind = kind,
                        Pattern = pattern,
                        Value = value,
                    },
                ],
            },
            "p"
        );
        trial.Row.ShouldBeNull();
        trial.Fault.ShouldNotBeNullOrEmpty();
    }

    [Theory]
    [InlineData("café", 0, "café", "")]
    [InlineData("über ❤", 1, "❤ über ❤", "❤")]
    public void Try_LettersOutsideAscii_AreShownAsLetters(string value, int row, string result, string captured)
    {
        var map = new HeaderMap
        {
            Name = "$m",
            Source = "$host",
            Rows =
            [
                new() { Pattern = "CAFé", Value = "café" },
                new()
                {
                    Kind = HeaderMapRowKind.Regex,
                    Pattern = "^über (.*)",
                    Value = "$1 über $1",
                },
            ],
        };
        var trial = Try(map, value);
        (trial.Row, trial.Result).ShouldBe((row, result));
        trial
            .Captures.Where(capture => capture.Name == "$1")
            .Select(capture => capture.Value)
            .ShouldBe(captured.Length == 0 ? Array.Empty<string>() : [captured]);
    }

    [Fact]
    public void Try_RegexThatRunsOutOfTime_SaysSo()
    {
        var map = new HeaderMap
        {
            Name = "$m",
            Source = "$host",
            Rows =
            [
                new()
                {
                    Kind = HeaderMapRowKind.Regex,
                    Pattern = "^(a|aa)+(?<!b)$",
                    Value = "v",
                },
            ],
        };
        Try(map, new string('a', 200) + "!").Fault.ShouldNotBeNull().ShouldContain("row 1 of $m");
    }

    private static MapTrial Try(HeaderMap map, string value) => MapTester.Try(new ProxyConfig { HeaderMaps = [map] }, map, value);
}
