using System.Buffers.Binary;

namespace Appliance.Proxy.Tests.Connections;

/// <summary>Writes WebSocket frames for tests, as plainly as the RFC draws them.</summary>
internal static class Frames
{
    public static byte[] Write(byte first, byte[] payload, byte[]? mask) =>
        [.. Header(first, payload.Length, mask), .. payload.Select((value, at) => mask is null ? value : (byte)(value ^ mask[at % 4]))];

    public static byte[] Header(byte first, long length, byte[]? mask)
    {
        var bytes = new List<byte> { first };
        var flag = (byte)(mask is null ? 0 : 0x80);
        if (length < 126)
        {
            bytes.Add((byte)(flag | (int)length));
        }
        else if (length <= 65535)
        {
            bytes.AddRange([(byte)(flag | 126), (byte)(length >> 8), (byte)length]);
        }
        else
        {
            bytes.Add((byte)(flag | 127));
            var long8 = new byte[8];
            BinaryPrimitives.WriteInt64BigEndian(long8, length);
            bytes.AddRange(long8);
        }

        if (mask is not null)
            bytes.AddRange(mask);
        return [.. bytes];
    }

    public static byte[] Text(string text) => Write(0x81, System.Text.Encoding.UTF8.GetBytes(text), null);

    public static byte[] MaskedText(string text) => Write(0x81, System.Text.Encoding.UTF8.GetBytes(text), [9, 8, 7, 6]);

    public static byte[] Close(int code, byte[]? mask = null, string reason = "") =>
        Write(0x88, [(byte)(code >> 8), (byte)code, .. System.Text.Encoding.UTF8.GetBytes(reason)], mask);
}
