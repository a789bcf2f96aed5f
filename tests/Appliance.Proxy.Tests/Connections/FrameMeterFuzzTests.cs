using Appliance.Proxy.Connections.Frames;

namespace Appliance.Proxy.Tests.Connections;

/// <summary>The meter against a reader that has all bytes at hand. Every case is its seed.</summary>
public sealed class FrameMeterFuzzTests
{
    private const int Cases = 400;

    [Fact]
    public void Add_RandomFramesInRandomPieces_CountsAsTheReferenceDoes()
    {
        for (var seed = 1; seed <= Cases / 4; seed++)
        {
            var random = new RandomFrames(seed);
            Compare(seed, random, random.Stream(40_000));
        }
    }

    [Fact]
    public void Add_RandomBytesInRandomPieces_CountsAsTheReferenceDoes()
    {
        for (var seed = 1; seed <= Cases; seed++)
        {
            // Small values make short frames likely; the others announce lengths that never come.
            var bytes = new byte[3000];
            var random = new Random(seed);
            random.NextBytes(bytes);
            for (var at = 0; at < bytes.Length; at++)
                if (random.Next(3) > 0)
                    bytes[at] &= 0x8F;
            Compare(seed, new RandomFrames(seed), bytes);
        }
    }

    private static void Compare(int seed, RandomFrames random, byte[] bytes)
    {
        var expected = FrameReference.Read(bytes);
        var meter = default(FrameMeter);
        var passed = 0;
        foreach (var piece in random.Pieces(bytes))
        {
            var whole = meter.Add(piece.Span);
            var end = expected.Ends.LastOrDefault(at => at > passed && at <= passed + piece.Length);
            whole.ShouldBe(end == 0 ? 0 : end - passed, $"seed {seed}: where the last whole frame of the piece at {passed} ends");
            passed += piece.Length;
            meter.AtBoundary.ShouldBe(
                passed == (expected.Ends.LastOrDefault(at => at <= passed)),
                $"seed {seed}: between two frames at {passed}"
            );
        }

        meter.Counts.ShouldBe(expected.Counts, $"seed {seed}");
        meter.CloseCode.ShouldBe(expected.CloseCode, $"seed {seed}");
        meter.CloseReason.ShouldBe(expected.CloseReason, $"seed {seed}");
    }
}
