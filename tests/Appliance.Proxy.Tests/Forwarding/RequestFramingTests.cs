using Appliance.Testing;

namespace Appliance.Proxy.Tests.Forwarding;

public sealed class RequestFramingTests
{
    [Theory]
    [InlineData("Content-Length: 3\r\nTransfer-Encoding: chunked", 400)]
    [InlineData("Transfer-Encoding: gzip, chunked", 501)]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", 400)]
    public async Task Request_LengthIsAmbiguous_NeverReachesAServer(string headers, int status)
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address));

        var answer = await RawHttp.SendAsync(proxy.Port, $"POST / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n{headers}\r\n\r\n0\r\n\r\n");

        answer.Status.ShouldBe(status);
        answer.Value("Connection").ShouldBe("close");
        backend.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Request_Chunked_GoesOnChunked()
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address));

        (await RawHttp.SendAsync(proxy.Port, "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")).Status.ShouldBe(200);

        backend.Requests.ShouldHaveSingleItem().Value("Transfer-Encoding").ShouldBe("chunked");
    }

    [Fact]
    public async Task Request_AbsoluteTarget_ItsHostCounts()
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address));

        (await RawHttp.GetAsync(proxy.Port, "http://other.test/x?y", "a.test")).Status.ShouldBe(200);

        var seen = backend.Requests.ShouldHaveSingleItem();
        seen.Target.ShouldBe("/x?y");
        seen.Value("Host").ShouldBe("other.test");
    }
}
