using Appliance.Testing;
using Appliance.Web.SignIn.Oidc;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Web.Tests.SignIn.Oidc;

/// <summary>What is remembered of sign-ins, and for how long.</summary>
public sealed class BoundedMemoryTests
{
    private readonly FakeTimeProvider _time = TestTime.New();

    [Fact]
    public void SeenTokens_SameKey_IsNewOnceAnIssuer()
    {
        var seen = new SeenTokens(_time);
        seen.IsNew("https://a", "1").ShouldBeTrue();
        seen.IsNew("https://a", "1").ShouldBeFalse();
        seen.IsNew("https://b", "1").ShouldBeTrue();
    }

    [Fact]
    public void SeenTokens_AreRememberedLongerThanTheyAreGood()
    {
        var seen = new SeenTokens(_time);
        seen.IsNew("https://a", "1");
        _time.Advance(LogoutTokenChecks.LongestLife + IdTokenChecks.Skew);
        seen.IsNew("https://a", "1").ShouldBeFalse();
        _time.Advance(LogoutTokenChecks.LongestLife);
        seen.IsNew("https://a", "1").ShouldBeTrue();
    }

    [Fact]
    public void TrialRuns_AreOfWhoBeganThemAndNotForLong()
    {
        var trials = new TrialRuns(_time);
        var id = trials.Begin(1, 1);
        trials.Find(id, 2).ShouldBeNull();
        trials.Find(id, null).ShouldBeNull();
        trials.Find(id, 1)!.Trace.ShouldBeNull();
        trials.Finish(id, new());
        trials.Find(id, 1)!.Trace.ShouldNotBeNull();
        _time.Advance(TrialRuns.Kept + TimeSpan.FromSeconds(1));
        trials.Find(id, 1).ShouldBeNull();
    }

    [Fact]
    public void TrialRuns_Many_TheOldestGo()
    {
        var trials = new TrialRuns(_time);
        var first = trials.Begin(1, 1);
        for (var number = 0; number < TrialRuns.Most; number++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            trials.Begin(1, 1);
        }

        trials.Find(first, 1).ShouldBeNull();
    }

    [Fact]
    public void RefusalLimit_IsAMinutes()
    {
        var limit = new RefusalLimit(_time);
        Enumerable.Range(0, RefusalLimit.MostPerMinute + 100).Count(_ => limit.Take()).ShouldBe(RefusalLimit.MostPerMinute);
        _time.Advance(TimeSpan.FromMinutes(1));
        limit.Take().ShouldBeTrue();
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(2400, true)]
    [InlineData(2401, false)]
    public void ProviderSession_KeepsATokenThatFitsIntoACookie(int length, bool kept)
    {
        var properties = new Microsoft.AspNetCore.Authentication.AuthenticationProperties();
        new ProviderSession(2, new('x', length)).Keep(properties);
        var read = ProviderSession.Of(properties)!;
        (read.Provider, read.IdToken is not null).ShouldBe((2, kept));
        ProviderSession.Of(new()).ShouldBeNull();
    }
}
