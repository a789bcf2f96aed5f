using System.Text.Json;
using Appliance.Proxy.AccessLogs;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Tests.Dialing;
using Appliance.Proxy.WebSockets.Relays;
using Appliance.Testing;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Tests.AccessLogs;

public sealed class AccessLogTests
{
    private const string Upgrade =
        "GET /ws?token=1 HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    private static readonly byte[] _masked = [0x81, 0x82, 0, 0, 0, 0, (byte)'h', (byte)'i'];
    private static readonly byte[] _close = [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8];

    [Fact]
    public async Task Request_IsOver_HasALineWithItsServerAndTimes()
    {
        await using var backend = new RecordingBackend();
        var (log, sink, _) = Make(
            "$request|$status|$upstream_addr|$upstream_status|$upstream_connect_time|$upstream_response_time|$route_name"
        );
        using (log)
        await using (var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address), new() { AccessLog = log }))
        {
            await RawHttp.GetAsync(proxy.Port, "/a?b");

            var fields = (await sink.WaitForAsync(1)).ShouldHaveSingleItem().Split('|');
            fields[..4].ShouldBe(["GET /a?b HTTP/1.1", "200", $"127.0.0.1:{backend.Port}", "200"]);
            fields[4].ShouldMatch(@"^\d+\.\d{3}$");
            fields[5].ShouldMatch(@"^\d+\.\d{3}$");
            fields[6].ShouldBe("all");
        }
    }

    [Theory]
    [InlineData("GET /x HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", "GET /x HTTP/1.1 400")]
    [InlineData("GET /\u00e4\" HTTP/1.1\r\nHost: a\r\n\r\n", "GET /\\xE4\\x22 HTTP/1.1 400")]
    [InlineData("\"what\r\n\r\n", "\\x22what 400")]
    [InlineData("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", "TRACE / HTTP/1.1 405")]
    [InlineData("GET * HTTP/1.1\r\nHost: a\r\n\r\n", "GET * HTTP/1.1 400")]
    public async Task Request_RefusedBeforeItIsRead_HasALine(string request, string line)
    {
        var (log, sink, _) = Make("$request $status $remote_addr $upstream_addr");
        using (log)
        await using (var proxy = await ProxyUnderTest.StartAsync(Configs.All("http://127.0.0.1:1"), new() { AccessLog = log }))
        {
            await RawHttp.SendAsync(proxy.Port, request);
            (await sink.WaitForAsync(1)).ShouldHaveSingleItem().ShouldBe($"{line} 127.0.0.1 -");
        }
    }

    [Fact]
    public async Task Request_NoServerAnswers_HasEveryServerAndTheReason()
    {
        var (log, sink, _) = Make("$status|$upstream_addr|$upstream_status|$failure_reason");
        using (log)
        await using (
            var proxy = await ProxyUnderTest.StartAsync(Configs.All("http://127.0.0.1:1", "http://127.0.0.1:2"), new() { AccessLog = log })
        )
        {
            await RawHttp.GetAsync(proxy.Port, "/");
            var fields = (await sink.WaitForAsync(1)).ShouldHaveSingleItem().Split('|');
            fields[0].ShouldBe("502");
            fields[1].Split(", ").ShouldBe(["127.0.0.1:1", "127.0.0.1:2"], ignoreOrder: true);
            fields[2].ShouldBe("502, 502");
            fields[3].ShouldBe("The server refused the connection.");
        }
    }

    [Fact]
    public async Task Client_LeavesBeforeTheAnswer_Is499()
    {
        var isAsked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var backend = new RecordingBackend
        {
            Answer = _ => "HTTP/1.1 2",
            Behind = async (_, stream, stop) =>
            {
                isAsked.TrySetResult();
                await stream.CopyToAsync(Stream.Null, stop);
            },
        };
        var (log, sink, _) = Make("$status $request_completion");
        using (log)
        await using (var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address), new() { AccessLog = log }))
        {
            await using (var client = await RawHttp.ConnectAsync(proxy.Port))
            {
                await client.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                await isAsked.Task.WaitAsync(client.Limit);
            }

            (await sink.WaitForAsync(1)).ShouldHaveSingleItem().ShouldBe("499 ");
        }
    }

    [Fact]
    public async Task Route_WritesNone_HasNoLine()
    {
        var (log, sink, _) = Make("$uri");
        var config = Configs.All("http://127.0.0.1:1") with
        {
            Routes =
            [
                new()
                {
                    Name = "quiet",
                    Path = "/quiet",
                    Action = new RouteAction.Respond(),
                    AccessLog = false,
                },
                new()
                {
                    Name = "loud",
                    Path = "/",
                    Action = new RouteAction.Respond(),
                },
            ],
        };
        using (log)
        await using (var proxy = await ProxyUnderTest.StartAsync(config, new() { AccessLog = log }))
        {
            await RawHttp.GetAsync(proxy.Port, "/quiet");
            await RawHttp.GetAsync(proxy.Port, "/loud");
            (await sink.WaitForAsync(1)).ShouldBe(["/loud"]);
        }
    }

    // The line is written when it is over, with what was known of it at its opening and what is known now.
    [Theory]
    [InlineData(RelayChoice.Auto)]
    [InlineData(RelayChoice.Stream)]
    public async Task WebSocket_IsOver_HasOneLine(RelayChoice relay)
    {
        await using var backend = new RecordingBackend
        {
            Answer = _ =>
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nX-Back: b\r\n\r\n",
            Behind = async (_, stream, stop) =>
            {
                var echo = new byte[_masked.Length + _close.Length];
                await stream.ReadExactlyAsync(echo, stop);
                await stream.WriteAsync(new byte[] { 0x81, 1, (byte)'x', 0x88, 2, 0x03, 0xe8 }, stop);
            },
        };
        var (log, sink, _) = Make(
            "$status $request_uri $http_host $upstream_addr $upstream_http_x_back $sent_http_x_back $ws_messages_in $ws_messages_out "
                + "$ws_bytes_in $body_bytes_sent $ws_close_code $ws_end_reason $ws_ended_by $request_time"
        );
        using (log)
        await using (var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address), new() { AccessLog = log, Relay = relay }))
        {
            await using var client = await RawHttp.ConnectAsync(proxy.Port);
            await client.WriteAsync(Upgrade);
            (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 101");
            sink.Lines.ShouldBeEmpty();
            await client.Stream.WriteAsync(_masked);
            await client.Stream.WriteAsync(_close);
            await client.ReadRestAsync();

            var line = (await sink.WaitForAsync(1)).ShouldHaveSingleItem();
            line.ShouldMatch($@"^101 /ws\?token=1 a\.test 127\.0\.0\.1:{backend.Port} b b 1 1 16 7 1000 ClientClosed Client \d+\.\d{{3}}$");
        }
    }

    [Fact]
    public async Task Json_OfAnyBytes_IsOneObjectALine()
    {
        await using var backend = new RecordingBackend();
        var (log, sink, _) = Make("json");
        using (log)
        await using (var proxy = await ProxyUnderTest.StartAsync(Configs.All(backend.Address), new() { AccessLog = log }))
        {
            for (var code = 1; code < 256; code++)
            {
                if (code is '\r' or '\n')
                    continue;
                await RawHttp.GetAsync(proxy.Port, "/", headers: $"User-Agent: a{(char)code}b\r\n");
            }

            await RawHttp.GetAsync(proxy.Port, "/", headers: "User-Agent: gr\u00c3\u00bcn\r\n");
            var lines = await sink.WaitForAsync(254);
            foreach (var line in lines)
            {
                line.ShouldAllBe(letter => letter >= ' ' && letter < '\x7f');
                using var read = JsonDocument.Parse(line);
                read.RootElement.GetProperty("status").ValueKind.ShouldBe(JsonValueKind.Number);
                read.RootElement.GetProperty("request_time").GetDouble().ShouldBeGreaterThanOrEqualTo(0);
            }

            JsonDocument.Parse(lines[^1]).RootElement.GetProperty("user_agent").GetString().ShouldBe("grün");
        }
    }

    [Theory]
    [InlineData("$nothing", "$nothing")]
    [InlineData("$", "missing")]
    [InlineData("a\nb", "line breaks")]
    [InlineData("a\u001bb", "control characters")]
    [InlineData("", "a variable")]
    [InlineData("  ", "a variable")]
    [InlineData("jsno", "a variable")]
    public void Format_ThatMeansNothing_IsRefusedWithTheReason(string text, string reason)
    {
        AccessLogFormat.Parse(text, out var fault).ShouldBeNull();
        fault.ShouldNotBeNull().ShouldContain(reason);
    }

    [Theory]
    [InlineData("JSON", "{\"")]
    [InlineData(" json ", "{\"")]
    [InlineData(" Combined", "192.0.2.9 - - [")]
    [InlineData("$uri\t$host", "/a\texample.com\n")]
    public void Format_InAnyLetters_IsTheFormat(string text, string begin)
    {
        var written = new System.Buffers.ArrayBufferWriter<byte>();
        AccessLogFormat.Parse(text, out _).ShouldNotBeNull().Write(FactsFor.Get("/a"), written);
        System.Text.Encoding.ASCII.GetString(written.WrittenSpan).ShouldStartWith(begin);
    }

    // What is lost is said, once, and with the reason; what comes later is written.
    [Fact]
    public async Task Sink_CannotBeWritten_LosesLinesAndSaysHowMany()
    {
        using var said = new LinesLog();
        var (log, sink, _) = Make("$uri", said);
        sink.Fault = "No space left on device";
        var config = Configs.All("http://127.0.0.1:1") with { Routes = [new() { Name = "a", Action = new RouteAction.Respond() }] };
        using (log)
        await using (var proxy = await ProxyUnderTest.StartAsync(config, new() { AccessLog = log }))
        {
            await RawHttp.GetAsync(proxy.Port, "/lost");
            await Eventually.TrueAsync(() => Task.FromResult(log.Dropped == 1), "the line is lost");
            await Eventually.TrueAsync(() => Task.FromResult(said.Lines.Length > 0), "the loss is said");
            said.Lines[0].ShouldBe("1 line of the access log was dropped: No space left on device. (said once a minute)");

            sink.Fault = null;
            await RawHttp.GetAsync(proxy.Port, "/later");
            (await sink.WaitForAsync(1)).ShouldBe(["/later"]);
            log.Reopen();
            await Eventually.TrueAsync(() => Task.FromResult(sink.Reopened == 1), "it is opened again");
        }
    }

    // A writer that gathers for ever still writes before there is no room.
    [Fact]
    public async Task Lines_ComeFasterThanTheWriterGathers_AreWrittenBeforeThereIsNoRoom()
    {
        var sink = new LinesSink();
        var format = AccessLogFormat.Parse($"$uri {new string('x', 60_000)}", out _).ShouldNotBeNull();
        using var said = new LinesLog();
        using var log = new AccessLog(format, [sink], TimeProvider.System, said.CreateLogger<AccessLog>())
        {
            GathersFor = Timeout.InfiniteTimeSpan,
        };
        for (var count = 1; count <= 30; count++)
        {
            log.Write(FactsFor.Get("/a"));
            if (count % 3 == 0)
                (await sink.WaitForAsync(count)).Length.ShouldBe(count);
        }

        log.Dropped.ShouldBe(0);
    }

    // Lines from before the change stand in the first place, in the first format; off makes none.
    [Fact]
    public async Task Change_WhileRequestsCome_LosesNothingAndMixesNothing()
    {
        var (log, first, _) = Make("old $uri");
        var second = new LinesSink();
        var config = Configs.All("http://127.0.0.1:1") with { Routes = [new() { Name = "a", Action = new RouteAction.Respond() }] };
        using (log)
        await using (var proxy = await ProxyUnderTest.StartAsync(config, new() { AccessLog = log }))
        {
            for (var at = 0; at < 20; at++)
                await RawHttp.GetAsync(proxy.Port, $"/{at}");
            await Eventually.TrueAsync(() => Task.FromResult(proxy.Host.Requests.Count == 20), "all are over");
            log.Change(AccessLogFormat.Parse("new $uri", out _).ShouldNotBeNull(), [second]);
            for (var at = 20; at < 40; at++)
                await RawHttp.GetAsync(proxy.Port, $"/{at}");
            (await second.WaitForAsync(20)).ShouldBe(Enumerable.Range(20, 20).Select(at => $"new /{at}"));
            (await first.WaitForAsync(20)).ShouldBe(Enumerable.Range(0, 20).Select(at => $"old /{at}"));
            first.IsDisposed.ShouldBeTrue();

            log.Change(AccessLogFormat.Parse("off $uri", out _).ShouldNotBeNull(), []);
            log.IsOn.ShouldBeFalse();
            await RawHttp.GetAsync(proxy.Port, "/nowhere");
            await Eventually.TrueAsync(() => Task.FromResult(second.IsDisposed), "the second is closed");
            log.Change(AccessLogFormat.Parse("$uri", out _).ShouldNotBeNull(), [first = new LinesSink()]);
            await RawHttp.GetAsync(proxy.Port, "/again");
            (await first.WaitForAsync(1)).ShouldBe(["/again"]);
            log.Dropped.ShouldBe(0);
        }
    }

    [Fact]
    public async Task ResponseRules_ReadTheAnswer()
    {
        await using var backend = new RecordingBackend { Answer = _ => RecordingBackend.Ok("x", "X-Back: b\r\n") };
        var config = Configs.All(backend.Address);
        config = config with
        {
            HeaderMaps =
            [
                new()
                {
                    Name = "$kind",
                    Source = "$status",
                    Default = "other",
                    Rows = [new() { Pattern = "200", Value = "good by $upstream_addr" }],
                },
            ],
            Routes =
            [
                config.Routes[0] with
                {
                    RequestHeaders = [new() { Name = "X-Early", Value = "[$status]" }],
                    ResponseHeaders = [new() { Name = "X-Kind", Value = "$kind, $upstream_http_x_back" }],
                },
            ],
        };
        await using var proxy = await ProxyUnderTest.StartAsync(config);

        var answer = await RawHttp.GetAsync(proxy.Port, "/");

        answer.Value("X-Kind").ShouldBe($"good by 127.0.0.1:{backend.Port}, b");
        backend.Requests[0].Value("X-Early").ShouldBe("[]");
    }

    private static (AccessLog Log, LinesSink Sink, AccessLogFormat Format) Make(string format, ILoggerFactory? logs = null)
    {
        var parsed = AccessLogFormat.Parse(format, out var fault);
        fault.ShouldBeNull();
        var sink = new LinesSink();
        using var none = new LinesLog();
        return (new(parsed.ShouldNotBeNull(), [sink], TimeProvider.System, (logs ?? none).CreateLogger<AccessLog>()), sink, parsed);
    }
}
