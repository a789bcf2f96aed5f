using CsCheck;

namespace Appliance.Proxy.Tests;

/// <summary>
/// What properties are tried with. A failure prints a seed; the environment variable <c>CsCheck_Seed</c> repeats it, and
/// <c>APPLIANCE_TEST_SAMPLES=100</c> takes a hundred times as many samples.
/// </summary>
internal static class Made
{
    private static readonly int _times = int.Parse(Environment.GetEnvironmentVariable("APPLIANCE_TEST_SAMPLES") ?? "1");

    /// <summary>Samples of a property that looks at little.</summary>
    public static int Many => 5000 * _times;

    /// <summary>Samples of a property that looks at whole streams.</summary>
    public static int Some => 1000 * _times;

    /// <summary>Lengths of pieces, for <see cref="Pieces"/>: single bytes, a few, and many.</summary>
    public static Gen<int[]> Cuts { get; } = Gen.OneOf(Gen.Const(1), Gen.Int[1, 7], Gen.Int[1, 300]).Array[1, 6];

    /// <summary>Any bytes, up to so many.</summary>
    public static Gen<byte[]> Bytes(int most) => Gen.Byte.Array[0, most];

    /// <summary>A text that is put together from these parts, up to so many of them.</summary>
    public static Gen<string> TextOf(int most, params string[] parts) => Gen.OneOf(parts).Array[0, most].Select(string.Concat);

    /// <summary>These bytes in pieces whose lengths are <paramref name="cuts"/>, again and again.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Pieces(byte[] bytes, int[] cuts)
    {
        for (var (at, cut) = (0, 0); at < bytes.Length; cut++)
        {
            var length = Math.Min(cuts[cut % cuts.Length], bytes.Length - at);
            yield return bytes.AsMemory(at, length);
            at += length;
        }
    }
}
