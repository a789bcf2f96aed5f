using System.Globalization;
using System.Net;
using Appliance.Testing;
using Appliance.Web.SignIn;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Web.Tests.SignIn;

public sealed class AddressLimiterTests
{
    private static readonly IPAddress _address = IPAddress.Parse("192.0.2.7");
    private readonly FakeTimeProvider _time = TestTime.New();
    private readonly AddressLimiter _limiter;

    public AddressLimiterTests() => _limiter = new(_time);

    [Fact]
    public void Failures_TenWithinTheWindow_WaitThenTwiceAsLongEachTime()
    {
        Fail(AddressLimiter.FailuresUntilWait - 1).ShouldBeNull();
        Fail(1).ShouldBe(TimeSpan.FromSeconds(30));
        _limiter.Begin(_address).ShouldBe(TimeSpan.FromSeconds(30));
        _time.Advance(TimeSpan.FromSeconds(29));
        _limiter.Begin(_address).ShouldBe(TimeSpan.FromSeconds(1));
        foreach (var seconds in new[] { 60, 120, 240, 480, 900, 900 })
        {
            _time.Advance(_limiter.Begin(_address).ShouldNotBeNull());
            Fail(1).ShouldBe(TimeSpan.FromSeconds(seconds));
        }
    }

    [Fact]
    public void Failures_SpreadOverTime_NeverWait()
    {
        for (var number = 0; number < 50; number++)
        {
            Fail(1).ShouldBeNull();
            _time.Advance(AddressLimiter.Window / 9);
        }
    }

    [Fact]
    public void Wait_ThenQuietForTheWindow_IsForgotten()
    {
        Fail(AddressLimiter.FailuresUntilWait).ShouldNotBeNull();
        _time.Advance(AddressLimiter.FirstWait + AddressLimiter.Window);
        Fail(AddressLimiter.FailuresUntilWait - 1).ShouldBeNull();
        Fail(1).ShouldBe(AddressLimiter.FirstWait);
    }

    [Fact]
    public void Tries_AtOnce_AreNotMoreThanOneAfterTheOther()
    {
        Fail(3);
        var begun = Enumerable.Range(0, 100).Count(_ => _limiter.Begin(_address) is null);
        begun.ShouldBe(AddressLimiter.FailuresUntilWait - 3);
        for (var number = 0; number < begun; number++)
            _limiter.End(_address, failed: false);
        _limiter.Begin(_address).ShouldBeNull();
    }

    [Fact]
    public void Successes_CountNothingAndAreNotRemembered()
    {
        for (var number = 0; number < 100; number++)
        {
            _limiter.Begin(_address).ShouldBeNull();
            _limiter.End(_address, failed: false).ShouldBeNull();
        }

        _limiter.Count.ShouldBe(0);
    }

    [Theory]
    [InlineData("192.0.2.7", "::ffff:192.0.2.7", true)]
    [InlineData("192.0.2.7", "192.0.2.8", false)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1:ffff::9", true)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", false)]
    [InlineData("fe80::1%3", "fe80::1%4", true)]
    public void Address_Key_IsOneHousehold(string one, string other, bool same) =>
        (AddressLimiter.KeyOf(IPAddress.Parse(one)) == AddressLimiter.KeyOf(IPAddress.Parse(other))).ShouldBe(same);

    [Fact]
    public void Addresses_TooMany_TheQuietestGoesFirst()
    {
        Fail(AddressLimiter.FailuresUntilWait - 1);
        _time.Advance(TimeSpan.FromSeconds(1));
        for (var number = 0; number < AddressLimiter.MostKnown + 5; number++)
        {
            var address = IPAddress.Parse(
                string.Create(CultureInfo.InvariantCulture, $"10.{number >> 16}.{(number >> 8) & 255}.{number & 255}")
            );
            _limiter.Begin(address);
            _limiter.End(address, failed: true);
        }

        _limiter.Count.ShouldBe(AddressLimiter.MostKnown);
        Fail(1).ShouldBeNull("it was forgotten");
    }

    private TimeSpan? Fail(int times)
    {
        TimeSpan? wait = null;
        for (var number = 0; number < times; number++)
        {
            _limiter.Begin(_address).ShouldBeNull();
            wait = _limiter.End(_address, failed: true);
        }

        return wait;
    }
}
