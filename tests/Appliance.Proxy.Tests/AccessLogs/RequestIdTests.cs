using System.Text.RegularExpressions;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.AccessLogs;

/// <summary>The page that a client sees has the ID by which the request is found here.</summary>
public sealed partial class RequestIdTests
{
    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: dead.test\r\n\r\n", 502)]
    [InlineData("GET / HTTP/1.1\r\nHost: nobody.test\r\n\r\n", 404)]
    [InlineData("GET /\u00e4 HTTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("TRACE / HTTP/1.1\r\nHost: dead.test\r\n\r\n", 405)]
    [InlineData("GET / HTTP/1.1\r\nHost: dead.test\r\nAccept: text/html\r\n\r\n", 502)]
    public async Task Page_OfAFailure_HasTheIdOfItsRequest(string head, int status)
    {
        var dead = Configs.Pool("dead", "http://127.0.0.1:1");
        await using var proxy = await ProxyUnderTest.StartAsync(
            new() { UpstreamPools = [dead], Routes = [Configs.Proxy("dead", "/", "dead") with { Hosts = ["dead.test"] }] }
        );
        var answer = await RawHttp.SendAsync(proxy.Port, head);
        answer.Status.ShouldBe(status);
        var id = Id().Match(answer.Body);
        id.Success.ShouldBeTrue(answer.Body);
        await Eventually.TrueAsync(() => Task.FromResult(proxy.Host.Requests.Count == 1), "it is kept");
        proxy.Host.Requests.NewestFirst().Single().RequestId.ShouldBe(id.Groups[1].Value);
    }

    // The server, the log and the client have the same one.
    [Fact]
    public async Task Page_WhoseIdTheServerGot_HasTheSame()
    {
        await using var backend = new RecordingBackend { Answer = _ => "nothing of HTTP" };
        var route = Configs.Proxy("all", "/", "all") with { RequestHeaders = [new() { Name = "X-Request-ID", Value = "$request_id" }] };
        await using var proxy = await ProxyUnderTest.StartAsync(
            new() { UpstreamPools = [Configs.Pool("all", backend.Address)], Routes = [route] }
        );
        var answer = await RawHttp.GetAsync(proxy.Port, "/");
        answer.Status.ShouldBe(502);
        backend.Requests.ShouldHaveSingleItem().Value("X-Request-ID").ShouldBe(Id().Match(answer.Body).Groups[1].Value);
    }

    [GeneratedRegex("Request ID: ([0-9a-f]{32})\\b")]
    private static partial Regex Id();
}
