using System.Text;
using Appliance.Proxy.Http1;
using Appliance.Proxy.WebSockets.Handshake;

namespace Appliance.Proxy.Tests.WebSockets.Handshake;

/// <summary>Every byte, and some letters beyond, at every position of what we write into a handshake.</summary>
public sealed class HandshakeBytesTests
{
    private static readonly string[] _odd =
    [
        .. Enumerable.Range(0, 256).Select(one => ((char)one).ToString()),
        "€",
        "❤",
        "Ā",
        "\U0001F600",
        "\uD800",
        "\r\n",
        "\r\nX: 1",
    ];

    [Fact]
    public void Write_AnyTextAnywhere_IsOneRequestWithTheLinesThatWereMeant()
    {
        foreach (var odd in _odd)
        {
            foreach (var (before, behind) in new[] { ("", "x"), ("x", "x"), ("x", "") })
            {
                var text = before + odd + behind;
                var lines = new HeaderLines();
                lines.Append("Host", text);
                lines.Append("X-A", text);
                lines.Append("Cookie", "last");
                var bytes = UpstreamHandshake.Write("GET", "/" + text, lines);

                var wire = Encoding.Latin1.GetString(bytes).Split("\r\n");
                wire.Length.ShouldBe(6, text);
                wire[3..].ShouldBe(["Cookie: last", "", ""], text);
                wire[0].Split(' ').Length.ShouldBe(3, text);
                wire[1][6..].ShouldBe(wire[2][5..], text);
                if (odd.Length == 1 && odd[0] is > ' ' and <= '\xFF' and not '\x7F')
                    wire[1].ShouldBe($"Host: {text}");
                if (odd.Length == 1 && odd[0] is < ' ' and not '\t')
                    wire[1].ShouldBe($"Host: {$"{before} {behind}".Trim()}");
                foreach (var line in wire)
                    line.ShouldAllBe(one => one >= ' ' || one == '\t');
                string.Concat(wire).ShouldNotContain("\x7F", customMessage: text);
            }
        }
    }

    [Fact]
    public void Target_EveryByte_StaysOrIsPercentEncoded()
    {
        for (var one = '\0'; one <= '\xFF'; one++)
        {
            var control = one is <= ' ' or '\x7F';
            HandshakeTarget.Of($"/a{one}b").ShouldBe(control ? $"/a%{(int)one:X2}b" : $"/a{one}b");
            HandshakeTarget.Of($"/a{one}b", ascii: true).ShouldBe(control || one > '\x7F' ? $"/a%{(int)one:X2}b" : $"/a{one}b");
        }

        HandshakeTarget.Of("/❤").ShouldBe("/%E2%9D%A4");
    }

    [Fact]
    public void Plain_IsTheSameText()
    {
        const string plain = "/a/..%2f%zz|%61?x=%41\xC3";
        HandshakeTarget.Of(plain).ShouldBeSameAs(plain);
    }
}
