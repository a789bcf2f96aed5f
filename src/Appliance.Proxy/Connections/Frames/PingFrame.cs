using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Appliance.Proxy.Connections.Frames;

/// <summary>
/// Our own pings (RFC 6455, 5.5.2): a payload that nobody guesses tells their pongs from those that the two ends exchange.
/// </summary>
internal static class PingFrame
{
    /// <summary>Bytes of the payload.</summary>
    public const int PayloadBytes = 8;

    /// <summary>The longest frame that is written here.</summary>
    public const int MostBytes = 2 + 4 + PayloadBytes;

    /// <summary>Writes it; returns its length. Frames to a server are masked (RFC 6455, 5.3).</summary>
    public static int Write(Span<byte> frame, ulong token, bool masked)
    {
        frame[0] = 0x80 | FrameHeader.Ping;
        frame[1] = (byte)(PayloadBytes | (masked ? 0x80 : 0));
        var at = 2;
        if (masked)
        {
            RandomNumberGenerator.Fill(frame.Slice(2, 4));
            at = 6;
        }

        BinaryPrimitives.WriteUInt64BigEndian(frame[at..], token);
        for (var i = 0; masked && i < PayloadBytes; i++)
            frame[at + i] ^= frame[2 + (i & 3)];
        return at + PayloadBytes;
    }

    /// <summary>The payload of a whole frame of <see cref="PayloadBytes"/>.</summary>
    public static ulong TokenOf(FrameHeader header, ReadOnlySpan<byte> frame) =>
        BinaryPrimitives.ReadUInt64BigEndian(frame[header.Size..]) ^ (((ulong)header.Mask << 32) | header.Mask);
}
