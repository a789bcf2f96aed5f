using System.Text;
using Appliance.Proxy.Http1;

namespace Appliance.Proxy.Tests.Http1;

public sealed class ChunkReaderTests
{
    [Theory]
    [InlineData("0\r\n\r\n", "")]
    [InlineData("5\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("5;name=value\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("5 \r\nhello\r\n1\r\n!\r\n0\r\n\r\n", "hello!")]
    [InlineData("0a\r\n0123456789\r\n000\r\nTrailer: x\r\n\r\n", "0123456789")]
    [InlineData("A\r\n0123\r\n6789\r\n0\r\n\r\n", "0123\r\n6789")]
    public void Next_BodyCutAnywhere_GivesItsData(string wire, string expected)
    {
        for (var size = 1; size <= wire.Length; size++)
        {
            var reader = default(ChunkReader);
            var data = new List<byte>();
            foreach (var piece in Encoding.ASCII.GetBytes(wire).Chunk(size))
            {
                var rest = piece.AsSpan();
                while (!rest.IsEmpty)
                {
                    reader.Done.ShouldBeFalse();
                    var taken = reader.Next(rest, out var found);
                    taken.ShouldBeGreaterThan(0);
                    data.AddRange(rest[found]);
                    rest = rest[taken..];
                }
            }

            reader.Done.ShouldBeTrue();
            Encoding.ASCII.GetString([.. data]).ShouldBe(expected);
        }
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("x\r\n")]
    [InlineData("-1\r\n")]
    [InlineData("5\r\nhelloX")]
    [InlineData("1000000000000000\r\n")]
    [InlineData("5\r\nhello\r\r\n0\r\n\r\n")]
    [InlineData("5\rX\nhello\r\n")]
    [InlineData("5;a\rb\r\nhello\r\n")]
    [InlineData("5;a\0\r\nhello\r\n")]
    [InlineData(" 5\r\nhello\r\n")]
    [InlineData(";\r\n")]
    [InlineData("0\r\nA b\r\n\r\n")]
    [InlineData("0\r\n folded: no\r\n\r\n")]
    [InlineData("0\r\nA: b\rc\r\n\r\n")]
    [InlineData("0\r\nA: \0\r\n\r\n")]
    [InlineData("0\r\n\rX")]
    public void Next_NotChunked_IsRefused(string wire)
    {
        var reader = default(ChunkReader);
        var rest = Encoding.ASCII.GetBytes(wire).AsSpan();
        var taken = 0;
        while (!rest.IsEmpty && (taken = reader.Next(rest, out _)) > 0)
            rest = rest[taken..];

        taken.ShouldBe(-1);
    }

    [Fact]
    public void Next_Trailers_AreKeptInTheirOrder()
    {
        const string wire = "1\r\nx\r\n0\r\nA: 1\r\nb:2\nA: 3 \r\n\r\nHTTP/1.1";
        for (var size = 1; size <= wire.Length; size++)
        {
            var reader = default(ChunkReader);
            var taken = 0;
            foreach (var piece in Encoding.ASCII.GetBytes(wire).Chunk(size))
            {
                for (var rest = piece.AsSpan(); !rest.IsEmpty && !reader.Done; )
                {
                    var some = reader.Next(rest, out _);
                    rest = rest[some..];
                    taken += some;
                }
            }

            taken.ShouldBe(wire.Length - "HTTP/1.1".Length, "what follows is not the body's");
            reader.Trailers.ShouldNotBeNull().All.ShouldBe([new("A", "1"), new("b", "2"), new("A", "3")]);
        }
    }

    [Fact]
    public void Next_TrailersWithoutEnd_AreRefused()
    {
        var reader = default(ChunkReader);
        reader.Next("0\r\n"u8, out _).ShouldBe(3);
        var line = Encoding.ASCII.GetBytes("A: " + new string('x', 1000) + "\r\n");
        var lines = 0;
        while (reader.Next(line, out _) > 0 && lines < 1000)
            lines++;
        lines.ShouldBeInRange(30, 40);
    }
}
