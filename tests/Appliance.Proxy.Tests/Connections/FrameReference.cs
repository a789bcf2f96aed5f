using System.Text;
using Appliance.Proxy.Connections.Frames;

namespace Appliance.Proxy.Tests.Connections;

/// <summary>
/// Reads a whole stream of frames with everything at hand, written from RFC 6455, 5.2 and not from the meter: what the meter says of the
/// same bytes in pieces must be the same.
/// </summary>
internal static class FrameReference
{
    /// <summary>What is in these bytes.</summary>
    public static Reading Read(ReadOnlySpan<byte> all)
    {
        var counts = new FrameCounts { WireBytes = all.Length };
        var ends = new List<int>();
        var code = 0;
        string? reason = null;
        var start = 0;
        while (start + 2 <= all.Length)
        {
            // 1. How long are header and payload?
            var masked = all[start + 1] >= 128;
            var lengthField = (all[start + 1] % 128) switch
            {
                126 => 2,
                127 => 8,
                _ => 0,
            };
            var header = 2 + lengthField + (masked ? 4 : 0);
            if (start + header > all.Length)
                break;
            ulong length = lengthField == 0 ? (ulong)(all[start + 1] % 128) : 0;
            for (var at = 0; at < lengthField; at++)
                length = (length * 256) + all[start + 2 + at];

            // 2. How much of it is here?
            var here = all[(start + header)..];
            var whole = length <= (ulong)here.Length;
            var payload = whole ? here[..(int)length] : here;
            counts = counts with { PayloadBytes = counts.PayloadBytes + payload.Length };
            if (!whole)
                break;

            // 3. What is it?
            var (final, opcode) = (all[start] >= 128, all[start] % 16);
            counts = opcode switch
            {
                0 => counts with { Continuation = counts.Continuation + 1 },
                1 => counts with { Text = counts.Text + 1 },
                2 => counts with { Binary = counts.Binary + 1 },
                8 => counts with { Close = counts.Close + 1 },
                9 => counts with { Ping = counts.Ping + 1 },
                10 => counts with { Pong = counts.Pong + 1 },
                _ => counts with { Other = counts.Other + 1 },
            };
            if (final && opcode <= 2)
                counts = counts with { Messages = counts.Messages + 1 };
            if (opcode == 8 && counts.Close == 1)
            {
                var plain = payload[..Math.Min(payload.Length, 125)].ToArray();
                for (var at = 0; masked && at < plain.Length; at++)
                    plain[at] ^= all[start + header - 4 + (at % 4)];
                code = plain.Length < 2 ? 1005 : (plain[0] * 256) + plain[1];
                reason = plain.Length <= 2 ? null : Encoding.UTF8.GetString(plain.AsSpan(2));
            }

            start += header + payload.Length;
            ends.Add(start);
        }

        return new Reading(counts, ends, code, reason);
    }

    /// <summary>What the meter should say, and where frames end.</summary>
    internal sealed record Reading(FrameCounts Counts, IReadOnlyList<int> Ends, int CloseCode, string? CloseReason);
}
