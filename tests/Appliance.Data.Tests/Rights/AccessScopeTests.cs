using Appliance.Data.Rights;
using Appliance.Proxy.Routing;

namespace Appliance.Data.Tests.Rights;

public sealed class AccessScopeTests
{
    [Theory]
    [InlineData("host:*.a.example.com", "x.a.example.com", true)]
    [InlineData("host:*.a.example.com", "y.x.a.example.com", true)]
    [InlineData("host:*.a.example.com", "X.A.EXAMPLE.COM.", true)]
    [InlineData("host:*.a.example.com", "*.a.example.com", true)]
    [InlineData("host:*.a.example.com", "*.x.a.example.com", true)]
    [InlineData("host:*.a.example.com", "a.example.com", false)]
    [InlineData("host:*.a.example.com", ".a.example.com", false)]
    [InlineData("host:*.a.example.com", "*.example.com", false)]
    [InlineData("host:*.a.example.com", "xa.example.com", false)]
    [InlineData("host:*.a.example.com", "x.a.example.com.evil.net", false)]
    [InlineData("host:*.a.example.com", "x.a.example.*", false)]
    [InlineData("host:*.a.example.com", "~.*\\.a\\.example\\.com", false)]
    [InlineData("host:.a.example.com", "a.example.com", true)]
    [InlineData("host:.a.example.com", ".a.example.com", true)]
    [InlineData("host:.a.example.com", "*.a.example.com", true)]
    [InlineData("host:.a.example.com", "ba.example.com", false)]
    [InlineData("host:a.example.com", "a.example.com", true)]
    [InlineData("host:a.example.com", "x.a.example.com", false)]
    [InlineData("host:a.example.com host:*.b.example.com", "x.b.example.com", true)]
    public void Hosts_CoverWhatIsWhollyBelow(string text, string host, bool covered)
    {
        var scope = Parse(text);
        scope.CoversHost(host).ShouldBe(covered);
        scope.Covers(Of([host], [])).ShouldBe(covered);
    }

    [Fact]
    public void Route_EveryHostMustBeCovered_AndNoneIsEveryHost()
    {
        var scope = Parse("host:*.a.example.com");
        scope.Covers(Of(["x.a.example.com", "b.example.com"], [])).ShouldBeFalse();
        scope.Covers(Of([], [])).ShouldBeFalse();
    }

    [Fact]
    public void TagsAndHosts_BothMustHold()
    {
        var scope = Parse("host:*.a.example.com, tag:team-a");
        scope.Covers(Of(["x.a.example.com"], ["TEAM-A", "other"])).ShouldBeTrue();
        scope.Covers(Of(["x.a.example.com"], ["team-b"])).ShouldBeFalse();
        scope.Covers(Of(["x.b.example.com"], ["team-a"])).ShouldBeFalse();
        Parse("tag:team-a").Covers(Of([], ["team-a"])).ShouldBeTrue();
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("  ", "")]
    [InlineData("host:*.A.example.com., tag:Team", "host:*.a.example.com tag:Team")]
    [InlineData("tag:a tag:A", "tag:a")]
    public void Written_AsItIsRead(string text, string written)
    {
        Parse(text).ToString().ShouldBe(written);
        Parse(written).ShouldBe(Parse(text));
        AccessScope.Stored(written).ShouldBe(Parse(text));
    }

    [Theory]
    [InlineData("*.a.example.com")]
    [InlineData("host:")]
    [InlineData("tag:")]
    [InlineData("host:a.*")]
    [InlineData("host:a*b")]
    [InlineData("host:http://a")]
    public void Fault_IsASentence(string text)
    {
        AccessScope.TryParse(text, out _, out var fault).ShouldBeFalse();
        fault.ShouldNotBeNull().ShouldEndWith(".");
        var stored = AccessScope.Stored(text);
        stored.IsEverything.ShouldBeFalse();
        stored.Covers(Of(["a"], ["a"])).ShouldBeFalse();
    }

    [Fact]
    public void Administrator_HasNoLimit()
    {
        new Grant(Role.Administrator, Parse("tag:a")).Reach.IsEverything.ShouldBeTrue();
        new Grant(Role.Operator, Parse("tag:a")).Reach.ToString().ShouldBe("tag:a");
        Grant.Nothing.Includes(Role.Viewer).ShouldBeFalse();
        Grant.Nothing.Refusal(Role.Viewer, "Looking").ShouldNotBeNull().ShouldContain("session has ended");
        new Grant(Role.Viewer, AccessScope.Everything)
            .Refusal(Role.Operator, "Closing")
            .ShouldBe("Closing takes the role Operator; yours is Viewer.");
    }

    private static AccessScope Parse(string text)
    {
        AccessScope.TryParse(text, out var scope, out var fault).ShouldBeTrue(fault);
        return scope.ShouldNotBeNull();
    }

    private static Route Of(string[] hosts, string[] tags) =>
        new()
        {
            Name = "one",
            Hosts = [.. hosts],
            Tags = [.. tags],
            Action = new RouteAction.Respond { Status = 200 },
        };
}
