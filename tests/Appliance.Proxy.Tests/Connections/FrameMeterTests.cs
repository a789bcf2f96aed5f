using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Appliance.Proxy.Connections.Frames;

namespace Appliance.Proxy.Tests.Connections;

public sealed class FrameMeterTests
{
    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 3)]
    [InlineData(125, 127)]
    [InlineData(126, 130)]
    [InlineData(127, 131)]
    [InlineData(65535, 65539)]
    [InlineData(65536, 65546)]
    public void Add_LengthForms_CountsPayloadAndWireBytes(int payload, int wire)
    {
        var meter = default(FrameMeter);

        var whole = meter.Add(Frame(0x82, new byte[payload], mask: null));

        whole.ShouldBe(wire);
        meter.AtBoundary.ShouldBeTrue();
        meter.Counts.ShouldBe(
            new FrameCounts
            {
                WireBytes = wire,
                PayloadBytes = payload,
                Binary = 1,
                Messages = 1,
            }
        );
    }

    [Theory]
    [InlineData(0x80, 0, 1, "continuation")]
    [InlineData(0x00, 0, 0, "continuation")]
    [InlineData(0x81, 1, 1, "text")]
    [InlineData(0x01, 1, 0, "text")]
    [InlineData(0x82, 2, 1, "binary")]
    [InlineData(0xC1, 1, 1, "text")]
    [InlineData(0xF2, 2, 1, "binary")]
    [InlineData(0x88, 8, 0, "close")]
    [InlineData(0x89, 9, 0, "ping")]
    [InlineData(0x8A, 10, 0, "pong")]
    [InlineData(0x83, 3, 0, "other")]
    [InlineData(0x8F, 15, 0, "other")]
    public void Add_FirstByte_CountsItsKind(int first, int opcode, int messages, string kind)
    {
        var meter = default(FrameMeter);

        meter.Add(Frame((byte)first, "ab"u8.ToArray(), [1, 2, 3, 4]));

        (first & 0x0F).ShouldBe(opcode);
        var counts = meter.Counts;
        counts.Messages.ShouldBe(messages);
        var kinds = new Dictionary<string, long>
        {
            ["text"] = counts.Text,
            ["binary"] = counts.Binary,
            ["continuation"] = counts.Continuation,
            ["ping"] = counts.Ping,
            ["pong"] = counts.Pong,
            ["close"] = counts.Close,
            ["other"] = counts.Other,
        };
        kinds.Where(one => one.Value != 0).ShouldHaveSingleItem().Key.ShouldBe(kind);
        kinds[kind].ShouldBe(1);
    }

    [Fact]
    public void Add_ControlFrameInsideFragments_CountsOneMessage()
    {
        var meter = default(FrameMeter);
        byte[] bytes =
        [
            .. Frame(0x01, "hel"u8.ToArray(), null),
            .. Frame(0x89, [], null),
            .. Frame(0x00, "l"u8.ToArray(), null),
            .. Frame(0x8A, "x"u8.ToArray(), null),
            .. Frame(0x80, "o"u8.ToArray(), null),
        ];

        meter.Add(bytes);

        meter.Counts.ShouldBe(
            new FrameCounts
            {
                WireBytes = bytes.Length,
                PayloadBytes = 6,
                Messages = 1,
                Text = 1,
                Continuation = 2,
                Ping = 1,
                Pong = 1,
            }
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Add_CloseFrame_KeepsCodeAndUnmaskedReason(bool masked)
    {
        var reason = new string('é', 61) + "x";
        byte[] payload = [0x03, 0xF3, .. Encoding.UTF8.GetBytes(reason)];
        var frame = Frame(0x88, payload, masked ? [0xA1, 0x00, 0xFF, 0x5C] : null);

        // One byte at a time: the mask must keep its position.
        var meter = default(FrameMeter);
        foreach (var value in frame)
        {
            meter.SawClose.ShouldBeFalse();
            meter.Add([value]);
        }

        payload.Length.ShouldBe(125);
        meter.SawClose.ShouldBeTrue();
        meter.CloseCode.ShouldBe(1011);
        meter.CloseReason.ShouldBe(reason);
    }

    [Fact]
    public void Add_EmptyCloseFrame_Is1005AndSecondIsIgnored()
    {
        var meter = default(FrameMeter);

        meter.Add([.. Frame(0x88, [], null), .. Frame(0x88, [0x03, 0xE8], null)]);

        meter.CloseCode.ShouldBe(1005);
        meter.CloseReason.ShouldBeNull();
        meter.Counts.Close.ShouldBe(2);
    }

    [Fact]
    public void Add_LongestLength_StaysInPayload()
    {
        var meter = default(FrameMeter);
        var header = new byte[10];
        header[0] = 0x82;
        header[1] = 127;
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(2), long.MaxValue);

        meter.Add(header).ShouldBe(0);
        meter.Add(new byte[100_000]).ShouldBe(0);

        meter.AtBoundary.ShouldBeFalse();
        meter.Counts.ShouldBe(new FrameCounts { WireBytes = 100_010, PayloadBytes = 100_000 });
    }

    [Fact]
    public void Add_PieceEndsInsideFrame_ReturnsBoundaryOfLastWholeFrame()
    {
        var meter = default(FrameMeter);

        meter.Add([0x81, 0x01, (byte)'a', 0x81, 0x05, (byte)'b']).ShouldBe(3);

        meter.AtBoundary.ShouldBeFalse();
        meter.Add("cdef"u8).ShouldBe(4);
    }

    [Fact]
    public void Add_SameFramesCutAnywhere_CountsTheSame()
    {
        byte[] kinds = [0x00, 0x01, 0x02, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8A, 0xB3, 0xFF];
        int[] sizes = [0, 1, 5, 124, 125, 126, 127, 300, 65535, 65536];
        for (var round = 0; round < 200; round++)
        {
            var stream = new List<byte>();
            var expected = default(FrameCounts);
            for (var frame = 0; frame < 12; frame++)
            {
                var kind = kinds[RandomNumberGenerator.GetInt32(kinds.Length)];
                var size = sizes[RandomNumberGenerator.GetInt32(frame % 4 == 0 ? sizes.Length : 8)];
                var bytes = Frame(kind, RandomNumberGenerator.GetBytes(size), frame % 2 == 0 ? RandomNumberGenerator.GetBytes(4) : null);
                stream.AddRange(bytes);
                expected = Count(expected, kind, size, bytes.Length);
            }

            var cut = default(FrameMeter);
            var rest = stream.ToArray().AsSpan();
            while (!rest.IsEmpty)
            {
                var take = Math.Min(rest.Length, RandomNumberGenerator.GetInt32(1, round % 2 == 0 ? 8 : 5000));
                cut.Add(rest[..take]);
                rest = rest[take..];
            }

            cut.Counts.ShouldBe(expected);
            cut.AtBoundary.ShouldBeTrue();
        }
    }

    [Fact]
    public void Add_RandomBytes_NeverThrowsAndCountsEveryByte()
    {
        for (var round = 0; round < 3000; round++)
        {
            var meter = default(FrameMeter);
            var bytes = RandomNumberGenerator.GetBytes(RandomNumberGenerator.GetInt32(1, 400));
            var half = RandomNumberGenerator.GetInt32(bytes.Length);

            meter.Add(bytes.AsSpan(0, half)).ShouldBeInRange(0, half);
            meter.Add(bytes.AsSpan(half)).ShouldBeInRange(0, bytes.Length - half);

            meter.Counts.WireBytes.ShouldBe(bytes.Length);
            meter.Counts.PayloadBytes.ShouldBeLessThan(bytes.Length);
        }
    }

    private static FrameCounts Count(FrameCounts counts, byte first, int payload, int wire)
    {
        counts = counts with { WireBytes = counts.WireBytes + wire, PayloadBytes = counts.PayloadBytes + payload };
        if (first is 0x80 or 0x81 or 0x82)
            counts = counts with { Messages = counts.Messages + 1 };
        return (first & 0x0F) switch
        {
            0 => counts with { Continuation = counts.Continuation + 1 },
            1 => counts with { Text = counts.Text + 1 },
            2 => counts with { Binary = counts.Binary + 1 },
            8 => counts with { Close = counts.Close + 1 },
            9 => counts with { Ping = counts.Ping + 1 },
            10 => counts with { Pong = counts.Pong + 1 },
            _ => counts with { Other = counts.Other + 1 },
        };
    }

    private static byte[] Frame(byte first, byte[] payload, byte[]? mask) => Frames.Write(first, payload, mask);
}
