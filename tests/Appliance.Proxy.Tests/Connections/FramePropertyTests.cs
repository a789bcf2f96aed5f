using System.Text;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Connections.Frames;
using Appliance.Proxy.WebSocketPolicies;
using Appliance.Testing;
using CsCheck;

namespace Appliance.Proxy.Tests.Connections;

/// <summary>
/// Frames that are put together plainly and cut anywhere: the meter counts these frames, and the gate passes these bytes and no others.
/// </summary>
public sealed class FramePropertyTests
{
    // Every form of a length; the longest seldom, since they are cut into many pieces.
    private static readonly Gen<byte[]> _payloads = Gen.Frequency(
        (20, Made.Bytes(10)),
        (20, Gen.Int[120, 130].Select(length => new byte[length])),
        (20, Made.Bytes(400)),
        (1, Gen.Int[65_534, 65_537].Select(length => new byte[length]))
    );

    private static readonly Gen<byte[]?> _masks = Gen.OneOf(Gen.Byte.Array[4].Select(mask => (byte[]?)mask), Gen.Const((byte[]?)null));

    private static readonly Gen<Frame> _frames = Gen.OneOf(
        Gen.Select(Gen.Bool, Gen.Int[0, 2], _payloads, _masks, (final, opcode, payload, mask) => new Frame(final, opcode, payload, mask)),
        Gen.Select(Gen.Int[8, 10], Made.Bytes(125), _masks, (opcode, payload, mask) => new Frame(true, opcode, payload, mask))
    );

    [Fact]
    public void Meter_AnyFramesCutAnywhere_CountsThem() =>
        Gen.Select(_frames.Array[0, 12], Made.Cuts)
            .Sample(
                (frames, cuts) =>
                {
                    var (meter, ended) = (default(FrameMeter), 0);
                    var ends = frames.Select((_, index) => frames.Take(index + 1).Sum(frame => frame.Bytes.Length)).ToHashSet();
                    foreach (var piece in Made.Pieces([.. frames.SelectMany(frame => frame.Bytes)], cuts))
                    {
                        meter.Add(piece.Span);
                        ended += piece.Length;
                        if (meter.AtBoundary != ends.Contains(ended))
                            throw new InvalidOperationException($"between two frames at {ended}: {meter.AtBoundary}");
                    }

                    int Of(params int[] opcodes) => frames.Count(frame => opcodes.Contains(frame.Opcode));
                    meter.Counts.ShouldBe(
                        new FrameCounts
                        {
                            WireBytes = ended,
                            PayloadBytes = frames.Sum(frame => frame.Payload.Length),
                            Messages = frames.Count(frame => frame is { Final: true, Opcode: <= 2 }),
                            Continuation = Of(0),
                            Text = Of(1),
                            Binary = Of(2),
                            Close = Of(8),
                            Ping = Of(9),
                            Pong = Of(10),
                        }
                    );
                    var close = frames.FirstOrDefault(frame => frame.Opcode == 8)?.Payload;
                    meter.CloseCode.ShouldBe(
                        close is null ? 0
                        : close.Length < 2 ? 1005
                        : (close[0] * 256) + close[1]
                    );
                    meter.CloseReason.ShouldBe(close is null || close.Length <= 2 ? null : Encoding.UTF8.GetString(close.AsSpan(2)));
                },
                iter: Made.Some
            );

    [Fact]
    public void Gate_LimitOfAMessage_PassesEveryByteBeforeTheFrameThatIsTooMuch() =>
        Gen.Select(_frames.Array[0, 12], Gen.Int[0, 600], Made.Cuts)
            .Sample(
                (frames, limit, cuts) =>
                {
                    // The plain model: what is passed, and whether something is too much.
                    var (expected, message, isTooMuch) = (new List<byte>(), 0L, false);
                    foreach (var frame in frames)
                    {
                        if (frame.Opcode <= 2)
                            message = frame.Opcode == 0 ? message + frame.Payload.Length : frame.Payload.Length;
                        if (isTooMuch = limit > 0 && frame.Opcode <= 2 && message > limit)
                            break;
                        expected.AddRange(frame.Bytes);
                    }

                    var clock = TestTime.New();
                    var policy = new WebSocketPolicy { MaxMessageBytes = limit };
                    var gate = new FrameGate(
                        new LiveConnection(clock)
                        {
                            RouteId = Guid.Empty,
                            RouteName = "",
                            PoolName = "",
                            ServerAddress = "",
                            Host = "",
                            Path = "",
                            Policy = policy,
                        },
                        clock,
                        fromClient: true
                    );
                    var (passed, order) = (new List<byte>(), (CloseOrder?)null);
                    foreach (var piece in Made.Pieces([.. frames.SelectMany(frame => frame.Bytes)], cuts))
                    {
                        var result = gate.Filter(piece.Span, clock.GetTimestamp());
                        passed.AddRange((result.Copy ?? piece.Span)[..result.Pass]);
                        if ((order = result.Order) is not null)
                            break;
                    }

                    (order is not null, gate.HeldBytes).ShouldBe((isTooMuch, 0));
                    passed.SequenceEqual(expected).ShouldBeTrue($"{passed.Count} bytes, not {expected.Count}");
                },
                iter: Made.Some
            );

    [Fact]
    public void Header_AnyThatIsWritten_IsReadAndNoBeginningOfItIs() =>
        Gen.Select(Gen.Byte, Gen.OneOf(Gen.Long[0, 300], Gen.Long[65_500, 65_600], Gen.Long[0, long.MaxValue]), _masks, Made.Bytes(20))
            .Sample(
                (first, length, mask, behind) =>
                {
                    var bytes = Frames.Header(first, length, mask);
                    for (var cut = 0; cut < bytes.Length; cut++)
                        FrameHeader.TryRead(bytes.AsSpan(0, cut), out _).ShouldBeFalse();
                    FrameHeader.TryRead([.. bytes, .. behind], out var header).ShouldBeTrue();
                    (header.First, header.Length, header.Size, header.Masked).ShouldBe(
                        (first, (ulong)length, bytes.Length, mask is not null)
                    );
                },
                iter: Made.Many
            );

    private sealed record Frame(bool Final, int Opcode, byte[] Payload, byte[]? Mask)
    {
        public byte[] Bytes { get; } = Frames.Write((byte)((Final ? 0x80 : 0) | Opcode), Payload, Mask);

        public override string ToString() =>
            $"{(Final ? "" : "unfinished ")}{Opcode}, {Payload.Length} bytes{(Mask is null ? "" : ", masked")}";
    }
}
