using Appliance.Proxy.Connections;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.WebSocketPolicies;

namespace Appliance.Proxy.Tests.WebSockets.Handshake;

/// <summary>Handshakes that we refuse ourselves, and what goes to the server of those that we do not.</summary>
public sealed class TunnelAdmissionTests
{
    private readonly System.Collections.Concurrent.ConcurrentBag<RawPeer> _clients = [];

    [Theory]
    [InlineData(null, true)]
    [InlineData("https://app.example.com", true)]
    [InlineData("HTTPS://APP.example.com", true)]
    [InlineData("https://app.example.com:8443", false)]
    [InlineData("http://app.example.com", false)]
    [InlineData("https://a.b.example.org", true)]
    [InlineData("https://example.org", false)]
    [InlineData("https://evil.com/.example.org", false)]
    [InlineData("null", false)]
    [InlineData("", false)]
    public async Task Origin_OnTheListOrNone_IsTaken(string? origin, bool taken)
    {
        await using var server = Accepting();
        await using var host = await StartAsync(server, new() { AllowedOrigins = ["https://app.example.com", "https://*.example.org"] });

        var answer = await AnswerAsync(host, origin is null ? "" : $"Origin: {origin}\r\n");

        answer.ShouldStartWith(taken ? "HTTP/1.1 101 " : "HTTP/1.1 403 ");
        if (!taken)
            (await host.OutcomeAsync()).Refusal.ShouldBe(HandshakeRefusal.Origin);
    }

    [Fact]
    public async Task Origin_TwoLines_AreNoBrowser()
    {
        await using var server = Accepting();
        await using var host = await StartAsync(server, new() { AllowedOrigins = ["https://app.example.com"] });

        (await AnswerAsync(host, "Origin: https://app.example.com\r\nOrigin: https://evil.example\r\n")).ShouldStartWith("HTTP/1.1 403 ");
    }

    [Theory]
    [InlineData("chat.v1, chat.v2", "chat.v2")]
    [InlineData("chat.v2,other,chat.v3", "chat.v2, chat.v3")]
    public async Task Subprotocols_SomeAllowed_OnlyTheyReachTheServer(string offered, string sent)
    {
        var head = new TaskCompletionSource<string>();
        await using var server = new RawBackEnd(async peer =>
        {
            head.SetResult(await peer.ReadHeadAsync());
            await peer.AcceptAsync(head.Task.Result, "Sec-WebSocket-Protocol: chat.v2\r\n");
        });
        await using var host = await StartAsync(server, new() { AllowedSubprotocols = ["chat.v2", "chat.v3"] });

        (await AnswerAsync(host, $"Sec-WebSocket-Protocol: {offered}\r\n")).ShouldContain("Sec-WebSocket-Protocol: chat.v2\r\n");

        (await head.Task).ShouldContain($"Sec-WebSocket-Protocol: {sent}\r\n");
    }

    [Theory]
    [InlineData("")]
    [InlineData("Sec-WebSocket-Protocol: chat.v1\r\n")]
    [InlineData("Sec-WebSocket-Protocol: CHAT.V2\r\n")]
    public async Task Subprotocols_NoneAllowed_Is403(string line)
    {
        await using var server = Accepting();
        await using var host = await StartAsync(server, new() { AllowedSubprotocols = ["chat.v2"] });

        (await AnswerAsync(host, line)).ShouldStartWith("HTTP/1.1 403 ");
        (await host.OutcomeAsync()).Refusal.ShouldBe(HandshakeRefusal.Subprotocol);
    }

    [Fact]
    public async Task Allow_Off_Is403()
    {
        await using var server = Accepting();
        await using var host = await StartAsync(server, new() { Allow = false });

        (await AnswerAsync(host, "")).ShouldStartWith("HTTP/1.1 403 ");
        (await host.OutcomeAsync()).Refusal.ShouldBe(HandshakeRefusal.NotAllowed);
    }

    [Theory]
    [InlineData(true, 429, HandshakeRefusal.ClientLimit)]
    [InlineData(false, 503, HandshakeRefusal.RouteLimit)]
    public async Task Limit_Full_IsRefusedUntilOneLeaves(bool ofClient, int status, HandshakeRefusal refusal)
    {
        await using var server = Accepting();
        await using var host = await StartAsync(server, ofClient ? new() { MaxPerClient = 2 } : new() { MaxSockets = 2 });
        await using var first = await host.OpenAsync();
        await using var second = await host.OpenAsync();

        (await AnswerAsync(host, "")).ShouldStartWith($"HTTP/1.1 {status} ");
        await host.RefusedAsync(refusal);
        first.Reset();
        await Until.TrueAsync(() => host.Connections.Count == 1);

        await using var third = await host.OpenAsync();
    }

