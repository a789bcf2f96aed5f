using Appliance.Data.Figures;
using Appliance.Proxy.Traffic;

namespace Appliance.Data.Tests.Figures;

public sealed class LatencyCountsTests
{
    [Fact]
    public void Read_WhatWasPacked_IsTheSame()
    {
        var counts = new uint[LatencyHistogram.Buckets];
        (counts[0], counts[40], counts[111]) = (1, 300, uint.MaxValue);
        var packed = LatencyCounts.Of(counts);
        var read = new uint[LatencyHistogram.Buckets];
        LatencyCounts.Read(packed.Packed.ToArray()).AddTo(read);
        read.ShouldBe(counts);
        packed.Packed.Length.ShouldBe(2 + 3 + 6);
    }

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 200, 1, 5, 1 })]
    [InlineData(new byte[] { 5, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80 })]
    public void Read_SomethingElse_IsNoRequest(byte[] packed) => LatencyCounts.Read(packed).Percentile(0.95).ShouldBe(TimeSpan.Zero);

    [Fact]
    public void Percentile_OfTwoSpansAdded_IsThatOfAllRequests()
    {
        var fast = Of(TimeSpan.FromMilliseconds(1), 90);
        var slow = Of(TimeSpan.FromMilliseconds(500), 10);
        var both = fast.Add(slow);
        both.Percentile(0.90).TotalMilliseconds.ShouldBe(1, 0.13);
        both.Percentile(0.95).TotalMilliseconds.ShouldBe(500, 63);
        fast.Until(both).Percentile(0.01).TotalMilliseconds.ShouldBe(500, 63);
        LatencyCounts.None.Percentile(0.95).ShouldBe(TimeSpan.Zero);
        LatencyCounts.None.Add(fast).ShouldBeSameAs(fast);
    }

    [Fact]
    public void Add_MoreThanANumberHolds_StaysAtTheLargest()
    {
        var counts = new uint[LatencyHistogram.Buckets];
        counts[7] = uint.MaxValue;
        var sum = new uint[LatencyHistogram.Buckets];
        LatencyCounts.Of(counts).Add(LatencyCounts.Of(counts)).AddTo(sum);
        sum[7].ShouldBe(uint.MaxValue);
    }

    private static LatencyCounts Of(TimeSpan duration, int count)
    {
        var histogram = new LatencyHistogram();
        for (var index = 0; index < count; index++)
            histogram.Add(duration);
        var counts = new uint[LatencyHistogram.Buckets];
        histogram.CopyTo(counts);
        return LatencyCounts.Of(counts);
    }
}
