using System.Buffers.Binary;

namespace Appliance.Proxy.Connections.Frames;

/// <summary>The header of a frame (RFC 6455, 5.2).</summary>
internal readonly struct FrameHeader
{
    /// <summary>Opcode of a close frame.</summary>
    public const int Close = 8;

    /// <summary>Opcode of a ping.</summary>
    public const int Ping = 9;

    /// <summary>Opcode of a pong.</summary>
    public const int Pong = 10;

    /// <summary>The longest header: two bytes, a length of eight, a mask of four.</summary>
    public const int MostBytes = 14;

    /// <summary>FIN, the three reserved bits and the opcode.</summary>
    public byte First { get; private init; }

    /// <summary>True from a client.</summary>
    public bool Masked { get; private init; }

    /// <summary>Bytes of the header itself.</summary>
    public int Size { get; private init; }

    /// <summary>The length of the payload, in bytes.</summary>
    public ulong Length { get; private init; }

    /// <summary>The masking key, first byte highest; 0 without.</summary>
    public uint Mask { get; private init; }

    /// <summary>The opcode of the frame (RFC 6455, 11.8).</summary>
    public int Opcode => First & 0x0F;

    /// <summary>True for the last frame of a message.</summary>
    public bool Final => (First & 0x80) != 0;

    /// <summary>True for the first bit that an extension may use: a message that permessage-deflate compressed (RFC 7692, 6).</summary>
    public bool Compressed => (First & 0x40) != 0;

    /// <summary>True for close, ping and pong, which may stand between the fragments of a message.</summary>
    public bool IsControl => (First & 0x08) != 0;

    /// <summary>
    /// Reads a header that lies in one piece at the beginning of <paramref name="bytes"/>. False when some of it has not come.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out FrameHeader header)
    {
        header = default;
        if (bytes.Length < 2)
            return false;
        var code = bytes[1] & 0x7F;
        var masked = (bytes[1] & 0x80) != 0;
        var at = code switch
        {
            126 => 4,
            127 => 10,
            _ => 2,
        };
        var size = at + (masked ? 4 : 0);
        if (bytes.Length < size)
            return false;
        header = new FrameHeader
        {
            First = bytes[0],
            Masked = masked,
            Size = size,
            Length = code switch
            {
                126 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
                127 => BinaryPrimitives.ReadUInt64BigEndian(bytes[2..]),
                _ => (ulong)code,
            },
            Mask = masked ? BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]) : 0,
        };
        return true;
    }
}
