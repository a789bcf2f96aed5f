using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Appliance.Proxy.Connections.Frames;

/// <summary>Writes the close frame that ends a direction (RFC 6455, 5.5.1).</summary>
internal static class CloseFrame
{
    /// <summary>The longest frame that is written here.</summary>
    public const int MostBytes = 2 + 4 + 2 + CloseOrder.MostReasonBytes;

    /// <summary>Writes it; returns its length. Frames to a server are masked (RFC 6455, 5.3).</summary>
    public static int Write(Span<byte> frame, CloseOrder order, bool masked)
    {
        var payload = 2 + order.ReasonBytes.Length;
        frame[0] = 0x80 | FrameHeader.Close;
        frame[1] = (byte)(payload | (masked ? 0x80 : 0));
        var at = masked ? 6 : 2;
        BinaryPrimitives.WriteUInt16BigEndian(frame[at..], (ushort)order.Code);
        order.ReasonBytes.CopyTo(frame[(at + 2)..]);
        if (masked)
        {
            RandomNumberGenerator.Fill(frame.Slice(2, 4));
            for (var i = 0; i < payload; i++)
                frame[at + i] ^= frame[2 + (i & 3)];
        }

        return at + payload;
    }
}
