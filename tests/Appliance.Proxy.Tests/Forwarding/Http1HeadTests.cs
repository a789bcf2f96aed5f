using System.Text;
using Appliance.Proxy.Forwarding;
using Appliance.Proxy.Http1;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>Heads as they are written to servers: one length for one body, and room for whatever has to be escaped.</summary>
public sealed class Http1HeadTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3000)]
    [InlineData(100_000)]
    public void Write_TextThatGrows_HasRoom(int length)
    {
        var lines = new HeaderLines();
        lines.Append("X", new string('\u2764', length));
        lines.Append("Y", string.Concat(Enumerable.Repeat("\ud83d\ude00", length)));

        var head = Written("/" + new string('\u00fc', length) + new string('\u2764', length), lines, BodyFraming.None, 0);

        head.ShouldStartWith("GET /" + string.Concat(Enumerable.Repeat("%FC", length)));
        head.ShouldEndWith("\r\n\r\n");
        head.Split("\r\n").Length.ShouldBe(5);
        head.ShouldAllBe(character => character <= 0xff);
    }

    [Theory]
    [InlineData("", "Content-Length: 7\r\n")]
    [InlineData("content-LENGTH", "content-LENGTH: 7\r\n")]
    public void Write_BodyWithALength_SaysItOnce(string name, string expected)
    {
        var lines = new HeaderLines();
        if (name.Length > 0)
        {
            lines.Append(name, "8");
            lines.Append(name, "9");
        }

        Written("/", lines, BodyFraming.Length, 7).ShouldBe($"GET / HTTP/1.1\r\n{expected}\r\n");
    }

    [Fact]
    public void Write_BodyInChunks_SaysNoLength()
    {
        var lines = new HeaderLines();
        lines.Append("Content-Length", "8");

        Written("/", lines, BodyFraming.Chunked, 0).ShouldBe("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET /")]
    [InlineData("GET\r\n")]
    [InlineData("G\0")]
    [InlineData("G\u00fc")]
    public void Fault_MethodThatIsNoToken_IsNamed(string method)
    {
        var lines = new HeaderLines();
        lines.Append("Host", "a");

        Http1Head.Fault(method, lines).ShouldBe("The method cannot be written.");
        Http1Head.Fault("M-SEARCH", lines).ShouldBeNull();
    }

    private static string Written(string target, HeaderLines lines, BodyFraming framing, long bytes)
    {
        var (buffer, length) = Http1Head.Write("GET", target, lines, framing, bytes, behind: 100);
        (buffer.Length - length).ShouldBeGreaterThanOrEqualTo(100);
        return Encoding.Latin1.GetString(buffer, 0, length);
    }
}
