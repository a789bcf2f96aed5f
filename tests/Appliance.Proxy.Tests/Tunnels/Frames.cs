using System.Buffers.Binary;

namespace Appliance.Proxy.Tests.Tunnels;

/// <summary>Writes WebSocket frames for tests, as plainly as the RFC draws them.</summary>
internal static class Frames
{
    public static byte[] Write(byte first, byte[] payload, byte[]? mask)
    {
        var bytes = new List<byte> { first };
        var flag = (byte)(mask is null ? 0 : 0x80);
        if (payload.Length < 126)
        {
            bytes.Add((byte)(flag | payload.Length));
        }
        else if (payload.Length <= 65535)
        {
            bytes.Add((byte)(flag | 126));
            bytes.AddRange([(byte)(payload.Length >> 8), (byte)payload.Length]);
        }
        else
        {
            bytes.Add((byte)(flag | 127));
            var length = new byte[8];
            BinaryPrimitives.WriteInt64BigEndian(length, payload.Length);
            bytes.AddRange(length);
        }

        if (mask is not null) bytes.AddRange(mask);
        bytes.AddRange(payload.Select((value, at) => mask is null ? value : (byte)(value ^ mask[at % 4])));
        return [.. bytes];
    }

    public static byte[] Text(string text) => Write(0x81, System.Text.Encoding.UTF8.GetBytes(text), null);

    public static byte[] MaskedText(string text) => Write(0x81, System.Text.Encoding.UTF8.GetBytes(text), [9, 8, 7, 6]);
}
