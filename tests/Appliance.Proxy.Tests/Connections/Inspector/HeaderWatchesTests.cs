using Appliance.Proxy.AccessLogs;
using Appliance.Proxy.Connections.Inspector;
using Appliance.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Proxy.Tests.Connections.Inspector;

public sealed class HeaderWatchesTests : IDisposable
{
    private static readonly Guid _route = Guid.NewGuid();
    private readonly SetBack _time = new();
    private readonly HeaderWatches _watches;

    public HeaderWatchesTests() => _watches = new(_time);

    public void Dispose() => _watches.Dispose();

    [Fact]
    public void Keep_NobodyAsked_KeepsNothing()
    {
        _watches.Keep(_route, new HeaderDictionary { ["Accept"] = "*/*" }, null).ShouldBeNull();
        Start(Guid.NewGuid());
        _watches.Keep(_route, new HeaderDictionary { ["Accept"] = "*/*" }, null).ShouldBeNull();
    }

    [Fact]
    public async Task Keep_WhileItRuns_HasBothDirections()
    {
        Start(_route);
        var kept = _watches.Keep(_route, new HeaderDictionary { ["Accept"] = "text/html" }, new HeaderDictionary { ["Age"] = "7" });
        var lines = await LinesAsync(kept);
        lines.Request.ShouldBe([new PastHeader("Accept", "text/html")]);
        lines.Answer.ShouldBe([new PastHeader("Age", "7")]);
    }

    [Fact]
    public async Task Ends_AfterItsTime_AndForgetsLater()
    {
        Start(_route, minutes: 5);
        var kept = _watches.Keep(_route, new HeaderDictionary { ["Accept"] = "a" }, null);
        await LinesAsync(kept);

        _time.Advance(TimeSpan.FromMinutes(5));
        _watches.List().ShouldBeEmpty();
        _watches.Keep(_route, new HeaderDictionary { ["Accept"] = "a" }, null).ShouldBeNull();
        kept!.Now.ShouldNotBeNull();

        _time.Advance(HeaderWatches.Readable + TimeSpan.FromSeconds(1));
        kept.Now.ShouldBeNull();
    }

    // A clock that is set back must not show header values for longer.
    [Fact]
    public async Task Ends_ClockIsSetBack_AfterItsTime()
    {
        Start(_route, minutes: 5);
        await LinesAsync(_watches.Keep(_route, new HeaderDictionary { ["Accept"] = "a" }, null));
        _time.By = TimeSpan.FromHours(3);
        _time.Advance(TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(1));
        _watches.List().ShouldBeEmpty();
    }

    [Fact]
    public async Task Stop_ForgetsImmediately()
    {
        Start(_route);
        var kept = _watches.Keep(_route, new HeaderDictionary { ["Accept"] = "a" }, null);
        await LinesAsync(kept);
        _watches.Stop(_route).ShouldBeTrue();
        kept!.Now.ShouldBeNull();
        _watches.Stop(_route).ShouldBeFalse();
    }

    [Fact]
    public void Start_TooManyOrTooLong_SaysWhy()
    {
        for (var number = 0; number < HeaderWatches.MostAtOnce; number++)
            Start(Guid.NewGuid());
        _watches.Start(Order(_route, 5)).Fault.ShouldBe("Values of 5 routes are being kept; stop one first.");
        _watches.Start(Order(_watches.List()[0].Order.RouteId, 5)).Fault.ShouldBeNull("a route's own is replaced");
        _watches.Start(Order(_route, 61)).Fault.ShouldBe("Values of headers are kept for one second to one hour.");
    }

