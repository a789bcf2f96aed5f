using System.Globalization;
using System.Text;
using Appliance.Proxy.AccessLogs;
using Appliance.Proxy.Tests.Dialing;
using Appliance.Proxy.WebSockets.Relays;
using Appliance.Testing;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Tests.AccessLogs;

/// <summary>What servers are sent and what comes from them, against what a server saw on its socket.</summary>
public sealed class UpstreamBytesTests
{
    private const string Format = "$upstream_bytes_sent|$upstream_bytes_received";

    private const string Upgrade =
        "GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    private const string Switch =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

    private const string InChunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";

    private static readonly byte[] _masked = [0x81, 0x82, 0, 0, 0, 0, (byte)'h', (byte)'i'];
    private static readonly byte[] _close = [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8];
    private static readonly byte[] _answer = [0x81, 1, (byte)'x', 0x88, 2, 0x03, 0xe8];

    // The second request of each goes over the connection that was kept.
    [Theory]
    [InlineData("GET /a HTTP/1.1\r\nHost: a\r\n\r\n", 0)]
    [InlineData("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 5)]
    [InlineData("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 10 + 5 + 5)]
    public async Task Request_CountsHeadsBodiesAndFraming(string request, int bodyBytes)
    {
        await using var backend = new RecordingBackend { Answer = _ => InChunks };
        using var made = Make();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address), new() { AccessLog = made.Log });

        await RawHttp.SendAsync(proxy.Port, request);
        await RawHttp.SendAsync(proxy.Port, request);

        var sent = HeadOf(backend.Requests[0]) + bodyBytes;
        (await made.Sink.WaitForAsync(2)).ShouldBe([$"{sent}|{InChunks.Length}", $"{sent}|{InChunks.Length}"]);
    }

    [Fact]
    public async Task Request_ToOneServerAfterTheOther_IsAListOfBoth()
    {
        await using var silent = new RecordingBackend { Answer = _ => null };
        await using var other = new RecordingBackend { Answer = _ => null };
        using var made = Make();
        await using var proxy = await ProxyUnderTest.StartAsync(
            Configs.All(silent.Address, other.Address, "http://127.0.0.1:1"),
            new() { AccessLog = made.Log }
        );

        await RawHttp.GetAsync(proxy.Port, "/");

        var sent = HeadOf(silent.Requests[0]);
        var lists = (await made.Sink.WaitForAsync(1)).ShouldHaveSingleItem().Split('|');
        lists[0].Split(", ").ShouldBe([$"{sent}", $"{sent}", "0"], ignoreOrder: true);
        lists[1].ShouldBe("0, 0, 0");
    }

    // HttpClient does not say what it wrote: heads count as HTTP/1.1 has them, bodies as they are.
    [Fact]
    public async Task Request_ByHttp2_CountsHeadsAsHttp1WritesThem()
    {
        await using var backend = new RecordingHttp2Backend
        {
            Answer = (_, stream) => RecordingHttp2Backend.Ok(stream, new string('y', 1000)),
        };
        using var made = Make();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address), new() { AccessLog = made.Log });

        await RawHttp.SendAsync(
            proxy.Port,
            $"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\nConnection: close\r\n\r\n{new string('x', 2000)}"
        );

        var lists = (await made.Sink.WaitForAsync(1)).ShouldHaveSingleItem().Split('|');
        int.Parse(lists[0], CultureInfo.InvariantCulture).ShouldBeInRange(2040, 2400);
        int.Parse(lists[1], CultureInfo.InvariantCulture).ShouldBeInRange(1015, 1400);
    }

    [Theory]
    [InlineData(RelayChoice.Auto)]
    [InlineData(RelayChoice.Stream)]
    public async Task WebSocket_CountsItsHandshakeAndItsFrames(RelayChoice relay)
    {
        await using var backend = new RecordingBackend
        {
            // The first bytes of the answer come with its head.
            Answer = _ => Switch + Encoding.Latin1.GetString(_answer),
            Behind = async (_, stream, stop) => await stream.ReadExactlyAsync(new byte[_masked.Length + _close.Length], stop),
        };
        using var made = Make();
        await using var proxy = await ProxyUnderTest.StartAsync(
            Configs.All(backend.Address),
            new() { AccessLog = made.Log, Relay = relay }
        );
        await using var client = await RawHttp.ConnectAsync(proxy.Port);
        await client.WriteAsync(Upgrade);
        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 101");
        await client.Stream.WriteAsync(_masked);
        await client.Stream.WriteAsync(_close);
        await client.ReadRestAsync();

        var sent = HeadOf(backend.Requests[0]) + _masked.Length + _close.Length;
        (await made.Sink.WaitForAsync(1)).ShouldBe([$"{sent}|{Switch.Length + _answer.Length}"]);
    }

    [Fact]
    public async Task WebSocket_AnsweredWithAPage_CountsThePage()
    {
        var page = RecordingBackend.Ok(new string('x', 20_000));
        await using var backend = new RecordingBackend { Answer = _ => page };
        using var made = Make();
        await using var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address), new() { AccessLog = made.Log });

        await using var client = await RawHttp.ConnectAsync(proxy.Port);
        await client.WriteAsync(Upgrade);
        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 200");

        (await made.Sink.WaitForAsync(1)).ShouldBe([$"{HeadOf(backend.Requests[0])}|{page.Length}"]);
    }

    [Fact]
    public async Task ResponseRules_ReadWhatHasGoneAndComeByThen()
    {
        await using var backend = new RecordingBackend();
        var config = Configs.All(backend.Address);
        config = config with { Routes = [config.Routes[0] with { ResponseHeaders = [new() { Name = "X-Bytes", Value = Format }] }] };
        await using var proxy = await ProxyUnderTest.StartAsync(config);

        var answer = await RawHttp.GetAsync(proxy.Port, "/");

        var bytes = answer.Value("X-Bytes").ShouldNotBeNull().Split('|');
        bytes[0].ShouldBe($"{HeadOf(backend.Requests[0])}");
        int.Parse(bytes[1], CultureInfo.InvariantCulture).ShouldBeGreaterThan(40);
    }

    // The server keeps every line as it came: a name, a colon and a blank, a value.
    private static int HeadOf(RecordedRequest request) =>
        request.RequestLine.Length + 2 + request.Headers.Sum(line => line.Key.Length + 2 + line.Value.Length + 2) + 2;

    private static Made Make()
    {
        var sink = new LinesSink();
        var said = new LinesLog();
        var format = AccessLogFormat.Parse(Format, out _).ShouldNotBeNull();
        return new(new(format, [sink], TimeProvider.System, said.CreateLogger<AccessLog>()), sink, said);
    }

    private sealed record Made(AccessLog Log, LinesSink Sink, LinesLog Said) : IDisposable
    {
        public void Dispose()
        {
            Log.Dispose();
            Said.Dispose();
        }
    }
}