    [Fact]
    public async Task Limit_ManyAtOnce_NoMoreThanAllowedGetIn()
    {
        await using var server = Accepting();
        await using var host = await StartAsync(server, new() { MaxPerClient = 5 });

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => AnswerAsync(host, "")));

        answers.Count(answer => answer.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal)).ShouldBe(5);
        answers.Count(answer => answer.StartsWith("HTTP/1.1 429 ", StringComparison.Ordinal)).ShouldBe(35);
    }

    [Fact]
    public async Task Limit_HandshakesThatFail_GiveTheirSeatBack()
    {
        await using var server = new RawBackEnd(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        });
        await using var host = await StartAsync(server, new() { MaxPerClient = 1, MaxSockets = 1 });

        for (var one = 0; one < 5; one++)
            (await host.AskAsync()).ShouldStartWith("HTTP/1.1 404 ");
    }

    [Fact]
    public async Task HandshakeTimeout_ServerIsSilent_Is504AndTheServerIsBlamed()
    {
        await using var server = new RawBackEnd(async peer => await peer.ReadHeadAsync());
        await using var host = await StartAsync(server, new() { HandshakeTimeout = TimeSpan.FromMilliseconds(300) });

        (await host.AskAsync()).ShouldStartWith("HTTP/1.1 504 ");
        (await host.OutcomeAsync()).Reason.ShouldNotBeNull().ShouldContain("handshake timeout");
        host.Pool.Servers[0].LastError.ShouldNotBeNull().ShouldContain("handshake timeout");
    }

    [Fact]
    public async Task HandshakeTimeout_OpenInTime_DoesNotEndItLater()
    {
        await using var server = Accepting();
        await using var host = await StartAsync(server, new() { HandshakeTimeout = TimeSpan.FromMilliseconds(500) });
        await using var client = await host.OpenAsync();
        var live = await host.LiveAsync();

        await Until.TrueAsync(() => live.Age > TimeSpan.FromSeconds(0.8));

        live.End.ShouldBe(TunnelEnd.None);
    }

    [Fact]
    public async Task Describe_EverythingOfTheHandshake_IsKnown()
    {
        await using var server = new RawBackEnd(async peer =>
            await peer.AcceptAsync(
                await peer.ReadHeadAsync(),
                "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n"
            )
        );
        await using var host = await StartAsync(server, new());

        await AnswerAsync(
            host,
            "Origin: https://app.example.com\r\nUser-Agent: agent/1\r\nSec-WebSocket-Protocol: chat\r\nSec-WebSocket-Extensions: "
                + "permessage-deflate\r\n"
        );
        await Until.TrueAsync(() => host.Connections.Count == 1);
        var live = host.Connections.List().Single();

        (live.Origin, live.UserAgent, live.Subprotocol).ShouldBe(("https://app.example.com", "agent/1", "chat"));
        live.Extensions.ShouldBe("permessage-deflate; server_no_context_takeover");
        (live.Protocol, live.IsTls, live.PoolId, live.RouteId).ShouldBe(("HTTP/1.1", false, host.PoolConfig.Id, host.Route.Id));
        live.Client.ShouldBe($"127.0.0.1:{live.ClientPort}");
    }

    private static RawBackEnd Accepting() => new(async peer => await peer.AcceptAsync(await peer.ReadHeadAsync()));

    private static Task<TunnelHost> StartAsync(RawBackEnd server, WebSocketPolicy policy) =>
        TunnelHost.StartAsync(new TunnelPlan { Servers = [server.Address], Policy = policy });

    // The head of the answer; the connection stays open.
    // Clients stay until the test is over: one that nothing refers to is closed by a collection, and gives its seat to another.
    private async Task<string> AnswerAsync(TunnelHost host, string lines)
    {
        var client = await host.ConnectAsync();
        _clients.Add(client);
        await client.SendAsync(TunnelHost.Handshake[..^2] + lines + "\r\n");
        return await client.ReadHeadAsync();
    }
}
