using System.Text;
using Appliance.Proxy.Http1;

namespace Appliance.Proxy.Tests.Http1;

/// <summary>Heads of servers' answers, whole, in pieces, and with every byte at every position.</summary>
public sealed class AnswerReaderTests
{
    private const string Whole = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX: \r\n\r\n";

    [Theory]
    [InlineData(Whole, 101, "Switching Protocols", 3)]
    [InlineData("HTTP/1.1 101\r\n\r\n", 101, "", 0)]
    [InlineData("HTTP/1.1 101 \r\n\r\n", 101, "", 0)]
    [InlineData("HTTP/1.0   503 \xE9\nA:b\n\n", 503, "\xE9", 1)]
    [InlineData("HTTP/1.1 200 a b\nA:b\r\nC: d \n\r\n", 200, "a b", 2)]
    public void Read_WhateverThePieces_IsTheSameHead(string text, int status, string reason, int lines)
    {
        var bytes = Encoding.Latin1.GetBytes(text + "behind");
        for (var step = 1; step <= bytes.Length; step++)
        {
            var reader = new AnswerReader();
            var length = 0;
            for (var have = step; length == 0; have = Math.Min(have + step, bytes.Length))
                length = reader.Read(bytes.AsSpan(0, have));
            var head = reader.Head(default);

            length.ShouldBe(text.Length);
            (head.Status, head.Reason, head.Lines.Count).ShouldBe((status, reason, lines));
        }
    }

    [Fact]
    public void Read_EveryByteAtEveryPosition_IsNeverMoreOrOtherLines()
    {
        var whole = Encoding.Latin1.GetBytes(Whole);
        for (var at = 0; at < whole.Length; at++)
        {
            for (var value = 0; value < 256; value++)
            {
                var bytes = whole.ToArray();
                bytes[at] = (byte)value;
                var reader = new AnswerReader();
                var length = reader.Read(bytes);
                if (reader.Fault is not null || length == 0)
                    continue;

                // What was taken says on the wire what was read here: no byte ends a line, or begins one, for another reader.
                var head = reader.Head(default);
                Encoding.Latin1.GetString(bytes, 0, length).Count(one => one == '\n').ShouldBe(head.Lines.Count + 2);
                foreach (var line in head.Lines.All)
                {
                    line.Name.ShouldAllBe(one => char.IsAscii(one) && !char.IsControl(one) && one != ' ' && one != ':');
                    line.Value.ShouldNotContain('\r');
                    line.Value.ShouldNotContain('\0');
                }
            }
        }
    }
}
