using Appliance.Proxy.Edge;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>Lengths of requests: what a body may have, and numbers that are none.</summary>
public sealed class BodyLimitTests
{
    // 32 bits and more, as the first chunk and as a later one. None of these bodies comes to its end.
    [Theory]
    [InlineData("80000000")]
    [InlineData("7FFFFFFFFFFFFFF")]
    [InlineData("7FFFFFFFFFFFFFFF")]
    [InlineData("10000000000000005")]
    [InlineData("1\r\na\r\n80000000")]
    public async Task Chunk_LongerThanTheServerCounts_Is400(string size)
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address));

        var answer = await RawHttp.SendAsync(
            proxy.Port,
            $"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n{size}\r\nhello"
        );

        answer.Status.ShouldBe(400);
        answer.Body.ShouldNotBeEmpty();
    }

    // As nginx counts: what is in the chunks.
    [Theory]
    [InlineData("64\r\n0123456789\r\n0\r\n\r\n", 100, 1, 200)]
    [InlineData("65\r\n0123456789\r\n0\r\n\r\n", 101, 1, 413)]
    [InlineData("1\r\n0\r\n", 1, 100, 200)]
    [InlineData("1\r\n0\r\n", 1, 101, 413)]
    [InlineData("1;ext=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n0\r\n", 1, 5, 200)]
    public async Task Body_InChunks_IsLimitedByWhatIsInThem(string chunk, int bytes, int times, int status)
    {
        await using var backend = new RecordingBackend();
        var config = Configs.All(backend.Address);
        config = config with { Routes = [config.Routes[0] with { MaxRequestBodyBytes = 100 }] };
        await using var proxy = await ProxyUnderTest.StartAsync(config);
        chunk = chunk.Replace("0123456789", new string('x', bytes), StringComparison.Ordinal);
        var body =
            string.Concat(Enumerable.Repeat(chunk, times)) + (chunk.EndsWith("0\r\n\r\n", StringComparison.Ordinal) ? "" : "0\r\n\r\n");

        var answer = await RawHttp.SendAsync(
            proxy.Port,
            $"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n{body}"
        );

        answer.Status.ShouldBe(status);
    }

    [Theory]
    [InlineData("0", "0")]
    [InlineData("000000000000000000000000", "0")]
    [InlineData("0000000000000000000000005", "5")]
    [InlineData("9223372036854775807", "9223372036854775807")]
    [InlineData("92233720368547758070", "x")]
    [InlineData("", "x")]
    [InlineData("+5", "x")]
    [InlineData("-0", "x")]
    [InlineData(" 5", "x")]
    [InlineData("5\0", "x")]
    [InlineData("5\u000b", "x")]
    public void ContentLength_IsDigitsAndNothingElse(string text, string read)
    {
        var bytes = System.Text.Encoding.Latin1.GetBytes(text);
        ContentLengthText.Instance.GetString(bytes).ShouldBe(read);
        Span<char> chars = stackalloc char[20];
        chars[..ContentLengthText.Instance.GetChars(bytes, chars)].ToString().ShouldBe(read);
    }

    [Fact]
    public async Task ContentLength_OfManyZeros_IsTheNumber()
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address));

        var answer = await RawHttp.SendAsync(
            proxy.Port,
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 000000000000000000000005\r\nConnection: close\r\n\r\nhello"
        );

        answer.Status.ShouldBe(200);
        backend.Requests.ShouldHaveSingleItem().Body.ShouldBe("hello");
    }

    [Fact]
    public async Task Answer_TenThousandInterimOnes_Is502()
    {
        await using var backend = new RecordingBackend
        {
            Answer = _ => string.Concat(Enumerable.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 10_001)),
        };
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address));
        await using var client = await RawHttp.ConnectAsync(proxy.Port);
        await client.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        (await client.ReadRestAsync()).Split("HTTP/1.1 ")[^1].ShouldStartWith("502");
    }
}