    [Fact]
    public async Task Keep_MoreThanThereIsRoomFor_ForgetsTheOldest()
    {
        Start(_route);
        var first = _watches.Keep(_route, new HeaderDictionary { ["X"] = "1" }, null);
        await LinesAsync(first);
        var big = new HeaderDictionary();
        for (var line = 0; line < HeaderNames.MostLines; line++)
            big["X-" + line] = new string('v', HeaderWatches.LongestValue);
        KeptHeaders? last = null;
        for (var number = 0; number < 150; number++)
        {
            last = _watches.Keep(_route, big, big);
            await LinesAsync(last);
        }

        first!.Now.ShouldBeNull();
        last!.Now.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("Authorization", "Basic YWxhZGRpbjpvcGVuc2VzYW1l", "•••")]
    [InlineData("cookie", "a=b", "•••")]
    [InlineData("Set-Cookie", "sid=1; HttpOnly", "•••")]
    [InlineData("X-Api-Key", "k", "•••")]
    [InlineData("X-Auth-Token", "t", "•••")]
    [InlineData("X-CSRF-Token", "t", "•••")]
    [InlineData("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ==")]
    [InlineData("WWW-Authenticate", "Digest nonce", "Digest nonce")]
    [InlineData("Referer", "https://a.test/b?token=1&c=2", "https://a.test/b?•••")]
    [InlineData("Location", "/signed/in?code=abc", "/signed/in?•••")]
    [InlineData("Refresh", "0; url=/x?k=v", "0; url=/x?•••")]
    [InlineData("Link", "</a?x=1>; rel=next, </b?y=2>; rel=prev", "</a?•••>; rel=next, </b?•••>; rel=prev")]
    [InlineData("Location", "callback?code=abc", "callback?•••")]
    [InlineData("Location", "?code=abc", "?•••")]
    [InlineData("Location", "/cb?state=it's&code=abc", "/cb?•••")]
    [InlineData("Location", "/done#access_token=abc", "/done#•••")]
    [InlineData("Referer", "https://h.test/s?q=l\u00c3\u00a0&code=abc", "https://h.test/s?•••")]
    [InlineData("Sec-WebSocket-Protocol", "access_token, opaque", "•••")]
    [InlineData("X-Config", "password=p\u00c3\u00a055word", "password=•••")]
    [InlineData("X-Note", "Bearer abcdefghijklmnop", "Bearer •••")]
    [InlineData("X-Data", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "•••")]
    [InlineData("X-Config", "password=hunter2", "password=•••")]
    [InlineData("Accept", "text/html, */*;q=0.1", "text/html, */*;q=0.1")]
    [InlineData("User-Agent", "Mozilla/5.0 (X11; Linux x86_64)", "Mozilla/5.0 (X11; Linux x86_64)")]
    [InlineData("Keep-Alive", "timeout=5", "timeout=5")]
    [InlineData("X", "", "")]
    public void Blacken_ASecret_IsNotThere(string name, string value, string kept) =>
        SecretHeaders.Blacken(name, value, 512, Redaction.Of([]).Redaction!).ShouldBe(kept);

    [Fact]
    public void Blacken_ALongValue_IsCut() =>
        SecretHeaders.Blacken("X", new string('v', 600), 512, Redaction.Of([]).Redaction!).ShouldBe(new string('v', 512) + "…");

    [Theory]
    [InlineData("GET /a HTTP/1.1\r\nHost: h.test\r\nX-Odd: \u00e4\r\nAuthorization: Bearer geheim\r\n\r\n", "X-Odd", "\u00e4")]
    public async Task OfTheProxy_ARequest_HasNamesAlways_AndValuesWhenAsked(string head, string name, string value)
    {
        await using var backend = new RecordingBackend();
        var route = Configs.Proxy("all", "/", "all");
        await using var proxy = await ProxyUnderTest.StartAsync(
            new() { UpstreamPools = [Configs.Pool("all", backend.Address)], Routes = [route] }
        );
        (await RawHttp.SendAsync(proxy.Port, head)).Status.ShouldBe(200);
        await Eventually.TrueAsync(() => Task.FromResult(proxy.Host.Requests.Count == 1), "it is kept");
        var before = proxy.Host.Requests.Find(1).ShouldNotBeNull();
        before.RequestHeaders.ShouldNotBeNull().Names.Order().ShouldBe(["Authorization", "Connection", "Host", "X-Odd"]);
        before.AnswerHeaders.ShouldNotBeNull().Names.ShouldContain("Content-Length");
        before.Kept.ShouldBeNull();

        proxy
            .Host.HeaderWatches.Start(
                new()
                {
                    RouteId = route.Id,
                    RouteName = "all",
                    By = "ann",
                }
            )
            .Fault.ShouldBeNull();
        (await RawHttp.SendAsync(proxy.Port, head)).Status.ShouldBe(200);
        await Eventually.TrueAsync(() => Task.FromResult(proxy.Host.Requests.Count == 2), "it is kept");
        var lines = await LinesAsync(proxy.Host.Requests.Find(2).ShouldNotBeNull().Kept);
        lines.Request.Single(line => line.Name == name).Value.ShouldBe(value);
        lines.Request.Single(line => line.Name == "Authorization").Value.ShouldBe("•••");
        lines.Answer.ShouldContain(line => line.Name == "Content-Length");
    }

    // A clock that is set back measures spans as before.
    private sealed class SetBack() : FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56))
    {
        public TimeSpan By { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() - By;

        public override long GetTimestamp() => base.GetUtcNow().Ticks;
    }

    private void Start(Guid route, int minutes = 5) => _watches.Start(Order(route, minutes)).Fault.ShouldBeNull();

    private static HeaderOrder Order(Guid route, int minutes) =>
        new()
        {
            RouteId = route,
            RouteName = route.ToString(),
            Duration = TimeSpan.FromMinutes(minutes),
            By = "ann",
        };

    private static async Task<KeptHeaders.Lines> LinesAsync(KeptHeaders? kept)
    {
        kept.ShouldNotBeNull();
        await Eventually.TrueAsync(() => Task.FromResult(kept.Now is not null), "secrets were looked for");
        return kept.Now!;
    }
}
