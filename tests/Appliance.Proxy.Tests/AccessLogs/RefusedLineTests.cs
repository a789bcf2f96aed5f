using System.Text.Json;
using Appliance.Proxy.AccessLogs;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Tests.Certificates;
using Appliance.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Appliance.Proxy.Tests.AccessLogs;

/// <summary>Whatever is answered leaves a line, a row among the newest requests, and a count.</summary>
public sealed class RefusedLineTests : IDisposable
{
    private const string Name = "refused.example.com";
    private readonly Issued _issued = new();
    private readonly LinesSink _sink = new();

    public void Dispose() => _issued.Dispose();

    [Fact]
    public async Task AnyByteInPathOrHost_IsAnsweredWithAPageAndALine()
    {
        using var log = Log("$request $status");
        await using var proxy = await StartAsync(log);
        var count = 0;
        for (var code = 0; code < 256; code++)
        {
            foreach (
                var request in (string[])
                    [
                        $"GET /a%{code:x2}z HTTP/1.1\r\nHost: a\r\n\r\n",
                        $"GET http://a/%{code:X2} HTTP/1.1\r\nHost: a\r\n\r\n",
                        $"GET /?a%{code:X2} HTTP/1.1\r\nHost: a\r\n\r\n",
                        $"GET / HTTP/1.1\r\nHost: a{(char)code}z\r\n\r\n",
                        $"GET /{(char)code} HTTP/1.1\r\nHost: a\r\n\r\n",
                    ]
            )
            {
                var answer = await RawHttp.SendAsync(proxy.Port, request);
                answer.Body.ShouldNotBeEmpty(request);
                count++;
                await Eventually.TrueAsync(() => Task.FromResult(proxy.Host.Requests.Count == count), request);
            }
        }

        (await _sink.WaitForAsync(count)).Length.ShouldBe(count);
        var counted = proxy.Host.Traffic.Total.Read();
        counted.Requests.ShouldBe(count);
    }

    [Fact]
    public async Task ZeroByteInAPathOverHttp2_IsAnsweredWithAPageAndALine()
    {
        using var log = Log("$request $status");
        await using var proxy = await StartAsync(log);
        await using (var client = await RawHttp2.ConnectAsync(proxy.Host.HttpsEndPoint!.Port, Name))
            (await client.GetAsync(Name, "/nul%00?a%00")).Status.ShouldBe(400);
        await using (var client = await RawHttp2.ConnectAsync(proxy.Host.HttpsEndPoint!.Port, Name))
            (await client.GetAsync(Name, "/fine?a%00")).Status.ShouldBe(200);

        (await _sink.WaitForAsync(2)).ShouldBe(["GET /nul%00?a%00 HTTP/2.0 400", "GET /fine?a%00 HTTP/2.0 200"]);
    }

    [Fact]
    public async Task PlainHttpOnThePortForHttps_HasALineARowAndACount()
    {
        using var log = Log("$remote_addr $request $status $body_bytes_sent $request_length $scheme");
        await using var proxy = await StartAsync(log);
        var request = "GET /a?b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        var answer = await RawHttp.SendAsync(proxy.Host.HttpsEndPoint!.Port, request);

        (await _sink.WaitForAsync(1)).ShouldBe([$"127.0.0.1 GET /a?b HTTP/1.1 400 {answer.Body.Length} {request.Length} http"]);
        var row = proxy.Host.Requests.Find(1).ShouldNotBeNull();
        (row.Path, row.Status, row.Method).ShouldBe(("/a", 400, "GET"));
        proxy.Host.Traffic.Unrouted.Read().Requests.ShouldBe(1);
    }

    [Theory]
    [InlineData("GET /a z HTTP/1.1", null, "GET", "HTTP/1.1")]
    [InlineData("GET /esc\u001b[31m HTTP/1.1", null, "GET", "HTTP/1.1")]
    [InlineData("GET / HTTP/1.1 ", "/", "GET", "HTTP/1.1")]
    [InlineData("GET / HTTP/1. ", "/", "GET", "HTTP/1.")]
    [InlineData("GET /a%00z HTTP/1.1", null, "GET", "HTTP/1.1")]
    [InlineData("GET /../.. HTTP/1.1", null, "GET", "HTTP/1.1")]
    [InlineData("\"what", null, null, null)]
    public async Task Json_OfARequestThatIsRefused_HasItsLineAndNoPathThatNobodyAskedFor(
        string line,
        string? uri,
        string? method,
        string? protocol
    )
    {
        using var log = Log("json");
        await using var proxy = await StartAsync(log);
        await RawHttp.SendAsync(proxy.Port, line + "\r\nHost: a\r\n\r\n");

        using var read = JsonDocument.Parse((await _sink.WaitForAsync(1))[0]);
        Text("request").ShouldBe(line);
        (Text("uri"), Text("method"), Text("protocol")).ShouldBe((uri, method, protocol));

        string? Text(string name) => read.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
    }

    [Theory]
    [InlineData("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "GET / HTTP/1.1 ")]
    [InlineData("GET / HTTP/1. \r\nHost: a\r\n\r\n", "GET / HTTP/1. ")]
    [InlineData("GET /   HTTP/1.1\r\nHost: a\r\n\r\n", "GET /   HTTP/1.1")]
    [InlineData("GET HTTP://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "GET HTTP://a/ HTTP/1.1")]
    public async Task Request_IsTheLineAsTheClientWroteIt(string request, string line)
    {
        using var log = Log("$request");
        await using var proxy = await StartAsync(log);
        await RawHttp.SendAsync(proxy.Port, request);
        (await _sink.WaitForAsync(1)).ShouldBe([line]);
    }

    private AccessLog Log(string format) =>
        new(AccessLogFormat.Parse(format, out _).ShouldNotBeNull(), [_sink], TimeProvider.System, NullLogger<AccessLog>.Instance);

    private Task<ProxyUnderTest> StartAsync(AccessLog log)
    {
        _issued.Write("a", [Name]);
        return ProxyUnderTest.StartAsync(
            new()
            {
                Routes =
                [
                    new()
                    {
                        Name = "all",
                        Action = new RouteAction.Respond { Body = "ok" },
                    },
                ],
            },
            new()
            {
                HttpsPort = 0,
                Certificates = _issued.Folder,
                AccessLog = log,
            }
        );
    }
}
