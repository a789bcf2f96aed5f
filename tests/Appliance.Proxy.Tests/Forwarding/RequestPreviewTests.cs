using System.Net;
using System.Net.WebSockets;
using Appliance.Proxy.Forwarding;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Routing;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>The preview is worth what it has in common with what a server really gets.</summary>
public sealed class RequestPreviewTests
{
    [Theory]
    [InlineData("/app/room/%7Ea?x=1&y", "/app/", "/up/")]
    [InlineData("/app/plain", "/app", null)]
    public async Task Follow_PlainRequest_IsWhatTheServerGets(string target, string path, string? upstreamPath)
    {
        await using var backend = new RecordingBackend();
        var config = Configs.All(backend.Address) with
        {
            HeaderMaps = [new() { Name = "$kind", Source = "$arg_x", Default = "other", Rows = [new() { Pattern = "1", Value = "one" }] }],
            Routes =
            [
                Configs.Proxy("r", path, "backend", upstreamPath) with
                {
                    RequestHeaders = [new HeaderRule { Name = "X-Kind", Value = "$kind of $host" }, new HeaderRule { Operation = HeaderOperation.Remove, Name = "X-Secret" }],
                },
            ],
        };
        await using var proxy = await ProxyUnderTest.StartAsync(config);
        var host = $"127.0.0.1:{proxy.Port}";
        var preview = RequestPreview.Compile(config, null).Follow(new()
        {
            Host = host,
            Target = target,
            Client = IPAddress.Loopback,
            Headers = [("X-Secret", "s"), ("X-Kept", "k"), ("Connection", "close, X-Mine"), ("X-Mine", "m")],
        });
        await RawHttp.SendAsync(proxy.Port, $"GET {target} HTTP/1.1\r\nHost: {host}\r\nX-Secret: s\r\nX-Kept: k\r\nConnection: close, X-Mine\r\nX-Mine: m\r\n\r\n");
        var real = backend.Requests.Single();
        preview.RequestLine.ShouldBe(real.RequestLine);
        preview.Lines.Select(line => $"{line.Name}: {line.Value}").Order().ShouldBe(real.Headers.Select(line => $"{line.Key}: {line.Value}").Order());
    }

    [Fact]
    public void Follow_NoRouteOrAnother_SaysSo()
    {
        var config = Configs.All("http://127.0.0.1:1") with { Routes = [Configs.Proxy("a", "/a"), Configs.Proxy("ab", "/ab") with { WebSocket = new() { Allow = false } }] };
        var preview = RequestPreview.Compile(config, null);
        preview.Follow(new() { Host = "h", Target = "/x" }).Outcome.ShouldBe(PreviewOutcome.NotFound);
        preview.Follow(new() { Host = "h", Target = "/abc" }).Route!.Name.ShouldBe("ab");
        preview.Follow(new() { Host = "h", Target = "/abc", WebSocket = true }).Note!.ShouldStartWith("403");
        preview.Follow(new() { Host = "h", Target = "/a b" }).Outcome.ShouldBe(PreviewOutcome.Refused);
        preview.Follow(new() { Host = "h", Target = "" }).Outcome.ShouldBe(PreviewOutcome.Refused);
    }
}
