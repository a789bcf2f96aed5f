using System.Text;
using Appliance.Proxy.Edge;

namespace Appliance.Proxy.Tests.Edge;

public sealed class ChunkedFramingTests
{
    [Theory]
    [InlineData("0\r\n\r\n")]
    [InlineData("000\r\n\r\n")]
    [InlineData("5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("0A\r\n0\r\n\r\n01234\r\n1;a=\"b\t\"\r\nx\r\n0;z\r\nA: b\r\nC: d\r\n\r\n")]
    public void Take_WholeBody_EndsWhereItEnds(string body)
    {
        for (var piece = 1; piece <= body.Length; piece++)
        {
            var chunks = new ChunkedFraming();
            var taken = 0;
            var bytes = Encoding.Latin1.GetBytes(body + "GET / HTTP/1.1");
            for (var at = 0; at < bytes.Length && !chunks.IsDone; at += piece)
                taken += chunks.Take(bytes.AsSpan(at, Math.Min(piece, bytes.Length - at)));
            (chunks.IsDone, taken).ShouldBe((true, body.Length), $"pieces of {piece}");
        }
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("g\r\n")]
    [InlineData("+5\r\n")]
    [InlineData("0x5\r\n")]
    [InlineData(" 5\r\n")]
    [InlineData("5 \r\n")]
    [InlineData("5\n")]
    [InlineData("5\r\r\n")]
    [InlineData("5;a\n")]
    [InlineData("5;\0\r\n")]
    [InlineData("1\r\nab")]
    [InlineData("1\r\na\n")]
    [InlineData("0\r\n\n")]
    [InlineData("0\r\nA: b\n")]
    [InlineData("0\r\nA: b\rc")]
    [InlineData("1000000000000000\r\n")]
    public void Take_WhatTwoParsersReadDifferently_IsBroken(string body)
    {
        var chunks = new ChunkedFraming();
        chunks.Take(Encoding.Latin1.GetBytes(body)).ShouldBeLessThan(body.Length);
        (chunks.IsBroken, chunks.IsDone).ShouldBe((true, false));
    }
}
