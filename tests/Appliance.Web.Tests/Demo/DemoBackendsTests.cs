using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Appliance.Web.Demo;
using Appliance.Web.Startup;

namespace Appliance.Web.Tests.Demo;

public sealed class DemoBackendsTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));
    private DemoBackends _demo = null!; // InitializeAsync runs before each test

    private string First => _demo.Addresses[0];

    private string Second => _demo.Addresses[1];

    public async Task InitializeAsync() => _demo = await DemoBackends.StartAsync([0, 0], _limit.Token);

    public async Task DisposeAsync()
    {
        await _demo.DisposeAsync();
        _limit.Dispose();
    }

    [Fact]
    public async Task Echo_Http_ShowsWhatCameAndWhoAnswered()
    {
        using var client = new HttpClient();
        using var content = new StringContent("the body");
        content.Headers.Add("X-Probe", "seen");
        using var answer = await client.PostAsync($"{First}/echo/a?b=1", content, _limit.Token);
        var text = await answer.Content.ReadAsStringAsync(_limit.Token);
        text.ShouldContain($"Answered by {First["http://".Length..]}");
        text.ShouldContain("POST /echo/a?b=1 HTTP/1.1\n");
        text.ShouldContain("X-Probe: seen\n");
        text.ShouldEndWith("\n\nthe body");
    }

    [Fact]
    public async Task Echo_WebSocket_ReturnsMessagesSubprotocolAndCloseCode()
    {
        using var socket = await OpenAsync($"{First}/anything", "one", "two");
        socket.SubProtocol.ShouldBe("one");
        var binary = Enumerable.Range(0, 40_000).Select(index => (byte)index).ToArray();
        await socket.SendAsync(binary, WebSocketMessageType.Binary, true, _limit.Token);
        (await ReceiveAsync(socket)).ShouldBe(binary);
        await socket.CloseAsync((WebSocketCloseStatus)4000, "enough", _limit.Token);
        ((int?)socket.CloseStatus, socket.CloseStatusDescription).ShouldBe((4000, "enough"));
    }

    [Fact]
    public async Task Chat_ThroughOneServer_ReachesTheOther()
    {
        using var one = await OpenAsync($"{First}/chat/");
        using var two = await OpenAsync($"{Second}/chat/");
        await MeetAsync(one, two);
        await one.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, _limit.Token);
        (await SayingAsync(two)).ShouldBe("hello");
        (await SayingAsync(one)).ShouldBe("hello");
    }

    [Fact]
    public async Task Chat_OneLeavesWithoutGoodbye_OthersGoOn()
    {
        var rude = await OpenAsync($"{First}/chat/");
        using var polite = await OpenAsync($"{Second}/chat/");
        await MeetAsync(polite, rude);
        rude.Abort();
        rude.Dispose();
        for (var line = 0; line < 20; line++)
        {
            await polite.SendAsync(Encoding.UTF8.GetBytes($"line {line}"), WebSocketMessageType.Text, true, _limit.Token);
            (await SayingAsync(polite)).ShouldBe($"line {line}");
        }
    }

    [Fact]
    public async Task Chat_FragmentsOfSeveralVisitors_DoNotMix()
    {
        using var one = await OpenAsync($"{First}/chat/");
        using var two = await OpenAsync($"{Second}/chat/");
        await MeetAsync(one, two);
        await one.SendAsync("half a "u8.ToArray(), WebSocketMessageType.Text, false, _limit.Token);
        await two.SendAsync("whole"u8.ToArray(), WebSocketMessageType.Text, true, _limit.Token);
        (await SayingAsync(one)).ShouldBe("whole");
        await one.SendAsync("message"u8.ToArray(), WebSocketMessageType.Text, true, _limit.Token);
        (await SayingAsync(one)).ShouldBe("half a message");
    }

    [Fact]
    public async Task Chat_TooLongMessage_ClosesWith1009()
    {
        using var socket = await OpenAsync($"{First}/chat/");
        await socket.SendAsync(
            new byte[10_000]
                .Select(_ => (byte)'x')
                .ToArray(),
            WebSocketMessageType.Text,
            true,
            _limit.Token
        );
        var end = await socket.ReceiveAsync(new byte[100].AsMemory(), _limit.Token);
        end.MessageType.ShouldBe(WebSocketMessageType.Close);
        socket.CloseStatus.ShouldBe(WebSocketCloseStatus.MessageTooBig);
    }

    [Fact]
    public async Task Chat_Close_IsAnsweredWithItsCode()
    {
        using var socket = await OpenAsync($"{First}/chat/");
        await socket.CloseAsync(WebSocketCloseStatus.EndpointUnavailable, null, _limit.Token);
        socket.CloseStatus.ShouldBe(WebSocketCloseStatus.EndpointUnavailable);
    }

    [Fact]
    public async Task Chat_Page_NeedsNothingFromElsewhere()
    {
        using var client = new HttpClient();
        var page = await client.GetStringAsync($"{Second}/chat", _limit.Token);
        page.ShouldContain("Demo chat");
        page.ShouldContain(Second["http://".Length..]);
        page.ShouldNotContain("src=");
        page.ShouldNotContain("href=");
    }

    [Fact]
    public async Task Start_PortIsTaken_NamesIt()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        (await Should.ThrowAsync<StartException>(() => DemoBackends.StartAsync([0, port], _limit.Token))).Message.ShouldContain(
            $"port {port} on 127.0.0.1"
        );
    }

    // Until each of them hears the other: the room learns of a visitor a moment after the handshake.
    private async Task MeetAsync(ClientWebSocket one, ClientWebSocket two)
    {
        foreach (var (from, to) in new[] { (one, two), (two, one) })
        {
            await from.SendAsync("anybody there?"u8.ToArray(), WebSocketMessageType.Text, true, _limit.Token);
            (await SayingAsync(from)).ShouldBe("anybody there?");
            (await SayingAsync(to)).ShouldBe("anybody there?");
        }
    }

    private async Task<ClientWebSocket> OpenAsync(string address, params string[] subprotocols)
    {
        var socket = new ClientWebSocket();
        foreach (var subprotocol in subprotocols)
            socket.Options.AddSubProtocol(subprotocol);
        await socket.ConnectAsync(new(address.Replace("http:", "ws:", StringComparison.Ordinal)), _limit.Token);
        return socket;
    }

    private async Task<string> SayingAsync(ClientWebSocket socket) => Encoding.UTF8.GetString(await ReceiveAsync(socket));

    private async Task<byte[]> ReceiveAsync(ClientWebSocket socket)
    {
        using var message = new MemoryStream();
        var buffer = new byte[8192];
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(), _limit.Token);
            message.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
                return message.ToArray();
        }
    }
}
