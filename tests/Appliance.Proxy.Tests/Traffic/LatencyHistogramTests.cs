using Appliance.Proxy.Traffic;

namespace Appliance.Proxy.Tests.Traffic;

public sealed class LatencyHistogramTests
{
    [Theory]
    [InlineData(10)]
    [InlineData(123)]
    [InlineData(1_000)]
    [InlineData(33_333)]
    [InlineData(60_000_000)]
    [InlineData(900_000_000)]
    public void Percentile_OneDuration_IsAtMostAnEighthOff(double microseconds)
    {
        var histogram = new LatencyHistogram();
        histogram.Add(TimeSpan.FromMicroseconds(microseconds));
        P(histogram, 0.5).TotalMicroseconds.ShouldBe(microseconds, microseconds / 8);
    }

    [Fact]
    public void Percentile_NineFastOneSlow_TellsThemApart()
    {
        var histogram = new LatencyHistogram();
        for (var index = 0; index < 90; index++)
            histogram.Add(TimeSpan.FromMilliseconds(1));
        for (var index = 0; index < 10; index++)
            histogram.Add(TimeSpan.FromMilliseconds(500));
        P(histogram, 0.90).TotalMilliseconds.ShouldBe(1, 0.13);
        P(histogram, 0.95).TotalMilliseconds.ShouldBe(500, 63);
    }

    [Fact]
    public void Percentile_BetweenTwoCopies_ForgetsWhatWasBefore()
    {
        var histogram = new LatencyHistogram();
        histogram.Add(TimeSpan.FromSeconds(9));
        var before = new uint[LatencyHistogram.Buckets];
        histogram.CopyTo(before);
        histogram.Add(TimeSpan.FromMilliseconds(2));
        var after = new uint[LatencyHistogram.Buckets];
        histogram.CopyTo(after);
        LatencyHistogram.Percentile(before, after, 0.99).TotalMilliseconds.ShouldBe(2, 0.25);
        LatencyHistogram.Percentile(after, after, 0.99).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void Add_OutsideTheRange_IsClamped()
    {
        var histogram = new LatencyHistogram();
        histogram.Add(TimeSpan.Zero);
        P(histogram, 1).TotalMicroseconds.ShouldBeLessThan(11);
        histogram.Add(TimeSpan.FromDays(2));
        P(histogram, 1).TotalMinutes.ShouldBeInRange(15, 20);
    }

    private static TimeSpan P(LatencyHistogram histogram, double share)
    {
        var after = new uint[LatencyHistogram.Buckets];
        histogram.CopyTo(after);
        return LatencyHistogram.Percentile(new uint[LatencyHistogram.Buckets], after, share);
    }
}
