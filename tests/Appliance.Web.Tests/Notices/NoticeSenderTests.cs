using System.Net;
using System.Net.Sockets;
using Appliance.Data.Notices;
using Appliance.Proxy.Dialing;
using Appliance.Testing;
using Appliance.Web.Notices.Channels;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Web.Tests.Notices;

/// <summary>One try over a real connection to a server that behaves in all its ways.</summary>
public sealed class NoticeSenderTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = TestTime.New();
    private readonly RecordingBackend _server = new();
    private readonly NoticeSender _sender;

    public NoticeSenderTests() => _sender = new(Destinations.Any, _time);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _sender.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Webhook_WithAKey_IsSignedJson()
    {
        var result = await SendAsync(Webhook(), new() { SigningKey = "geheim" });
        result.ShouldBe(new(true, "The server took it (status 200)."));
        var request = _server.Requests.ShouldHaveSingleItem();
        (request.Method, request.Target).ShouldBe(("POST", "/hook?a=b"));
        request.Value("Content-Type").ShouldBe("application/json; charset=utf-8");
        request.Value("User-Agent").ShouldBe("appliance");
        request.Body.ShouldBe(WebhookBody.Of(Messages.Of()));
        request.Value("Appliance-Signature").ShouldBe(WebhookBody.Signature("geheim", TestTime.Start, request.Body));
    }

    [Fact]
    public async Task Webhook_WithoutAKey_IsNotSigned()
    {
        await SendAsync(Webhook(), ChannelSecrets.None);
        _server.Requests.ShouldHaveSingleItem().Value("Appliance-Signature").ShouldBeNull();
    }

    [Fact]
    public async Task SlackAndDiscord_GoToTheirSecretAddress()
    {
        (await SendAsync(new() { Name = "it", Kind = ChannelKind.Slack }, new() { Url = _server.Address + "/s/1" })).IsSent.ShouldBeTrue();
        _server.Answer = _ => Answer("204 No Content", "");
        (
            await SendAsync(new() { Name = "it", Kind = ChannelKind.Discord }, new() { Url = _server.Address + "/d/1" })
        ).IsSent.ShouldBeTrue();
        _server.Requests.Select(request => request.Target).ShouldBe(["/s/1", "/d/1"]);
    }

    [Theory]
    [InlineData("404 Not Found", "no such topic", true, "The server answered 404: no such topic.")]
    [InlineData("500 Oops", "", false, "The server answered 500.")]
    [InlineData("408 Request Timeout", "", false, "The server answered 408.")]
    [InlineData("403 Forbidden", "{\"code\":40301,\"error\":\"forbidden\"}", true, "The server answered 403: forbidden.")]
    public async Task Refusal_IsSaidInWords(string status, string body, bool isFinal, string words)
    {
        _server.Answer = _ => Answer(status, body);
        var result = await SendAsync(Webhook());
        (result.IsSent, result.IsFinal, result.Words).ShouldBe((false, isFinal, words));
    }

    [Fact]
    public async Task TooMany_AsksToWait()
    {
        _server.Answer = _ => Answer("429 Too Many Requests", "", "Retry-After: 90\r\n");
        (await SendAsync(Webhook())).RetryAfter.ShouldBe(TimeSpan.FromSeconds(90));
        _server.Answer = _ => Answer("503 Wait", "", "Retry-After: Thu, 01 Jan 2026 00:02:00 GMT\r\n");
        var result = await SendAsync(Webhook());
        (result.RetryAfter, result.IsFinal).ShouldBe((TimeSpan.FromMinutes(2), false));
    }

    [Fact]
    public async Task Redirect_IsNotFollowed()
    {
        await using var other = new RecordingBackend();
        _server.Answer = _ => Answer("307 Temporary Redirect", "", $"Location: {other.Address}/\r\n");
        var result = await SendAsync(Webhook(), new() { SigningKey = "geheim" });
        (result.IsSent, result.IsFinal).ShouldBe((false, true));
        result.Words.ShouldStartWith("The server answered 307 and wants it to go elsewhere");
        other.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task ServerThatSaysTheAddressOfAWebhookBack_IsNotQuoted()
    {
        _server.Answer = request => Answer("404 No", $"no {request.Target} and no token-12345");
        var hook = new ChannelSettings
        {
            Name = "it",
            Kind = ChannelKind.Webhook,
            Url = _server.Address + "/hook/token-12345?key=geheim-geheim",
        };
        (await SendAsync(hook)).Words.ShouldBe("The server answered 404: no \u2026 and no \u2026.");
    }

    [Fact]
    public async Task ServerThatSaysTheSecretBack_IsNotQuoted()
    {
        _server.Answer = request => Answer("401 No", $"who is {request.Value("Authorization")}?");
        var result = await SendAsync(
            new()
            {
                Name = "it",
                Kind = ChannelKind.Ntfy,
                Url = _server.Address + "/topic",
            },
            new() { Token = "tk_secret" }
        );
        result.Words.ShouldBe("The server answered 401: who is Bearer \u2026?.");
    }

    [Fact]
    public async Task ClosedWithoutAnAnswer_IsSaid()
    {
        _server.Answer = _ => null;
        (await SendAsync(Webhook())).Words.ShouldBe("The server closed the connection without an answer.");
    }

    [Fact]
    public async Task NothingListens_IsSaid()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        (await SendAsync(Webhook($"http://127.0.0.1:{port}/"))).Words.ShouldBe("The connection was refused: nothing listens there.");
    }

    [Fact]
    public async Task ServerThatHangs_IsLeftAfterTenSeconds()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var sending = SendAsync(Webhook($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/"));
        using var connection = await listener.AcceptTcpClientAsync(new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token);
        _time.Advance(TimeSpan.FromSeconds(9));
        sending.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));
        (await sending).ShouldBe(new(false, "There was no answer within 10 seconds."));
    }

    [Fact]
    public async Task CertificateThatNobodyTrusts_IsRefused()
    {
        await using var server = new RecordingBackend(certificate: Authority.SelfSigned("127.0.0.1"));
        var result = await SendAsync(Webhook(server.Address));
        result.IsSent.ShouldBeFalse();
        result.Words.ShouldStartWith("TLS failed: ");
        server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task DeniedNetwork_GetsNothing()
    {
        using var sender = new NoticeSender(new(new[] { IPNetwork.Parse("127.0.0.0/8") }, _time), _time);
        var result = await sender.SendAsync(Webhook(), ChannelSecrets.None, Messages.Of(), CancellationToken.None);
        result.ShouldBe(new(false, "APPLIANCE_DENIED_UPSTREAMS forbids every address of 127.0.0.1.") { IsFinal = true });
        var mail = new ChannelSettings
        {
            Name = "it",
            Kind = ChannelKind.Email,
            Host = "127.0.0.1",
            Port = _server.Port,
            From = "a@example.com",
            To = ["b@example.com"],
        };
        (await sender.SendAsync(mail, ChannelSecrets.None, Messages.Of(), CancellationToken.None)).Words.ShouldBe(
            "APPLIANCE_DENIED_UPSTREAMS forbids every address of 127.0.0.1."
        );
        _server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task OwnConsole_GetsNothing()
    {
        var destinations = new Destinations([], _time);
        destinations.Guard(_server.Port);
        using var sender = new NoticeSender(destinations, _time);
        var result = await sender.SendAsync(Webhook(), ChannelSecrets.None, Messages.Of(), CancellationToken.None);
        result.ShouldBe(new(false, "127.0.0.1 is this console, where nothing is sent.") { IsFinal = true });
        _server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task AddressThatSwallowsEverything_LeavesTimeForTheOthers()
    {
        // A queue of one connection that nobody takes: the system answers no other one.
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), _server.Port));
        full.Listen(0);
        using var first = new TcpClient();
        await first.ConnectAsync((IPEndPoint)full.LocalEndPoint!); // it is bound
        var dial = new NoticeDial(Destinations.Any, _time);

        var connecting = dial.ConnectAsync([IPAddress.Parse("127.0.0.2"), IPAddress.Loopback], _server.Port, CancellationToken.None)
            .AsTask();
        _time.Advance(NoticeDial.Share - TimeSpan.FromMilliseconds(1));
        connecting.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await (await connecting).DisposeAsync();

        var sending = SendAsync(Webhook($"http://127.0.0.2:{_server.Port}/"));
        await Eventually.TrueAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromMilliseconds(100));
                return Task.FromResult(sending.IsCompleted);
            },
            "it is given up"
        );
        (await sending).ShouldBe(new(false, "No connection was made: nothing answered at that address."));
    }

    [Fact]
    public async Task SecretsOfAnotherMasterKey_AreNotGuessed() =>
        (await _sender.SendAsync(Webhook(), null, Messages.Of(), CancellationToken.None)).IsFinal.ShouldBeTrue();

    private ChannelSettings Webhook(string? url = null) => new() { Name = "it", Url = url ?? _server.Address + "/hook?a=b" };

    private Task<SendResult> SendAsync(ChannelSettings settings, ChannelSecrets? secrets = null) =>
        _sender.SendAsync(settings, secrets ?? ChannelSecrets.None, Messages.Of(), CancellationToken.None);

    private static string Answer(string status, string body, string headers = "") =>
        $"HTTP/1.1 {status}\r\n{headers}Content-Length: {body.Length}\r\n\r\n{body}";
}
