using System.Buffers;
using System.Text;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.AccessLogs;

/// <summary>
/// Values as a line of a log takes them. They have one char for each byte, and come from strangers: none may end a line, a quoted field or
/// a string of json, or say something to a terminal.
/// </summary>
internal static class LogText
{
    private const string Hex = "0123456789ABCDEF";

    private static readonly SearchValues<char> _plain = SearchValues.Create([
        .. Enumerable.Range(0x20, 0x7f - 0x20).Select(code => (char)code).Where(letter => letter is not ('"' or '\\')),
    ]);

    /// <summary>nginx's <c>escape=default</c>: quote, backslash, controls and all bytes from 0x7F on as <c>\xHH</c>.</summary>
    public static void Escaped(string value, IBufferWriter<byte> to)
    {
        if (!value.AsSpan().ContainsAnyExcept(_plain))
        {
            Ascii(value, to);
            return;
        }

        foreach (var letter in value)
        {
            if (_plain.Contains(letter))
            {
                One((byte)letter, to);
                continue;
            }

            // A char that is no byte does not come up; if one does, it is written as the bytes of UTF-8.
            foreach (var code in letter <= 0xff ? [(byte)letter] : Encoding.UTF8.GetBytes([letter]))
            {
                var span = to.GetSpan(4);
                (span[0], span[1], span[2], span[3]) = ((byte)'\\', (byte)'x', (byte)Hex[code >> 4], (byte)Hex[code & 15]);
                to.Advance(4);
            }
        }
    }

    /// <summary>A string of json in ASCII (RFC 8259, 7): bytes that are UTF-8 as the letters they are, others one by one.</summary>
    public static void Json(string value, IBufferWriter<byte> to)
    {
        One((byte)'"', to);
        if (!value.AsSpan().ContainsAnyExcept(_plain))
        {
            Ascii(value, to);
        }
        else
        {
            foreach (var letter in HeaderText.Shown(value))
            {
                if (_plain.Contains(letter))
                {
                    One((byte)letter, to);
                }
                else if (letter is '"' or '\\')
                {
                    One((byte)'\\', to);
                    One((byte)letter, to);
                }
                else
                {
                    var span = to.GetSpan(6);
                    (span[0], span[1]) = ((byte)'\\', (byte)'u');
                    for (var digit = 0; digit < 4; digit++)
                        span[2 + digit] = (byte)Hex[(letter >> (12 - (4 * digit))) & 15];
                    to.Advance(6);
                }
            }
        }

        One((byte)'"', to);
    }

    private static void Ascii(string value, IBufferWriter<byte> to)
    {
        var span = to.GetSpan(value.Length);
        to.Advance(Encoding.ASCII.GetBytes(value, span));
    }

    private static void One(byte letter, IBufferWriter<byte> to)
    {
        to.GetSpan(1)[0] = letter;
        to.Advance(1);
    }
}
