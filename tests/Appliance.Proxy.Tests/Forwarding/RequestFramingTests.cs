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

        var answer = await RawHttp.SendAsync(
            proxy.Port,
            $"POST / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n{headers}\r\n\r\n0\r\n\r\n"
        );

        answer.Status.ShouldBe(status);
        answer.Value("Connection").ShouldBe("close");
        backend.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Request_Chunked_GoesOnChunked()
    {
        await using var backend = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address));

        (
            await RawHttp.SendAsync(
                proxy.Port,
                "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
            )
        ).Status.ShouldBe(200);

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

    [Theory]
    [InlineData("a..b")]
    [InlineData(".a")]
    [InlineData("a:99999")]
    [InlineData("a!b")]
    public async Task Request_HostThatCannotBeSentOn_IsNoServersFault(string host)
    {
        await using var first = new RecordingBackend();
        await using var second = new RecordingBackend();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(first.Address, second.Address));

        (await RawHttp.GetAsync(proxy.Port, "/", host)).Status.ShouldBe(400);
        (await RawHttp.GetAsync(proxy.Port, "/", "a.test")).Status.ShouldBe(200, "both servers are as good as before");
    }

    [Fact]
    public async Task Request_RuleMakesAHostThatCannotBeSent_IsNoServersFault()
    {
        await using var first = new RecordingBackend();
        await using var second = new RecordingBackend();
        var all = Configs.All(first.Address, second.Address);
        await using var proxy = await ProxyUnderTest.StartAsync(
            all with
            {
                Routes = [all.Routes[0] with { RequestHeaders = [new() { Name = "Host", Value = "$arg_host" }] }],
            }
        );

        (await RawHttp.GetAsync(proxy.Port, "/?host=a..b")).Status.ShouldBe(502);
        (await RawHttp.GetAsync(proxy.Port, "/?host=a.test")).Status.ShouldBe(200, "both servers are as good as before");
        first.Requests.Concat(second.Requests).ShouldHaveSingleItem().Value("Host").ShouldBe("a.test");
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("a", true)]
    [InlineData("A-b.example.com.", true)]
    [InlineData("a.example.com:8080", true)]
    [InlineData("a_b.example.com", true)]
    [InlineData("127.0.0.1:0", true)]
    [InlineData("[::1]", true)]
    [InlineData("[::1]:443", true)]
    [InlineData(".", false)]
    [InlineData(":80", false)]
    [InlineData("a..b", false)]
    [InlineData(".a", false)]
    [InlineData("a:65536", false)]
    [InlineData("a b", false)]
    [InlineData("[1.2.3.4]", false)]
    public void HostHeader_GoesOn_AsHttpClientTakesIt(string host, bool isTaken)
    {
        Appliance.Proxy.Edge.HostHeader.CanGoOn(host).ShouldBe(isTaken);
        using var request = new HttpRequestMessage();
        Should.NotThrow(() => isTaken ? request.Headers.Host = host : null);
        if (!isTaken)
            Should.Throw<FormatException>(() => request.Headers.Host = host);
    }
}
