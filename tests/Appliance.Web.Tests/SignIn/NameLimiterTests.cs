using System.Globalization;
using Appliance.Testing;
using Appliance.Web.SignIn;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Web.Tests.SignIn;

public sealed class NameLimiterTests
{
    private readonly FakeTimeProvider _time = TestTime.New();
    private readonly NameLimiter _limiter;

    public NameLimiterTests() => _limiter = new(_time);

    [Fact]
    public void Source_FiveWrong_WaitsAndNobodyElseDoes()
    {
        for (var number = 0; number < 4; number++)
            Fail("ANN", "a").ShouldBeNull();
        Fail("ANN", "a").ShouldBe(NameLimiter.FirstWait);
        _limiter.Begin("ANN", "a", isDevice: false).ShouldBe(NameLimiter.FirstWait);
        Fail("ANN", "b").ShouldBeNull("another source");
        Fail("BOB", "a").ShouldBeNull("another name");
        _time.Advance(NameLimiter.FirstWait);
        Fail("ANN", "a").ShouldBe(2 * NameLimiter.FirstWait);
    }

    [Fact]
    public void Right_OfASource_ForgetsItsFailures()
    {
        for (var number = 0; number < 4; number++)
            Fail("ANN", "a");
        _limiter.Begin("ANN", "a", isDevice: false).ShouldBeNull();
        _limiter.End("ANN", "a", isDevice: false, failed: false).ShouldBeNull();
        for (var number = 0; number < 4; number++)
            Fail("ANN", "a").ShouldBeNull();
    }

    [Fact]
    public void ManySources_TogetherFifty_WaitButForAKnownDevice()
    {
        for (var number = 1; number < NameLimiter.FailuresOfAllUntilWait; number++)
            Fail("ANN", number.ToString(CultureInfo.InvariantCulture)).ShouldBeNull();
        _limiter.KeepsOutEverybody("ANN").ShouldBeFalse();
        Fail("ANN", "the last").ShouldBe(NameLimiter.FirstWait);
        _limiter.KeepsOutEverybody("ANN").ShouldBeTrue();
        _limiter.Begin("ANN", "never seen", isDevice: false).ShouldBe(NameLimiter.FirstWait);
        _limiter.Begin("ANN", "device 1", isDevice: true).ShouldBeNull();
        _limiter.End("ANN", "device 1", isDevice: true, failed: true).ShouldBeNull();
        _limiter.Forget("ANN");
        _limiter.Begin("ANN", "never seen", isDevice: false).ShouldBeNull();
    }

    [Fact]
    public void Refused_ByTheTotal_CountsNothingForTheSource()
    {
        for (var number = 0; number < NameLimiter.FailuresOfAllUntilWait; number++)
            Fail("ANN", number.ToString(CultureInfo.InvariantCulture));
        for (var number = 0; number < 20; number++)
            _limiter.Begin("ANN", "me", isDevice: false).ShouldNotBeNull();
        _time.Advance(NameLimiter.FirstWait);
        _limiter.Begin("ANN", "me", isDevice: false).ShouldBeNull();
    }

    [Fact]
    public void Names_OfAnyNumberAndLength_TakeNoMoreThanATotal()
    {
        var most = 2 * AddressLimiter.MostKnown;
        for (var number = 0; number < AddressLimiter.MostKnown + 100; number++)
            Fail(new string('x', 10) + number.ToString(CultureInfo.InvariantCulture), "a");
        _limiter.Count.ShouldBeLessThanOrEqualTo(most);
    }

    private TimeSpan? Fail(string name, string source)
    {
        _limiter.Begin(name, source, isDevice: false).ShouldBeNull();
        return _limiter.End(name, source, isDevice: false, failed: true);
    }
}
