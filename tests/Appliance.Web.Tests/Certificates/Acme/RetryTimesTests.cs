using Appliance.Web.Certificates.Acme;

namespace Appliance.Web.Tests.Certificates.Acme;

public sealed class RetryTimesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 26, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(90, 30)]
    [InlineData(6, 2)]
    [InlineData(365, 121.67)]
    public void Due_AnyLifetime_IsWithAThirdLeftOrATenthOfItEarlier(double days, double left)
    {
        foreach (var id in Enumerable.Range(0, 100).Select(_ => Guid.NewGuid()))
        {
            var due = RetryTimes.Due(Now, Now.AddDays(days), id);
            (Now.AddDays(days) - due).TotalDays.ShouldBeInRange(left - 0.01, (left * 1.1) + 0.01);
            RetryTimes.Due(Now, Now.AddDays(days), id).ShouldBe(due);
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
        RetryTimes.Next(Now, failures, null, 0).ShouldBe(Now.AddMinutes(least), TimeSpan.FromSeconds(1));
        RetryTimes.Next(Now, failures, null, 1).ShouldBe(Now.AddMinutes(most), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Next_AuthorityNamesATime_IsNotBefore()
    {
        RetryTimes.Next(Now, 1, Now.AddHours(3), 0.5).ShouldBe(Now.AddHours(3).AddMinutes(5));
        RetryTimes.Next(Now, 4, Now.AddMinutes(1), 0).ShouldBe(Now.AddHours(1));
    }
}
