using Appliance.Testing;
using Appliance.Web.Certificates.Acme;

namespace Appliance.Web.Tests.Certificates.Acme;

public sealed class RetryTimesTests
{
    private static readonly DateTimeOffset _now = new(2026, 11, 26, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(90, 30)]
    [InlineData(6, 2)]
    [InlineData(365, 121.67)]
    public void Due_AnyLifetime_IsWithAThirdLeftOrATenthOfItEarlier(double days, double left)
    {
        foreach (var id in Enumerable.Range(0, 100).Select(_ => Guid.NewGuid()))
        {
            var due = RetryTimes.Due(_now, _now.AddDays(days), id);
            (_now.AddDays(days) - due).TotalDays.ShouldBeInRange(left - 0.01, (left * 1.1) + 0.01);
            RetryTimes.Due(_now, _now.AddDays(days), id).ShouldBe(due);
        }
    }

    [Theory]
    [InlineData(0, 1, 1.2)]
    [InlineData(1, 1, 1.2)]
    [InlineData(2, 5, 6)]
    [InlineData(3, 15, 18)]
    [InlineData(4, 60, 72)]
    [InlineData(5, 360, 432)]
    [InlineData(6, 720, 1440)]
    [InlineData(1000, 720, 1440)]
    public void Next_AfterFailures_WaitsLonger(int failures, double least, double most)
    {
        RetryTimes.Next(_now, failures, null, 0).ShouldBe(_now.AddMinutes(least), TimeSpan.FromSeconds(1));
        RetryTimes.Next(_now, failures, null, 1).ShouldBe(_now.AddMinutes(most), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Next_AuthorityNamesATime_IsNotBefore()
    {
        RetryTimes.Next(_now, 1, _now.AddHours(3), 0.5).ShouldBe(_now.AddHours(3).AddMinutes(5));
        RetryTimes.Next(_now, 4, _now.AddMinutes(1), 0).ShouldBe(_now.AddHours(1));
    }

    [Theory]
    [InlineData(8, 0, 8)]
    [InlineData(8, 1, 8)]
    [InlineData(26000, 0.5, 8)]
    [InlineData(7, 0, 7)]
    public void Next_AuthorityNamesATimeFarAway_IsWithinEightDays(double named, double chance, double days) =>
        RetryTimes.Next(_now, 1, _now.AddDays(named), chance).ShouldBe(_now.AddDays(days));

    [Theory]
    [InlineData(0, true, 1)]
    [InlineData(0, false, 5)]
    [InlineData(1, true, 5)]
    [InlineData(2, true, 15)]
    [InlineData(100, false, 360)]
    public void Claimed_ByWhatFailedBefore_IsLonger(int failures, bool isFirst, double minutes) =>
        RetryTimes.Claimed(_now, failures, isFirst).ShouldBe(_now.AddMinutes(minutes));

    [Fact]
    public void Faults_InARow_AreLeftAloneLongerUpToAnHour()
    {
        var time = TestTime.New();
        var waits = new FaultWaits(time);
        var id = Guid.NewGuid();
        waits.Holds(id).ShouldBeFalse();
        foreach (var minutes in new[] { 1, 2, 4, 8, 16, 32, 60, 60 })
        {
            waits.Note(id);
            time.Advance(TimeSpan.FromMinutes(minutes) - TimeSpan.FromSeconds(1));
            waits.Holds(id).ShouldBeTrue();
            waits.Holds(Guid.NewGuid()).ShouldBeFalse();
            time.Advance(TimeSpan.FromSeconds(1));
            waits.Holds(id).ShouldBeFalse();
        }

        waits.Note(id);
        waits.Forget(id);
        waits.Holds(id).ShouldBeFalse();
    }
}
