using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Appliance.Proxy.Tunnels;

/// <summary>Writes the close frame that ends a direction (RFC 6455, 5.5.1).</summary>
internal static class CloseFrame
{
    /// <summary>The longest frame that is written here.</summary>
    public const int MostBytes = 8;

    /// <summary>Writes it; returns its length. Frames to a server are masked (RFC 6455, 5.3).</summary>
    public static int Write(Span<byte> frame, int code, bool masked)
    {
        // FIN and opcode 8; two bytes of payload.
        frame[0] = 0x88;
        frame[1] = (byte)(masked ? 0x82 : 0x02);
        if (!masked)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame[2..], (ushort)code);
            return 4;
        }

        RandomNumberGenerator.Fill(frame.Slice(2, 4));
        BinaryPrimitives.WriteUInt16BigEndian(frame[6..], (ushort)code);
        frame[6] ^= frame[2];
        frame[7] ^= frame[3];
        return MostBytes;
    }
}
