using System.Net;
using System.Net.Sockets;
using Appliance.Data.Notices;
using Appliance.Proxy.Dialing;
using Appliance.Testing;
using Appliance.Web.Notices;
using Appliance.Web.Notices.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Web.Tests.Notices;

/// <summary>Notices on their way in the background, to servers on loopback.</summary>
public sealed class NoticePostTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = TestTime.New();
    private readonly RecordingBackend _server = new();
    private readonly NoticeSender _sender;
    private readonly NoticePost _post;

    public NoticePostTests()
    {
        _sender = new(Destinations.Any, _time);
        _post = new(_sender, _time, NullLogger<NoticePost>.Instance);
    }

    public Task InitializeAsync() => _post.StartAsync(CancellationToken.None);

    public async Task DisposeAsync()
    {
        await _post.StopAsync(CancellationToken.None);
        _post.Dispose();
        _sender.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Offer_ToAChannel_IsSentInOrder()
    {
        Use(Channel("one", _server.Address));
        _post.Offer(Messages.Of("It began."));
        _post.Offer(Messages.Of("It is over.", NoticeEvent.Over));
        await UntilAsync(() => _server.Requests.Count == 2, "both came");
        _server.Requests[0].Body.ShouldContain("It began.");
        await UntilAsync(() => State("one").Deliveries.Count == 2, "both are known");
        State("one").Deliveries[0].Title.ShouldBe("Trouble is over: pool on web-1");
        State("one").Waiting.ShouldBe(0);
    }

    [Fact]
    public void Test_OfAChannel_StandsAmongItsLastTries()
    {
        Use(Channel("one", _server.Address));
        ChannelWords.StateOf(State("one")).Word.ShouldBe("nothing sent yet");
        _post.Tested(State("one").Id, Messages.Of(what: NoticeEvent.Test), new(true, "The server answered 200."));
        ChannelWords.StateOf(State("one")).Word.ShouldBe("works");
        State("one").Deliveries.ShouldHaveSingleItem().Title.ShouldBe("Test notice of Appliance on web-1");
        _post.Tested(Guid.NewGuid(), Messages.Of(what: NoticeEvent.Test), new(true, "The server answered 200."));
        _post.States().Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("https://a.test/b", "disk", true)]
    [InlineData("https://a.test/c", "disk", false)]
    [InlineData("https://a.test/b", "pool", false)]
    public void Settings_AreTheSame_ByTheirValues(string url, string kind, bool same)
    {
        var one = new ChannelSettings
        {
            Name = "one",
            Url = "https://a.test/b",
            Kinds = ["disk"],
        };
        one.IsSameAs(
                new()
                {
                    Name = "one",
                    Url = url,
                    Kinds = [kind],
                }
            )
            .ShouldBe(same);
    }

    [Fact]
    public async Task Offer_ChannelThatWantsNoneOfIt_GetsNothing()
    {
        Use(
            Channel("off", _server.Address) with
            {
                Settings = new()
                {
                    Name = "off",
                    Url = _server.Address,
                    IsOn = false,
                },
            },
            Channel("disk", _server.Address) with
            {
                Settings = new()
                {
                    Name = "disk",
                    Url = _server.Address,
                    Kinds = ["disk"],
                },
            },
            Channel("severe", _server.Address) with
            {
                Settings = new()
                {
                    Name = "severe",
                    Url = _server.Address + "/severe",
                    Least = NoticeSeverity.Critical,
                },
            }
        );
        _post.Offer(Messages.Of(severity: NoticeSeverity.Warning));
        _post.Offer(Messages.Of());
        await UntilAsync(() => _server.Requests.Count == 1, "one came");
        _server.Requests[0].Target.ShouldBe("/severe");
        _post.States().Sum(state => state.Waiting + state.Deliveries.Count).ShouldBeLessThanOrEqualTo(1);
    }

    [Fact]
    public async Task Server_Answers500_IsTriedFiveTimesOverHalfAnHour()
    {
        _server.Answer = _ => "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n";
        Use(Channel("one", _server.Address));
        _post.Offer(Messages.Of());
        for (var tries = 1; tries <= 5; tries++)
        {
            await UntilAsync(() => State("one").Deliveries.Count == tries, $"try {tries} is over");
            if (tries == 5)
                break;
            var last = State("one").Deliveries[0];
            (last.Try, last.NextAt).ShouldBe((tries, last.At + RetryPlan.Waits[tries - 1]));
            await RingAsync(RetryPlan.Waits[tries - 1], tries + 1);
        }

        (State("one").Deliveries[0].NextAt, State("one").Waiting).ShouldBe((null, 0));
        (_time.GetUtcNow() - TestTime.Start).ShouldBeInRange(TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(32));
        _server.Requests.Select(request => request.Body).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task Server_Answers404_IsNotTriedAgain()
    {
        _server.Answer = _ => "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n";
        Use(Channel("one", _server.Address));
        _post.Offer(Messages.Of());
        await UntilAsync(() => State("one").Deliveries.Count == 1, "it was tried");
        (State("one").Deliveries[0].NextAt, State("one").Waiting).ShouldBe((null, 0));
    }

    [Fact]
    public async Task Server_AsksToWait_IsObeyed()
    {
        _server.Answer = _ => "HTTP/1.1 429 Slow\r\nRetry-After: 600\r\nContent-Length: 0\r\n\r\n";
        Use(Channel("one", _server.Address));
        _post.Offer(Messages.Of());
        await UntilAsync(() => State("one").Deliveries.Count == 1, "it was tried");
        State("one").Deliveries[0].NextAt.ShouldBe(TestTime.Start.AddMinutes(10));

        // Whatever comes meanwhile waits, and its tries are not used up.
        _post.Offer(Messages.Of(trouble: "pool/2"));
        _time.Advance(TimeSpan.FromMinutes(9));
        State("one").Deliveries.Count.ShouldBe(1);
        _server.Answer = _ => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        await RingAsync(TimeSpan.FromMinutes(1), 3);
        State("one").Deliveries.Select(delivery => (delivery.Try, delivery.Result.IsSent)).ShouldBe([(2, true), (1, true), (1, false)]);
    }

    [Fact]
    public void Queue_ThatIsPaused_GivesNothingUntilThen()
    {
        var queue = new ChannelQueue();
        queue.Add(Messages.Of(), TimeSpan.Zero);
        queue.Add(Messages.Of(trouble: "pool/2"), TimeSpan.Zero);
        queue.Take(TimeSpan.Zero).ShouldNotBeNull();
        queue.Done(new(false, "Slow.") { Pauses = true }, TestTime.Start, TimeSpan.Zero);
        queue.NextAt.ShouldBe(RetryPlan.Waits[0]);
        queue.Take(RetryPlan.Waits[0] - TimeSpan.FromSeconds(1)).ShouldBeNull();
        queue.Take(RetryPlan.Waits[0]).ShouldNotBeNull().Row.Trouble.ShouldBe("pool/2");
    }

    [Fact]
    public async Task ChannelThatHangs_HoldsUpNoOther()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        Use(Channel("silent", $"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}"), Channel("well", _server.Address));
        for (var number = 0; number < 3; number++)
            _post.Offer(Messages.Of(trouble: $"pool/{number}"));
        await UntilAsync(() => State("well").Deliveries.Count == 3, "the other channel has all");
        State("silent").Waiting.ShouldBe(3);
        State("silent").Deliveries.ShouldBeEmpty();
    }

    [Fact]
    public async Task TroubleThatWaits_HoldsUpNoOtherTroubleButItsOwnEnd()
    {
        _server.Answer = request =>
            request.Body.Contains("pool/bad", StringComparison.Ordinal)
                ? "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"
                : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        Use(Channel("one", _server.Address));
        _post.Offer(Messages.Of(trouble: "pool/bad"));
        _post.Offer(Messages.Of(trouble: "pool/bad", what: NoticeEvent.Over));
        _post.Offer(Messages.Of(trouble: "pool/good"));
        await UntilAsync(() => State("one").Deliveries.Count == 2, "the first and the last were tried");
        State("one").Waiting.ShouldBe(2);
        _server.Requests.Count(request => request.Body.Contains("pool/good", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public void TooMany_AreDroppedAndCounted()
    {
        var queue = new ChannelQueue();
        for (var number = 0; number < 130; number++)
            queue.Add(Messages.Of(trouble: $"pool/{number}"), TimeSpan.Zero);
        (queue.Count, queue.Dropped).ShouldBe((100, 30));
        queue.Take(TimeSpan.Zero).ShouldNotBeNull().Row.Trouble.ShouldBe("pool/30");
    }

    [Fact]
    public void TooMany_TheLeastSevereGoFirstAndTheirEndsWithThem()
    {
        var queue = new ChannelQueue();
        var mild = Messages.Of(trouble: "server/1", severity: NoticeSeverity.Warning);
        var mildId = mild.Row with { Id = Guid.NewGuid() };
        queue.Add(Messages.Of(trouble: "pool/first"), TimeSpan.Zero);
        queue.Add(mild with { Row = mildId }, TimeSpan.Zero);
        queue.Add(mild with { Row = mildId, What = NoticeEvent.Over }, TimeSpan.Zero);
        for (var number = 0; number < 98; number++)
            queue.Add(Messages.Of(trouble: $"pool/{number}"), TimeSpan.Zero);
        (queue.Count, queue.Dropped).ShouldBe((99, 2));
        queue.Messages.ShouldAllBe(message => message.Row.Severity == NoticeSeverity.Critical);
        queue.Take(TimeSpan.Zero).ShouldNotBeNull().Row.Trouble.ShouldBe("pool/first");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ChannelIsGoneOrOff_WhileOneIsTried_NothingIsTriedAgain(bool isGone)
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var channel = Channel("one", $"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}");
        var well = Channel("well", _server.Address);
        Use(channel, well);
        _post.Offer(Messages.Of());
        using (var connection = await silent.AcceptTcpClientAsync(new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token))
        {
            await UntilAsync(() => State("well").Deliveries.Count == 1, "the other channel has it");
            Use(isGone ? [well] : [channel with { Settings = channel.Settings with { IsOn = false } }, well]);
            _time.Advance(NoticeSender.Patience);
        }

        if (!isGone)
        {
            await UntilAsync(() => State("one").Deliveries.Count == 1, "the try is over");
            State("one").Waiting.ShouldBe(0);
        }

        // Everything goes on, and nothing is due for the one that is gone.
        _time.Advance(TimeSpan.FromHours(1));
        _post.Offer(Messages.Of(trouble: "pool/2"));
        await UntilAsync(() => State("well").Deliveries.Count == 2, "the other channel goes on");
        await UntilAsync(() => _post.Queues == (isGone ? 1 : 2), "its queue is gone");
        silent.Pending().ShouldBeFalse();
        var stopping = _post.StopAsync(CancellationToken.None);
        await UntilAsync(() => stopping.IsCompleted, "it stops");
    }

    [Fact]
    public async Task Offered_BeforeTheChannelsAreKnown_IsSentWhenTheyAre()
    {
        _post.Offer(Messages.Of("It began."));
        Use(Channel("one", _server.Address));
        await UntilAsync(() => _server.Requests.Count == 1, "it came");
        _server.Requests[0].Body.ShouldContain("It began.");
    }

    [Fact]
    public async Task ClockOfTheMachine_IsSetBackByYears_HoldsUpNothing()
    {
        _server.Answer = _ => "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n";
        var time = new SetBackTime(_time);
        using var post = new NoticePost(_sender, time, NullLogger<NoticePost>.Instance);
        await post.StartAsync(CancellationToken.None);
        try
        {
            post.Use([Channel("one", _server.Address)]);
            post.Offer(Messages.Of());
            await UntilAsync(() => post.States()[0].Deliveries.Count == 1, "it was tried");
            time.Back = TimeSpan.FromDays(2_000);
            post.Offer(Messages.Of(trouble: "pool/2"));
            await UntilAsync(() => post.States()[0].Deliveries.Count == 2, "another one was tried");
            await UntilAsync(
                () =>
                {
                    _time.Advance(TimeSpan.FromSeconds(10));
                    return post.States()[0].Deliveries.Count > 2;
                },
                "they are tried again"
            );
        }
        finally
        {
            await post.StopAsync(CancellationToken.None);
        }
    }

    [Fact]
    public async Task ChannelIsSwitchedOff_WhatWaitsIsForgotten()
    {
        _server.Answer = _ => "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n";
        var channel = Channel("one", _server.Address);
        Use(channel);
        _post.Offer(Messages.Of());
        await UntilAsync(() => State("one").Deliveries.Count == 1, "it was tried");
        Use(channel with { Settings = channel.Settings with { IsOn = false } });
        State("one").Waiting.ShouldBe(0);
        Use();
        _post.States().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1, null, 30)]
    [InlineData(1, 5, 30)]
    [InlineData(2, 600, 600)]
    [InlineData(4, 1_000_000, 3600)]
    public void Retry_After_IsTheLongerOne(int tries, int? asked, int seconds) =>
        RetryPlan
            .After(tries, new(false, "") { RetryAfter = asked is { } wait ? TimeSpan.FromSeconds(wait) : null })
            .ShouldBe(TimeSpan.FromSeconds(seconds));

    private void Use(params NoticeChannel[] channels) => _post.Use(channels);

    private static NoticeChannel Channel(string name, string url) =>
        new(Guid.NewGuid(), new() { Name = name, Url = url }, ChannelSecrets.None, 1, default, "ann");

    private ChannelState State(string name) => _post.States().Single(state => state.Settings.Name == name);

    // The loop may set its timer after the clock was moved: moved on by a second until it has rung.
    private async Task RingAsync(TimeSpan wait, int deliveries)
    {
        _time.Advance(wait);
        await Eventually.TrueAsync(
            () =>
            {
                var isThere = State("one").Deliveries.Count == deliveries;
                if (!isThere)
                    _time.Advance(TimeSpan.FromMilliseconds(10));
                return Task.FromResult(isThere);
            },
            "it is tried again"
        );
    }

    private static Task UntilAsync(Func<bool> condition, string what) => Eventually.TrueAsync(() => Task.FromResult(condition()), what);
}
