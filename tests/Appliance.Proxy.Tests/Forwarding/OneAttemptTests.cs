using Appliance.Testing;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>
/// A server that takes a request and just closes is asked once; the next server is our choice, not that of the client under us.
/// </summary>
public sealed class OneAttemptTests
{
    [Theory]
    [InlineData("GET", "")]
    [InlineData("HEAD", "")]
    [InlineData("DELETE", "")]
    [InlineData("PATCH", "")]
    [InlineData("POST", "")]
    [InlineData("LOCK", "")]
    [InlineData("POST", "Content-Length: 0\r\n")]
    public async Task Server_ClosesWithoutAnAnswer_WasAskedOnce(string method, string headers)
    {
        await using var backend = new RecordingBackend { Answer = _ => null };
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address));

        (await RawHttp.SendAsync(proxy.Port, $"{method} /x HTTP/1.1\r\nHost: a\r\n{headers}\r\n")).Status.ShouldBe(502);

        backend.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Server_ClosedAnIdleConnection_RequestGoesThrough()
    {
        // Answers, and closes behind it: what HttpClient kept is stale when the next request comes.
        await using var backend = new RecordingBackend { Behind = (_, _, _) => Task.CompletedTask };
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address));

        for (var round = 0; round < 20; round++)
            (await RawHttp.GetAsync(proxy.Port, $"/{round}")).Status.ShouldBe(200);

        backend.Requests.Count.ShouldBe(20);
    }
}
