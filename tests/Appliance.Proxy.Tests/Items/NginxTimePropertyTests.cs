using System.Numerics;
using Appliance.Proxy.Items;
using CsCheck;

namespace Appliance.Proxy.Tests.Items;

/// <summary>Times as text: what is written can be read again, and nothing that somebody types can overflow.</summary>
public sealed class NginxTimePropertyTests
{
    private static readonly Dictionary<string, long> _milliseconds = new(StringComparer.Ordinal)
    {
        ["d"] = 86_400_000,
        ["h"] = 3_600_000,
        ["m"] = 60_000,
        ["s"] = 1000,
        ["ms"] = 1,
        [""] = 1000,
    };

    private static readonly Gen<long> _numbers = Gen.OneOf(Gen.Long[0, 100], Gen.Long[0, 2_000_000_000], Gen.Long[0, long.MaxValue]);

    // Number, unit, blanks behind it. A number without a unit needs a blank.
    private static readonly Gen<(long Number, string Unit, int Blanks)[]> _parts = Gen.Select(
        _numbers,
        Gen.OneOf("d", "h", "m", "s", "ms", ""),
        Gen.Int[0, 2],
        (number, unit, blanks) => (number, unit, unit == "" ? blanks + 1 : blanks)
    ).Array[1, 5];

    private static readonly Gen<long> _spans = Gen.OneOf(
        Gen.Long[0, 100_000],
        Gen.Long[0, 4_000_000_000_000],
        Gen.Long[0, TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMillisecond]
    );

    [Fact]
    public void Format_AnyMilliseconds_AreReadAgain() =>
        _spans.Sample(
            number =>
            {
                var span = TimeSpan.FromTicks(number * TimeSpan.TicksPerMillisecond);
                NginxTime.TryParse(NginxTime.Format(span), out var read).ShouldBeTrue();
                read.ShouldBe(span);
            },
            iter: Made.Many
        );

    [Fact]
    public void TryParse_NumbersWithUnits_IsTheirSumOrNoTime() =>
        _parts.Sample(
            parts =>
            {
                var text = string.Concat(parts.Select(part => $"{part.Number}{part.Unit}{new string(' ', part.Blanks)}"));
                var sum = parts.Aggregate(BigInteger.Zero, (total, part) => total + ((BigInteger)part.Number * _milliseconds[part.Unit]));
                var fits = sum * TimeSpan.TicksPerMillisecond <= TimeSpan.MaxValue.Ticks;
                NginxTime.TryParse(text, out var span).ShouldBe(fits, text);
                if (fits)
                    ((BigInteger)span.Ticks).ShouldBe(sum * TimeSpan.TicksPerMillisecond, text);
            },
            iter: Made.Many
        );

    [Fact]
    public void TryParse_AnyText_IsATimeThatIsWrittenAndReadAgainOrNone() =>
        Made.TextOf(12, "0", "1", "9", "99999999999", " ", "d", "h", "m", "s", "ms", "-", ".", "x", "\t", "٣")
            .Sample(
                text =>
                {
                    if (!NginxTime.TryParse(text, out var span))
                        return;
                    NginxTime.TryParse(NginxTime.Format(span), out var again).ShouldBeTrue();
                    again.ShouldBe(span);
                },
                iter: Made.Many
            );
}
