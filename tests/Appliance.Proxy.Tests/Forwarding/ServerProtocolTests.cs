using Appliance.Proxy.Config;
using Appliance.Proxy.Forwarding;
using Appliance.Proxy.Tests.Dialing;
using Appliance.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Appliance.Proxy.Tests.Forwarding;

/// <summary>
/// What an https server chooses, HTTP/2 or HTTP/1.1, is found out by the first connection to it: no request fails for that, and no
/// connection is made in vain.
/// </summary>
public sealed class ServerProtocolTests : IDisposable
{
    private readonly Authority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData(HttpProtocols.Http1, "HTTP/1.1", ForwarderChoice.Auto)]
    [InlineData(HttpProtocols.Http2, "HTTP/2", ForwarderChoice.Auto)]
    [InlineData(HttpProtocols.Http1AndHttp2, "HTTP/2", ForwarderChoice.Auto)]
    [InlineData(HttpProtocols.Http1AndHttp2, "HTTP/2", ForwarderChoice.Yarp)]
    public async Task FirstRequests_ManyAtOnce_AllAreAnswered(HttpProtocols protocols, string spoken, ForwarderChoice forwarder)
    {
        using var certificate = _authority.Issue(["localhost"]);
        await using var server = await SecureServer.StartAsync(certificate, protocols);
        await using var proxy = await ProxyUnderTest.StartAsync(Config(server.Address), new() { Forwarder = forwarder });

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => RawHttp.GetAsync(proxy.Port, "/")));

        answers.ShouldAllBe(answer => answer.Status == 200);
        answers.ShouldAllBe(answer => answer.Body.Contains(spoken + " "));

        // The connection that found it out is used on, and the others came when it was known.
        if (spoken == "HTTP/2")
            server.Names.Count.ShouldBe(1);
        if (spoken == "HTTP/1.1")
            proxy.Host.Http1.Open.ShouldBe(answers.Select(ConnectionOf).Distinct().Count());
    }

    // It is made anew at the same address, and every request meanwhile is answered. A connection that was kept ends with it.
    [Fact]
    public async Task Server_ChangesItsMind_IsFollowedBothWays()
    {
        using var certificate = _authority.Issue(["localhost"]);
        var server = await SecureServer.StartAsync(certificate, HttpProtocols.Http1);
        var port = server.Port;
        await using var proxy = await ProxyUnderTest.StartAsync(Config(server.Address));
        foreach (
            var (protocols, spoken) in new[]
            {
                (HttpProtocols.Http1, "HTTP/1.1"),
                (HttpProtocols.Http1AndHttp2, "HTTP/2"),
                (HttpProtocols.Http1, "HTTP/1.1"),
                (HttpProtocols.Http2, "HTTP/2"),
                (HttpProtocols.Http1, "HTTP/1.1"),
                (HttpProtocols.Http1AndHttp2, "HTTP/2"),
            }
        )
        {
            await server.DisposeAsync();
            server = await SecureServer.StartAsync(certificate, protocols, port: port);
            for (var round = 0; round < 5; round++)
            {
                var answer = await RawHttp.GetAsync(proxy.Port, "/");
                (answer.Status, answer.Body.Contains(spoken + " ", StringComparison.Ordinal)).ShouldBe(
                    (200, true),
                    $"{protocols}: {answer.Body}"
                );
            }
        }

        await server.DisposeAsync();
    }

    // What is wrong with the first connection is wrong with all: who waits for it hears the same, and the next request asks again.
    [Fact]
    public async Task FirstConnection_IsRefused_EverybodyHearsItAndTheNextOneAsksAgain()
    {
        using var certificate = _authority.Issue(["elsewhere.example.com"]);
        await using var server = await SecureServer.StartAsync(certificate, HttpProtocols.Http1);
        var config = Config(server.Address);
        await using var proxy = await ProxyUnderTest.StartAsync(config);

        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => RawHttp.GetAsync(proxy.Port, "/")));
        answers.ShouldAllBe(answer => answer.Status == 502);

        await proxy.ApplyAsync(
            config with
            {
                UpstreamPools =
                [
                    config.UpstreamPools[0] with
                    {
                        Tls = config.UpstreamPools[0].Tls with { ServerName = "elsewhere.example.com" },
                    },
                ],
            }
        );
        (await RawHttp.GetAsync(proxy.Port, "/")).Status.ShouldBe(200);
    }

    // The one that asks has gone: another one asks.
    [Fact]
    public async Task FirstClient_Leaves_TheOthersAreAnswered()
    {
        using var certificate = _authority.Issue(["localhost"]);
        var isHeld = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await SecureServer.StartAsync(certificate, HttpProtocols.Http1AndHttp2);

        // In front of it, so that the first handshake stands still.
        await using var gate = new ConnectionServer(async connection =>
        {
            if (connection.Number == 1)
                isHeld.SetResult();
            if (connection.Number == 1)
                await connection.DrainAsync();
            using var behind = new System.Net.Sockets.TcpClient();
            await behind.ConnectAsync(System.Net.IPAddress.Loopback, server.Port, connection.Stop);
            var up = connection.Stream.CopyToAsync(behind.GetStream(), connection.Stop);
            await behind.GetStream().CopyToAsync(connection.Stream, connection.Stop);
            await up;
        });
        await using var proxy = await ProxyUnderTest.StartAsync(Config($"https://localhost:{gate.Port}"));

        await using (var first = await RawHttp.ConnectAsync(proxy.Port))
        {
            await first.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            await isHeld.Task;
        }

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => RawHttp.GetAsync(proxy.Port, "/")));

        answers.ShouldAllBe(answer => answer.Status == 200);
        server.Names.Count.ShouldBe(1, "one connection of HTTP/2 for all of them");
    }

    [Theory]
    [InlineData(HttpProtocols.Http2)]
    [InlineData(HttpProtocols.Http1AndHttp2)]
    public async Task Grpc_FirstRequestOfAll_HasItsTrailers(HttpProtocols protocols)
    {
        using var certificate = _authority.Issue(["localhost"]);
        await using var server = await SecureServer.StartAsync(certificate, protocols);
        await using var bed = new AnswerBed();
        await bed.StartAsync(_ => Config(server.Address));

        for (var round = 0; round < 3; round++)
        {
            await using var client = await bed.Http2Async();
            await client.HeadersAsync(
                endStream: true,
                AnswerBed.Http2Head("POST", ("content-type", "application/grpc"), ("te", "trailers"))
            );
            var fields = new List<KeyValuePair<string, string>>();
            Http2Frame? frame;
            while ((frame = await client.ReadFrameAsync()) is not null)
            {
                if (frame.Type == Http2Frame.Headers)
                    fields.AddRange(Hpack.Decode(frame.Payload));
                if (frame.EndsStream || frame.Type is Http2Frame.Reset or Http2Frame.GoAway)
                    break;
            }

            fields.ShouldContain(new KeyValuePair<string, string>(":status", "200"));
            fields.ShouldContain(new KeyValuePair<string, string>("grpc-status", "0"));
        }

        server.Names.Count.ShouldBe(1);
    }

    private ProxyConfig Config(string address)
    {
        var config = Configs.All(address);
        return config with { UpstreamPools = [config.UpstreamPools[0] with { Tls = new() { Trusted = _authority.Pem } }] };
    }

    private static string ConnectionOf(RawAnswer answer) => answer.Body.Split("HTTP/1.1 ")[1].Split('\r')[0];
}
