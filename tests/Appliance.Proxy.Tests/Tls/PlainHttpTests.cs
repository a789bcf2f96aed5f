using System.Diagnostics;
using Appliance.Proxy.Tests.Certificates;
using Appliance.Proxy.Tests.Dialing;
using Appliance.Proxy.Tests.WebSockets;
using Appliance.Proxy.WebSockets.Relays;
using Appliance.Testing;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Tests.Tls;

/// <summary>What is no TLS, or never becomes one, on the port for HTTPS.</summary>
public sealed class PlainHttpTests : IDisposable
{
    private readonly Issued _issued = new();

    public void Dispose() => _issued.Dispose();

    [Theory]
    [InlineData(RelayChoice.Stream)]
    [InlineData(RelayChoice.Epoll)]
    public async Task PlainRequest_IsAnswered400WithASentence(RelayChoice relay)
    {
        await using var proxy = await StartAsync(relay);
        var port = proxy.Host.HttpsEndPoint!.Port;
        var answer = await RawHttp.GetAsync(port, "/", headers: "Cookie: " + new string('x', 6000) + "\r\n");
        (answer.Status, answer.WasReset, answer.Value("Content-Length")).ShouldBe((400, false, answer.Body.Length.ToString()));
        answer.Body.ShouldContain("was sent to a port for HTTPS");

        await using var slow = await RawHttp.ConnectAsync(port);
        foreach (var one in "POST / HTTP/1.1\r\nHost: a\r\n\r\n")
            await slow.WriteAsync(one.ToString());
        (await slow.ReadAnswerAsync()).Status.ShouldBe(400);
        await SpeaksTlsAsync(port);
    }

    [Theory]
    [InlineData(RelayChoice.Stream)]
    [InlineData(RelayChoice.Epoll)]
    public async Task Handshake_ThatStalls_IsEndedAndHarmsNobody(RelayChoice relay)
    {
        await using var proxy = await StartAsync(relay);
        var port = proxy.Host.HttpsEndPoint!.Port;
        var started = Stopwatch.GetTimestamp();
        await using var silent = await RawPeer.ConnectAsync(port);
        await using var stalled = await RawPeer.ConnectAsync(port);
        await stalled.SendAsync("\u0016\u0003\u0001\u0002\u0000\u0001");
        await using var method = await RawPeer.ConnectAsync(port);
        await method.SendAsync("GET / HTTP");
        await SpeaksTlsAsync(port);
        await Task.WhenAll(silent.ReadToEndAsync(), stalled.ReadToEndAsync(), method.ReadToEndAsync());
        Stopwatch.GetElapsedTime(started).ShouldBeInRange(TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(25));
        await SpeaksTlsAsync(port);
    }

    [Fact]
    public async Task RecordsThatBeginNoHandshake_AreEndedWithoutAnError()
    {
        using var said = new LinesLog(LogLevel.Error);
        await using var proxy = await StartAsync(RelayChoice.Epoll, said);
        var port = proxy.Host.HttpsEndPoint!.Port;
        byte[][] beginnings =
        [
            [21, 3, 1, 0, 2, 2, 40],
            [23, 3, 3, 0, 1, 0],
            [20, 3, 3, 0, 1, 1],
            [22, 3, 1, 0, 4, 2, 0, 0, 0],
            [22, 3, 1, 255, 255, .. new byte[65535]],
            [22, 3, 1, 0, 4, 1, 0, 0, 0],
            [0x80, 46, 1, 3, 1, .. new byte[43]],
        ];
        foreach (var beginning in beginnings)
        {
            await using var scanner = await RawHttp.ConnectAsync(port);
            await scanner.WriteAsync(System.Text.Encoding.Latin1.GetString(beginning));
            await scanner.ReadAnswerAsync();
        }

        await SpeaksTlsAsync(port);
        said.Lines.ShouldBeEmpty("a stranger fills no log");
    }

    private Task<ProxyUnderTest> StartAsync(RelayChoice relay, ILoggerFactory? logs = null)
    {
        _issued.Write("a", ["localhost"]);
        return ProxyUnderTest.StartAsync(
            new()
            {
                Routes =
                [
                    new()
                    {
                        Name = "all",
                        Action = new Appliance.Proxy.Routing.RouteAction.Respond { Body = "ok" },
                    },
                ],
            },
            new()
            {
                HttpsPort = 0,
                Certificates = _issued.Folder,
                Relay = relay,
            },
            logs
        );
    }

    private static async Task SpeaksTlsAsync(int port)
    {
        using var http = new HttpClient(
            new SocketsHttpHandler { SslOptions = new() { RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null } }
        );
        (await http.GetStringAsync($"https://localhost:{port}/")).ShouldBe("ok");
    }
}
