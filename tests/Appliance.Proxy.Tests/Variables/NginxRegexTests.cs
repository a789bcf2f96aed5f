using System.Diagnostics;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.Tests.Variables;

public sealed class NginxRegexTests
{
    [Theory]
    [InlineData(@"^/a(?P<rest>.*)$", "/abc", true)]
    [InlineData(@"^\d+$", "123", true)]
    [InlineData(@"^\d+$", "١٢٣", false)] // PCRE without UCP: ASCII digits only
    [InlineData(@"^\w+$", "é", false)]
    [InlineData(@"^[\s\S]{2}$", "\u00c2\u0085", true)] // NEL and the no-break space are spaces in Unicode, and bytes here
    [InlineData(@"^[^\S]$", "\u00a0", false)]
    [InlineData(@"^[\d\D]{3}[\w\W]{3}$", "é\u00b2\u00aaé\u00b5_", true)]
    [InlineData(@"^[\S\n]+$", "a b", false)]
    [InlineData(@"^[\D]+$", "a1", false)]
    [InlineData(@"^[\W]+$", "-a", false)]
    [InlineData(@"^[\W]+$", "-_", false)]
    [InlineData(@"[[:alpha:]]+\.php$", "/x.php", true)]
    [InlineData(@"^[a-[]$", "[", false)]
    [InlineData(@"^[]a]+$", "]a", true)]
    [InlineData(@"^/a\/b$", "/a/b", true)]
    [InlineData(@"^(?!/api)/", "/api", false)]
    [InlineData(@"^(?!/api)/", "/app", true)]
    [InlineData(@"(.)\1", "aa", true)]
    [InlineData(@"ABC", "abc", false)]
    public void Match_Pattern_AsPcre(string pattern, string text, bool expected)
    {
        var regex = NginxRegex.TryCompile(pattern, ignoreCase: false, out var error);
        if (pattern == @"^[a-[]$")
        {
            // PCRE refuses this range as out of order, too.
            regex.ShouldBeNull();
            error.ShouldNotBeNull();
            return;
        }

        NginxRegex.IsMatch(regex.ShouldNotBeNull(error), text).ShouldBe(expected);
    }

    [Theory]
    [InlineData(@"^(?<name>\w+)\.(example)\.com$", "name=blue 1=blue 2=example")]
    [InlineData(@"^(\w+)\.(?P<name>\w+)", "name=example 1=blue 2=example")]
    [InlineData(@"^(?'name'blue|\(red\))(\.)", "name=blue 1=blue 2=.")]
    [InlineData(@"^(?<name>(b)(?:l)[)u]e)(?=\.)(?<!red)", "name=blue 1=blue 2=b")]
    [InlineData(@"^(?<name>[a-z])+\.(e)", "name=e 1=e 2=e")]
    public void Match_NamedGroups_AreNumberedWithTheOthers(string pattern, string expected)
    {
        var groups = NginxRegex
            .Match(NginxRegex.TryCompile(pattern, ignoreCase: false, out var error).ShouldNotBeNull(error), "blue.example.com")
            .ShouldNotBeNull()
            .Groups;
        $"name={groups["name"]} 1={groups[1]} 2={groups[2]}".ShouldBe(expected);
    }

    [Fact]
    public void Match_IgnoreCase_Does() =>
        NginxRegex.IsMatch(NginxRegex.TryCompile("ABC", ignoreCase: true, out _).ShouldNotBeNull(), "xabcx").ShouldBeTrue();

    [Theory]
    [InlineData("a(b", "position")]
    [InlineData("a)b", "position")]
    [InlineData("[a", "position")]
    [InlineData("*a", "position 1")]
    [InlineData("a++", "possessive")]
    [InlineData("(?R)", "recurses at position 1")]
    [InlineData(@"\Qa", "position 1")]
    [InlineData("[[:foo:]]", "POSIX")]
    public void TryCompile_Wrong_SaysWhere(string pattern, string part)
    {
        NginxRegex.TryCompile(pattern, ignoreCase: false, out var error).ShouldBeNull();
        error.ShouldNotBeNull().ShouldContain(part);
    }

    [Theory]
    [InlineData("^(a+)+$", false)]
    [InlineData(@"^(a|aa)+\1?$", true)] // a backreference needs the backtracking engine, which has a time limit
    public void Match_Catastrophic_EndsSoonAndSaysSo(string pattern, bool isSlow)
    {
        var regex = NginxRegex.TryCompile(pattern, ignoreCase: false, out var error).ShouldNotBeNull(error);
        var started = Stopwatch.GetTimestamp();
        var text = new string('a', 5000) + "!";
        if (isSlow)
            Should.Throw<RegexOutOfTimeException>(() => NginxRegex.IsMatch(regex, text));
        else
            NginxRegex.IsMatch(regex, text).ShouldBeFalse();
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(20)); // unbounded it would be years
    }

    [Theory]
    [InlineData("^über", false, "über alles", true)]
    [InlineData("^über", true, "ÜBER alles", false)] // only A to Z have another case
    [InlineData("^ÜBER", true, "Über alles", true)]
    [InlineData("^.{3}$", false, "€", true)]
    [InlineData("^€+$", false, "€€", false)] // the last byte repeats, as in nginx
    [InlineData("^(?:€)+$", false, "€€", true)]
    [InlineData(@"^\xE2\x82\xAC$", true, "€", true)]
    [InlineData(@"^\€$", false, "€", true)]
    [InlineData("^[^a]+$", true, "€", true)]
    [InlineData("🚀", false, "x🚀", true)]
    public void Match_LettersOutsideAscii_AreTheirBytes(string pattern, bool ignoreCase, string text, bool expected) =>
        NginxRegex
            .IsMatch(NginxRegex.TryCompile(pattern, ignoreCase, out var error).ShouldNotBeNull(error), RequestPath.ToBytes(text))
            .ShouldBe(expected);

    [Fact]
    public void TryCompile_TooLong_IsRefused()
    {
        NginxRegex.TryCompile(new string('a', NginxRegex.MaxLength + 1), ignoreCase: false, out var error).ShouldBeNull();
        error.ShouldNotBeNull().ShouldContain("at most");
    }
}
