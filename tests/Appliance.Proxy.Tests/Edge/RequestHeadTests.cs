using System.Text;
using Appliance.Proxy.Edge;

namespace Appliance.Proxy.Tests.Edge;

/// <summary>Heads by bytes: what is refused, and how long the body of what is taken is.</summary>
public sealed class RequestHeadTests
{
    private const string Post = "POST / HTTP/1.1\r\nHost: a\r\n";

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\nHost: a\n\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\n\r\n")]
    [InlineData("GET /a   HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.0\r\n\r\n")]
    [InlineData("GET http://a/b?c HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("GET hTTpS://a HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("M-SEARCH /~!$&'()*+,;=:@|^{}\"<>\\`[]%zz HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost:\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a:\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: [::1]:\r\nX:\r\nY:\t \r\nZ: \x01\x7F\xFF\r\n\r\n")]
    public void Read_SoundHead_IsTakenWhole(string head)
    {
        var read = Read(head + "GET /next");
        (read.Refusal?.Sentence, read.Length, read.BodyBytes).ShouldBe((null, head.Length, 0));
        for (var length = 1; length < head.Length; length++)
        {
            var part = Read(head[..length]);
            (part.Refusal?.Sentence, part.Length).ShouldBe((null, 0), head[..length]);
        }
    }

    [Theory]
    [InlineData("Content-Length: 0\r\n", 0, false)]
    [InlineData("content-length:\t12 \r\n", 12, false)]
    [InlineData("Content-Length: 9223372036854775807\r\n", long.MaxValue, false)]
    [InlineData("X-Content-Length: 5\r\nTransfer-Encoding: CHUNKED\r\n", 0, true)]
    [InlineData("Transfer-Encoding:chunked\t\r\n", 0, true)]
    public void Read_Framing_IsKnown(string lines, long bytes, bool isChunked)
    {
        var read = Read(Post + lines + "\r\n");
        (read.Refusal?.Sentence, read.BodyBytes, read.IsChunked).ShouldBe((null, bytes, isChunked));
    }

    [Theory]
    [InlineData("Content-Length: +5", 400)]
    [InlineData("Content-Length: -0", 400)]
    [InlineData("Content-Length: 5, 5", 400)]
    [InlineData("Content-Length: 5\r\nContent-Length: 5", 400)]
    [InlineData("Content-Length: 0x5", 400)]
    [InlineData("Content-Length: 5 5", 400)]
    [InlineData("Content-Length: \u000B5", 400)]
    [InlineData("Content-Length:", 400)]
    [InlineData("Content-Length: 9223372036854775808", 400)]
    [InlineData("Content-Length : 5", 400)]
    [InlineData("Content-Length\t: 5", 400)]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked", 400)]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 5", 400)]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400)]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", 400)]
    [InlineData("Transfer-Encoding: gzip, chunked", 501)]
    [InlineData("Transfer-Encoding: chunked, identity", 400)]
    [InlineData("Transfer-Encoding: identity", 400)]
    [InlineData("Transfer-Encoding:", 400)]
    [InlineData("Transfer-Encoding: \u000Bchunked", 400)]
    [InlineData("Transfer-Encoding: \"chunked\"", 400)]
    [InlineData("Transfer-Encoding: chunked;a=b", 400)]
    [InlineData("Transfer-Encoding\u000B: chunked", 400)]
    [InlineData("X: a\r\n Content-Length: 5", 400)]
    [InlineData(" X: a", 400)]
    [InlineData("X: a\rTransfer-Encoding: chunked", 400)]
    [InlineData("X: a\0b", 400)]
    [InlineData(": a", 400)]
    [InlineData("X", 400)]
    [InlineData("X(a): b", 400)]
    [InlineData("X\xE9: b", 400)]
    [InlineData("Host: a", 400)]
    public void Read_LinesThatTwoParsersReadDifferently_AreRefused(string lines, int status) =>
        (Read($"{Post}{lines}\r\n\r\n").Refusal?.Status).ShouldBe(status);

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a..b\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a::\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: :\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400)]
    [InlineData("GET /\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505)]
    [InlineData("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505)]
    [InlineData("GET / http/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("G\xCBT / HTTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 405)]
    [InlineData("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400)]
    [InlineData("POST / HTTP/1.0\r\n\r\n", 411)]
    [InlineData("\x16\x03\x01\x02", 400)]
    [InlineData("\0", 400)]
    public void Read_NoRequestOfHttp_IsRefused(string head, int status) => (Read(head).Refusal?.Status).ShouldBe(status);

    [Fact]
    public void Read_EveryByteInATarget_OnlyVisibleOnesAreTaken()
    {
        for (var code = 0; code < 256; code++)
        {
            foreach (var place in new[] { "/a{0}b", "/{0}", "/a{0}", "/a?b{0}c", "/a?{0}", "http://h/{0}" })
            {
                var read = Read($"GET {string.Format(null, place, (char)code)} HTTP/1.1\r\nHost: a\r\n\r\n");
                // A space behind the target only separates.
                var isTaken = code is > 0x20 and < 0x7F || (code == 0x20 && place.EndsWith("{0}", StringComparison.Ordinal));
                (read.Refusal is null).ShouldBe(isTaken, $"0x{code:x2} in {place}");
                if (!isTaken)
                    read.Refusal!.Status.ShouldBe(400);
            }
        }
    }

    [Fact]
    public void Read_TooLongOrTooMany_AreRefusedBeforeTheirEnd()
    {
        (Read("GET /" + new string('a', 8200)).Refusal?.Status).ShouldBe(414);
        (Read(Post + "X: " + new string('a', 40_000)).Refusal?.Status).ShouldBe(431);
        (Read(Post + string.Concat(Enumerable.Range(0, 100).Select(n => $"X-{n}: a\r\n"))).Refusal?.Status).ShouldBe(431);
        Read(Post + string.Concat(Enumerable.Range(0, 99).Select(n => $"X-{n}: a\r\n")) + "\r\n").Refusal.ShouldBeNull();
    }

    [Theory]
    [InlineData("Connection: keep-alive\r\n", null)]
    [InlineData("Connection: Close\r\n", null)]
    [InlineData("Connection: Upgrade\r\n", null)]
    [InlineData("Connection: keep-alive, X-Hop\r\n", "keep-alive, X-Hop")]
    [InlineData("connection: X-Hop\r\n", "X-Hop")]
    [InlineData("Connection: close\r\nX: y\r\nCONNECTION:X-Hop\r\nConnection:\tz\r\n", "close, X-Hop, z")]
    public void Read_Connection_IsWhole(string lines, string? expected) => Read($"{Post}{lines}\r\n").Connection.ShouldBe(expected);

    private static Reading Read(string head)
    {
        var read = RequestHead.Read(Encoding.Latin1.GetBytes(head));
        return new(read.Refusal, read.Length, read.BodyBytes, read.IsChunked, read.Connection);
    }

    private sealed record Reading(Refusal? Refusal, int Length, long BodyBytes, bool IsChunked, string? Connection);
}
