using Appliance.Web.Certificates;
using Appliance.Web.Forms;

namespace Appliance.Web.Tests.Certificates;

public sealed class SelfSignerTests
{
    [Theory]
    [InlineData("ec256", "EC P-256")]
    [InlineData("rsa2048", "RSA 2048")]
    public void Make_NamesAndDays_IsWhatIsAskedFor(string kind, string key)
    {
        var now = DateTimeOffset.UtcNow;
        var facts = SelfSigner.Make(["*.a.example.com", "10.0.0.1", "::1"], 30, kind, now).Facts;
        facts.Names.ShouldBe(["*.a.example.com", "10.0.0.1", "::1"]);
        (facts.Key, facts.IsSelfSigned, facts.IsAuthority).ShouldBe((key, true, false));
        (facts.NotAfter - now).TotalDays.ShouldBe(30, 0.01);
        facts.IsValidAt(now).ShouldBeTrue();
    }

    [Fact]
    public void Make_LongFirstName_IsAllTheSameOne()
    {
        var name = string.Join('.', Enumerable.Repeat("abcdefghij", 8)) + ".example.com";
        SelfSigner.Make([name], 1, "ec256", DateTimeOffset.UtcNow).Facts.Names.ShouldBe([name]);
    }

    [Theory]
    [InlineData("a.example.com", "a.example.com", null)]
    [InlineData("A.Example.com. \n *.b.example.com,10.0.0.1 [::1]", "a.example.com *.b.example.com 10.0.0.1 ::1", null)]
    [InlineData("a.example.com a.example.com", "a.example.com", null)]
    [InlineData("bücher.example", "xn--bcher-kva.example", null)]
    [InlineData("*.bücher.example 2001:DB8::0:1 fe80::1%2 127.0.0.1", "*.xn--bcher-kva.example 2001:db8::1 fe80::1 127.0.0.1", null)]
    [InlineData("1a b1.2c", "1a b1.2c", null)]
    [InlineData("1", "", "neither a name nor a whole address")]
    [InlineData("10.1", "", "neither a name nor a whole address")]
    [InlineData("0x7f.1", "", "neither a name nor a whole address")]
    [InlineData("010.0.0.1", "", "neither a name nor a whole address")]
    [InlineData("1.2.3.4.5", "", "neither a name nor a whole address")]
    [InlineData("", "", "at least one name")]
    [InlineData("~^a", "", "pattern of a route")]
    [InlineData("a.*", "", "pattern of a route")]
    [InlineData(".example.com", "", "pattern of a route")]
    [InlineData("https://a.example.com", "", "is a URL")]
    [InlineData("a*.example.com", "", "wildcard")]
    [InlineData("a.example.com:443", "", "port")]
    [InlineData("-.-", "", "not a host name")]
    public void ReadNames_Text_IsNamesOrSaysWhyNot(string text, string names, string? fault)
    {
        var problems = new List<FieldProblem>();
        var read = SelfSigner.ReadNames(text, "names", problems);
        if (fault is null)
            problems.ShouldBeEmpty();
        else
            problems
                .ShouldHaveSingleItem()
                .ShouldSatisfyAllConditions(one => one.Path.ShouldBe("names"), one => one.Message.ShouldContain(fault));
        string.Join(' ', read).ShouldBe(names);
    }

    [Fact]
    public void ReadNames_ManyNames_AreCountedOnce()
    {
        var problems = new List<FieldProblem>();
        SelfSigner.ReadNames(string.Join(' ', Enumerable.Repeat("a.example.com", 101)), "names", problems).ShouldBe(["a.example.com"]);
        problems.ShouldBeEmpty();
        SelfSigner.ReadNames(string.Join(' ', Enumerable.Range(0, 101).Select(number => $"n{number}.example.com")), "names", problems);
        problems.ShouldHaveSingleItem().Message.ShouldContain("101 names");
    }

    [Theory]
    [InlineData(" 365 ", true)]
    [InlineData("1", true)]
    [InlineData("3650", true)]
    [InlineData("0", false)]
    [InlineData("3651", false)]
    [InlineData("-1", false)]
    [InlineData("1.5", false)]
    [InlineData("", false)]
    public void ReadDays_Text_IsWithinLimits(string text, bool good)
    {
        var problems = new List<FieldProblem>();
        SelfSigner.ReadDays(text, "days", problems);
        problems.Count.ShouldBe(good ? 0 : 1);
    }
}
