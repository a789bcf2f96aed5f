using Appliance.Web.Controls;

namespace Appliance.Web.Tests.Controls;

/// <summary>In the tables an underscore is a thin space.</summary>
public sealed class ShownTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(999, "999")]
    [InlineData(12_345, "12_345")]
    [InlineData(-1_000, "-1_000")]
    [InlineData(9_876_543_210, "9_876_543_210")]
    public void Count(long number, string expected) => Check(Shown.Count(number), expected);

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.04, "0")]
    [InlineData(0.06, "0.1")]
    [InlineData(1, "1")]
    [InlineData(2.5, "2.5")]
    [InlineData(2.96, "3")]
    [InlineData(9.94, "9.9")]
    [InlineData(9.96, "10")]
    [InlineData(10.6, "11")]
    [InlineData(1_234.5, "1_234")]
    public void Rate(double number, string expected) => Check(Shown.Rate(number), expected);

    [Theory]
    [InlineData(0, "0_B")]
    [InlineData(512, "512_B")]
    [InlineData(1_023, "1_023_B")]
    [InlineData(1_024, "1.0_KiB")]
    [InlineData(1_434, "1.4_KiB")]
    [InlineData(23.2 * 1024 * 1024, "23_MiB")]
    [InlineData(9.96 * 1024, "10_KiB")]
    [InlineData(1_048_570, "1.0_MiB")]
    [InlineData(3L << 40, "3.0_TiB")]
    [InlineData(5_000_000.0 * (1L << 40), "4_883_PiB")]
    public void Bytes(double bytes, string expected) => Check(Shown.Bytes(bytes), expected);

    [Theory]
    [InlineData(0, "0_%")]
    [InlineData(0.003, "0.3_%")]
    [InlineData(0.0994, "9.9_%")]
    [InlineData(0.0996, "10_%")]
    [InlineData(0.12, "12_%")]
    [InlineData(1, "100_%")]
    public void Share(double share, string expected) => Check(Shown.Share(share), expected);

    [Theory]
    [InlineData(0, "–")]
    [InlineData(0.8, "0.8_ms")]
    [InlineData(9.96, "10_ms")]
    [InlineData(12, "12_ms")]
    [InlineData(999.4, "999_ms")]
    [InlineData(999.6, "1.0_s")]
    [InlineData(1_340, "1.3_s")]
    public void Latency(double milliseconds, string expected) => Check(Shown.Latency(milliseconds), expected);

    [Theory]
    [InlineData(-5, "0_s", "just now")]
    [InlineData(0, "0_s", "just now")]
    [InlineData(5.9, "5_s", "5_s ago")]
    [InlineData(59.9, "59_s", "59_s ago")]
    [InlineData(60, "1_min", "1_min ago")]
    [InlineData(3_599, "59_min", "59_min ago")]
    [InlineData(3_600, "1_h", "1_h ago")]
    [InlineData(7_800, "2_h 10_min", "2_h 10_min ago")]
    [InlineData(86_399, "23_h 59_min", "23_h 59_min ago")]
    [InlineData(86_400, "1_d", "1_d ago")]
    [InlineData(356_400, "4_d 3_h", "4_d 3_h ago")]
    [InlineData(1.5, "1_s", "just now")]
    public void DurationAndAgo(double seconds, string duration, string ago)
    {
        Check(Shown.Duration(TimeSpan.FromSeconds(seconds)), duration);
        Check(Shown.Ago(TimeSpan.FromSeconds(seconds)), ago);
    }

    [Theory]
    [InlineData(1, "just now")]
    [InlineData(5, "just now")]
    [InlineData(6, "in 6_s")]
    [InlineData(58.2, "in 59_s")]
    [InlineData(59.5, "in 1_min")]
    [InlineData(60, "in 1_min")]
    [InlineData(479, "in 8_min")]
    [InlineData(480, "in 8_min")]
    [InlineData(599.9, "in 10_min")]
    [InlineData(3_590, "in 1_h")]
    [InlineData(7_800, "in 2_h 10_min")]
    [InlineData(604_799, "in 7_d")]
    public void WhatIsToCome_IsSaidSo(double seconds, string expected) => Check(Shown.Ago(TimeSpan.FromSeconds(-seconds)), expected);

    [Theory]
    [InlineData(0, null, "0 routes")]
    [InlineData(1, null, "1 route")]
    [InlineData(2_000, null, "2_000 routes")]
    [InlineData(2, "things", "2 things")]
    public void Some(int number, string? many, string expected) => Check(Shown.Some(number, "route", many), expected);

    private static void Check(string shown, string expected) => shown.ShouldBe(expected.Replace('_', '\u202f'));
}
