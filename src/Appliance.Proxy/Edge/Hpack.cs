using System.Buffers;
using System.Text;

namespace Appliance.Proxy.Edge;

/// <summary>
/// Fields of HTTP/2 as literals without indexing (RFC 7541, 6.2.2). They leave the dynamic table, which belongs to the HTTP server, as it
/// is.
/// </summary>
internal static class Hpack
{
    // :status in the static table.
    private const byte StatusIndex = 8;

    /// <summary>Writes <c>:status</c>, which comes first.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="status">100 to 999.</param>
    public static void WriteStatus(IBufferWriter<byte> to, int status)
    {
        var room = to.GetSpan(5);
        (room[0], room[1]) = (StatusIndex, 3);
        status.TryFormat(room[2..], out _, default, System.Globalization.CultureInfo.InvariantCulture);
        to.Advance(5);
    }

    /// <summary>Writes one field; its name in lower case, its value without white space around it. One char is one byte.</summary>
    public static void WriteField(IBufferWriter<byte> to, string name, string value)
    {
        to.Write([(byte)0]);
        WriteText(to, name.ToLowerInvariant());
        WriteText(to, value);
    }

    /// <summary>The words "the dynamic table has this size now" (RFC 7541, 6.3).</summary>
    /// <param name="bytes">The size in bytes.</param>
    public static byte[] TableSize(uint bytes)
    {
        var to = new ArrayBufferWriter<byte>(8);
        WriteNumber(to, 0x20, 5, bytes);
        return to.WrittenSpan.ToArray();
    }

    private static void WriteText(IBufferWriter<byte> to, string text)
    {
        WriteNumber(to, 0, 7, (uint)text.Length);
        to.Advance(Encoding.Latin1.GetBytes(text, to.GetSpan(text.Length)));
    }

    // RFC 7541, 5.1.
    private static void WriteNumber(IBufferWriter<byte> to, byte pattern, int bits, uint number)
    {
        var most = (1u << bits) - 1;
        if (number < most)
        {
            to.Write([(byte)(pattern | number)]);
            return;
        }

        to.Write([(byte)(pattern | most)]);
        number -= most;
        for (; number >= 0x80; number >>= 7)
            to.Write([(byte)(number | 0x80)]);
        to.Write([(byte)number]);
    }
}
