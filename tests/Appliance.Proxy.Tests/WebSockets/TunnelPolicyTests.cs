using Appliance.Proxy.Connections;
using Appliance.Proxy.Tests.Connections;
using Appliance.Proxy.Tests.WebSockets.Relays;
using Appliance.Proxy.WebSocketPolicies;
using Appliance.Proxy.WebSockets.Relays;

namespace Appliance.Proxy.Tests.WebSockets;

/// <summary>
/// What a route allows on open WebSockets: sizes, rates, lifetimes, pings; and that a change of it reaches those that are open.
/// </summary>
public abstract class TunnelPolicyTests(RelayChoice relay, bool overTls = false) : OnEitherRelay(relay, overTls)
{
    private static readonly byte[] _mask = [1, 2, 3, 4];

    [Fact]
    public async Task MessageTooBig_FromTheClient_ServerGetsEverythingBeforeItAndBothHear1009()
    {
        await using var tunnel = await OpenAsync(new WebSocketPolicy { MaxMessageBytes = 1000 });
        var fits = Frames.Write(0x82, new byte[1000], _mask);

        await tunnel.Client.SendAsync([.. fits, .. Frames.Write(0x82, new byte[1001], _mask)]);

        (await tunnel.Server.ReadAsync(fits.Length)).ShouldBe(fits);
        await HearsAsync(tunnel.Server, 1009, "message too big");
        (await tunnel.Client.ReadAsync(19)).ShouldBe(Frames.Close(1009, reason: "message too big"));
        await AnswerBothAsync(tunnel, 1009);
        Ended(tunnel, TunnelEnd.MessageTooBig, 1009);
        tunnel.Live.CloseReason.ShouldBe("message too big");
    }

    [Fact]
    public async Task MessageTooBig_FromTheServerInFragments_ClientHears1009BetweenThem()
    {
        await using var tunnel = await OpenAsync(new WebSocketPolicy { MaxMessageBytes = 10 });
        var first = Frames.Write(0x01, new byte[10], null);

        await tunnel.Server.SendAsync(first);
        (await tunnel.Client.ReadAsync(first.Length)).ShouldBe(first);
        await tunnel.Server.SendAsync(Frames.Write(0x80, [1], null));

        (await tunnel.Client.ReadAsync(19)).ShouldBe(Frames.Close(1009, reason: "message too big"));
        await HearsAsync(tunnel.Server, 1009, "message too big");
        await AnswerBothAsync(tunnel, 1009);
        Ended(tunnel, TunnelEnd.MessageTooBig, 1009);
    }

    [Fact]
    public async Task MessageTooBig_HeaderComesByteByByte_NothingOfItReachesTheServer()
    {
        await using var tunnel = await OpenAsync(new WebSocketPolicy { MaxMessageBytes = 10 });

        foreach (var value in Frames.Header(0x82, 70_000, _mask))
            await tunnel.Client.SendAsync(value);

        await HearsAsync(tunnel.Server, 1009, "message too big");
        (await tunnel.Client.ReadAsync(19)).ShouldBe(Frames.Close(1009, reason: "message too big"));

        // The rest of the message is read and dropped, so that the client's answer behind it is heard.
        await tunnel.Client.SendAsync([.. new byte[70_000], .. Frames.Close(1009, _mask)]);
        await tunnel.Server.SendAsync(Frames.Close(1009));
        (await tunnel.Client.ReadToEndAsync()).ShouldBe("");
        await tunnel.GoneAsync();
        Ended(tunnel, TunnelEnd.MessageTooBig, 1009);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MessageTooBig_RightBehindAHead_BothHear1009(bool fromClient)
    {
        await using var tunnel = await BeginAsync(new TunnelPlan { Policy = new WebSocketPolicy { MaxMessageBytes = 10 } });
        if (fromClient)
            await tunnel.Client.SendAsync(Frames.Write(0x82, new byte[11], _mask));

        await tunnel.Server.AcceptAsync(tunnel.Head, behind: fromClient ? null : Frames.Write(0x82, new byte[11], null));
        (await tunnel.Client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 101 ");

        (await tunnel.Client.ReadAsync(19)).ShouldBe(Frames.Close(1009, reason: "message too big"));
        await HearsAsync(tunnel.Server, 1009, "message too big");
        await tunnel.GoneAsync();
        tunnel
            .Host.Connections.Closed.List()
            .ShouldHaveSingleItem()
            .End.ShouldBe(TunnelEnd.MessageTooBig, "nobody answered: cut at the deadline");
    }

    [Fact]
    public async Task MessageRate_SlowDownRightBehindTheHead_GoesOnLater()
    {
        await using var tunnel = await BeginAsync(
            new TunnelPlan
            {
                Policy = new WebSocketPolicy { MaxMessageRate = 20, OverRate = OverRate.SlowDown },
            }
        );
        var message = Frames.MaskedText("m");
        await tunnel.Client.SendAsync([.. Enumerable.Repeat(message, 30).SelectMany(one => one)]);
        await tunnel.AcceptAsync();
        await tunnel.Server.ReadAsync(30 * message.Length);

        await tunnel.Client.SendAsync(message);

        (await tunnel.Server.ReadAsync(message.Length)).ShouldBe(message);
    }

    [Fact]
    public async Task MessageRate_Above_BothHear1008()
    {
        await using var tunnel = await OpenAsync(new WebSocketPolicy { MaxMessageRate = 5 });
        var message = Frames.MaskedText("m");

        await tunnel.Client.SendAsync([.. Enumerable.Repeat(message, 8).SelectMany(one => one)]);

        (await tunnel.Server.ReadAsync(5 * message.Length)).ShouldBe([.. Enumerable.Repeat(message, 5).SelectMany(one => one)]);
        await HearsAsync(tunnel.Server, 1008, "too many messages");
        (await tunnel.Client.ReadAsync(21)).ShouldBe(Frames.Close(1008, reason: "too many messages"));
        await AnswerBothAsync(tunnel, 1008);
        Ended(tunnel, TunnelEnd.MessageRate, 1008);
    }

    [Fact]
    public async Task MessageRate_SlowDown_EverythingArrivesAtTheRate()
    {
        await using var tunnel = await OpenAsync(new WebSocketPolicy { MaxMessageRate = 50, OverRate = OverRate.SlowDown });
        var message = Frames.MaskedText("m");
        var started = TimeProvider.System.GetTimestamp();

        // The second piece must wait for what the first owes.
        await tunnel.Client.SendAsync([.. Enumerable.Repeat(message, 100).SelectMany(one => one)]);
        await tunnel.Server.ReadAsync(100 * message.Length);
        await tunnel.Client.SendAsync(message);
        (await tunnel.Server.ReadAsync(message.Length)).ShouldBe(message);

        TimeProvider.System.GetElapsedTime(started).ShouldBeGreaterThan(TimeSpan.FromSeconds(0.9));
        tunnel.Live.End.ShouldBe(TunnelEnd.None);
    }

    [Fact]
    public async Task MessageRate_SlowedDownWhenTheEndIsAskedFor_AnswerIsHeardAtOnce()
    {
        await using var tunnel = await OpenAsync(new WebSocketPolicy { MaxMessageRate = 1, OverRate = OverRate.SlowDown });

        // Few enough to come in one piece: a second one would wait already. Many enough that waiting their pause out is longer than a peer
        // of these tests waits.
        await tunnel.Client.SendAsync([.. Enumerable.Repeat(Frames.MaskedText("m"), 30).SelectMany(one => one)]);
        await tunnel.Server.ReadAsync(30 * 7);

        tunnel.Live.RequestEnd(Ends.Of(TunnelEnd.Operator));
        (await tunnel.Client.ReadAsync(4)).ShouldBe(Frames.Close(1001));
        await HearsAsync(tunnel.Server, 1001, "");
        await AnswerBothAsync(tunnel, 1001);
        tunnel.Live.Age.ShouldBeLessThan(TimeSpan.FromSeconds(29));
    }

    [Fact]
    public async Task Pings_BothEndsAnswer_TheirPongsAreNotPassedOn()
    {
        await using var tunnel = await OpenAsync(
            new WebSocketPolicy { PingInterval = TimeSpan.FromSeconds(1), PingTimeout = TimeSpan.FromSeconds(10) }
        );

        var toClient = await SweepUntilAsync(tunnel, tunnel.Client.ReadAsync(10));
        toClient[..2].ShouldBe([0x89, 8]);
        var toServer = await SweepUntilAsync(tunnel, tunnel.Server.ReadAsync(14));
        toServer[..2].ShouldBe([0x89, 0x88]);
        var payload = toServer[6..].Select((value, at) => (byte)(value ^ toServer[2 + (at % 4)])).ToArray();
        await tunnel.Client.SendAsync([.. Frames.Write(0x8A, toClient[2..], _mask), .. Frames.MaskedText("up")]);
        await tunnel.Server.SendAsync([.. Frames.Write(0x8A, payload, null), .. Frames.Text("down")]);

        (await tunnel.Server.ReadAsync(8)).ShouldBe(Frames.MaskedText("up"));
        (await tunnel.Client.ReadAsync(6)).ShouldBe(Frames.Text("down"));
        tunnel.Live.FromClient.Counts.Pong.ShouldBe(0);
        (tunnel.Live.FromClient.OwnPings, tunnel.Live.FromServer.OwnPings).ShouldBe((1, 1));
        tunnel.Live.End.ShouldBe(TunnelEnd.None);
    }

    [Fact]
    public async Task Pings_ForeignPingsAndPongs_CrossUnchanged()
    {
        await using var tunnel = await OpenAsync(new WebSocketPolicy { PingInterval = TimeSpan.FromSeconds(1) });
        byte[] ping = Frames.Write(0x89, "8 letter"u8.ToArray(), _mask),
            pong = Frames.Write(0x8A, "8 letter"u8.ToArray(), null);

        await tunnel.Client.SendAsync(ping);
        (await tunnel.Server.ReadAsync(ping.Length)).ShouldBe(ping);
        await tunnel.Server.SendAsync(pong);
        (await tunnel.Client.ReadAsync(pong.Length)).ShouldBe(pong);
    }

    [Fact]
    public async Task Pings_ClientAnswersNoMore_ServerHearsItAndTheClientIsCut()
    {
        await using var tunnel = await OpenAsync(
            new WebSocketPolicy { PingInterval = TimeSpan.FromSeconds(1), PingTimeout = TimeSpan.FromSeconds(1) }
        );
        using var alive = new CancellationTokenSource();
        var talking = TalkAsync(tunnel.Server, alive.Token);

        await SweepUntilAsync(tunnel, Until.TrueAsync(() => tunnel.Live.End != TunnelEnd.None));
        await alive.CancelAsync();
        await talking;

        tunnel.Live.End.ShouldBe(TunnelEnd.ClientSilent);
        tunnel.Live.End.By().ShouldBe(EndedBy.Error);
        await tunnel.GoneAsync();
        tunnel.Live.CloseCode.ShouldBe(1001);
    }

    [Fact]
    public async Task Pings_ClientIsSlowedDown_ItsSilenceIsOurs()
    {
        await using var tunnel = await OpenAsync(
            new WebSocketPolicy
            {
                MaxMessageRate = 1,
                OverRate = OverRate.SlowDown,
                PingInterval = TimeSpan.FromSeconds(1),
                PingTimeout = TimeSpan.FromSeconds(1),
            }
        );

        // Few enough to come in one piece: a second one would wait already. Many enough that waiting their pause out is longer than a peer
        // of these tests waits.
        await tunnel.Client.SendAsync([.. Enumerable.Repeat(Frames.MaskedText("m"), 30).SelectMany(one => one)]);
        await tunnel.Server.ReadAsync(30 * 7);

        // The server is pinged all the while; nobody reads what the client would answer.
        for (var ping = 0; ping < 4; ping++)
        {
            var frame = await SweepUntilAsync(tunnel, tunnel.Server.ReadAsync(14));
            frame[..2].ShouldBe([0x89, 0x88]);
            await tunnel.Server.SendAsync(
                Frames.Write(0x8A, [.. frame[6..].Select((value, at) => (byte)(value ^ frame[2 + (at % 4)]))], null)
            );
        }

        tunnel.Live.End.ShouldBe(TunnelEnd.None);
    }

    [Fact]
    public async Task Pings_ServerTakesNothingForAWhile_NobodyIsDead()
    {
        await using var tunnel = await OpenAsync(
            receiveBytes: 4096,
            new TunnelPlan
            {
                Policy = new WebSocketPolicy
                {
                    MaxMessageBytes = 1 << 20,
                    PingInterval = TimeSpan.FromSeconds(1),
                    PingTimeout = TimeSpan.FromSeconds(1),
                },
            }
        );
        var message = Frames.Write(0x82, new byte[60_000], _mask);
        var sending = Task.Run(async () =>
        {
            for (var sent = 0; sent < 200; sent++)
                await tunnel.Client.SendAsync(message);
        });
        long before = -1;
        await Until.TrueAsync(() =>
            before == (before = tunnel.Live.FromClient.Counts.WireBytes) && tunnel.Live.IdleFor > TimeSpan.FromMilliseconds(200)
        );

        var blocked = TimeProvider.System.GetTimestamp();
        await SweepUntilAsync(tunnel, Until.TrueAsync(() => TimeProvider.System.GetElapsedTime(blocked) > TimeSpan.FromSeconds(3.5)));

        tunnel.Live.End.ShouldBe(TunnelEnd.None, "the client answers, but nothing of it is read");
        await tunnel.Client.DisposeAsync();
        await Task.WhenAny(sending);
    }

    [Fact]
    public async Task Pings_OurOwn_AreNoActivity()
    {
        await using var tunnel = await OpenAsync(new WebSocketPolicy { PingInterval = TimeSpan.FromSeconds(1) });
        var ping = await SweepUntilAsync(tunnel, tunnel.Client.ReadAsync(10));
        await tunnel.Client.SendAsync(Frames.Write(0x8A, ping[2..], _mask));
        await SweepUntilAsync(tunnel, tunnel.Client.ReadAsync(10));

        tunnel.Live.IdleFor.ShouldBeGreaterThan(TimeSpan.FromSeconds(1.9), "else pings would keep every idle WebSocket open");
    }

    [Fact]
    public async Task Lifetime_Over_BothHear1001()
    {
        await using var tunnel = await OpenAsync(new WebSocketPolicy { MaxLifetime = TimeSpan.FromMilliseconds(300) });

        await SweepUntilAsync(tunnel, tunnel.Client.ReadAsync(20))
            .ContinueWith(heard => heard.Result.ShouldBe(Frames.Close(1001, reason: "maximum lifetime")), TaskScheduler.Default);

        await HearsAsync(tunnel.Server, 1001, "maximum lifetime");
        await AnswerBothAsync(tunnel, 1001);
        Ended(tunnel, TunnelEnd.Lifetime, 1001);
        tunnel.Live.End.By().ShouldBe(EndedBy.Policy);
    }

    [Fact]
    public async Task Follow_RouteIsEdited_NewLimitsHoldForOpenOnes()
    {
        await using var tunnel = await OpenAsync(new WebSocketPolicy());
        var before = Frames.Write(0x82, new byte[2000], _mask);
        await tunnel.Client.SendAsync(before);
        (await tunnel.Server.ReadAsync(before.Length)).Length.ShouldBe(before.Length);

        tunnel.Host.Connections.Follow(Policies(tunnel, new WebSocketPolicy { MaxMessageBytes = 1000 }));
        await tunnel.Client.SendAsync(before);

        await HearsAsync(tunnel.Server, 1009, "message too big");
        await AnswerBothAsync(tunnel, 1009);
    }

    [Fact]
    public async Task Follow_LimitIsLifted_HoldsForOpenOnes()
    {
        await using var tunnel = await OpenAsync(new WebSocketPolicy { MaxMessageBytes = 1000 });
        var small = Frames.Write(0x82, new byte[900], _mask);
        await tunnel.Client.SendAsync(small);
        (await tunnel.Server.ReadAsync(small.Length)).ShouldBe(small);

        tunnel.Host.Connections.Follow(Policies(tunnel, new WebSocketPolicy()));
        var large = Frames.Write(0x82, new byte[2000], _mask);
        await tunnel.Client.SendAsync(large);

        (await tunnel.Server.ReadAsync(large.Length)).ShouldBe(large);
    }

    [Fact]
    public async Task Follow_RateIsLifted_ClientThatWasSlowedDownGoesOn()
    {
        await using var tunnel = await OpenAsync(new WebSocketPolicy { MaxMessageRate = 1, OverRate = OverRate.SlowDown });
        var message = Frames.MaskedText("m");
        await tunnel.Client.SendAsync([.. Enumerable.Repeat(message, 600).SelectMany(one => one)]);
        await tunnel.Server.ReadAsync(600 * message.Length);

        tunnel.Host.Connections.Follow(Policies(tunnel, new WebSocketPolicy()));
        await tunnel.Client.SendAsync(message);

        (await tunnel.Server.ReadAsync(message.Length)).ShouldBe(message, "ten minutes are owed no more");
    }

    [Fact]
    public async Task Follow_InTheMiddleOfAFrame_LimitHoldsFromTheNext()
    {
        await using var tunnel = await OpenAsync(new WebSocketPolicy());
        var frame = Frames.Write(0x82, new byte[2000], _mask);
        await tunnel.Client.SendAsync(frame[..100]);
        await tunnel.Server.ReadAsync(100);

        tunnel.Host.Connections.Follow(Policies(tunnel, new WebSocketPolicy { MaxMessageBytes = 1000 }));
        await tunnel.Client.SendAsync(frame[100..]);
        (await tunnel.Server.ReadAsync(1900 + frame.Length - 2000)).Length.ShouldBe(frame.Length - 100);
        await tunnel.Client.SendAsync(frame);

        await HearsAsync(tunnel.Server, 1009, "message too big");
    }

    [Fact]
    public async Task Guarded_HalfOfAHeaderAndThenAFin_ReachTheOtherEnd()
    {
        await using var tunnel = await OpenAsync(new WebSocketPolicy { MaxMessageBytes = 1000 });

        await tunnel.Server.SendAsync([.. Frames.Text("last"), 0x82, 0x7E, 0x01]);
        tunnel.Server.ShutSend();

        (await tunnel.Client.ReadAsync(9)).ShouldBe([.. Frames.Text("last"), 0x82, 0x7E, 0x01]);
    }

    [Fact]
    public async Task Close_WhileAHeaderIsHeldBack_CloseFrameStandsInItsPlace()
    {
        await using var tunnel = await OpenAsync(new WebSocketPolicy { MaxMessageBytes = 100_000 });
        var frame = Frames.Write(0x82, new byte[500], _mask);
        await tunnel.Client.SendAsync([.. Frames.MaskedText("ab"), .. frame[..5]]);
        (await tunnel.Server.ReadAsync(8)).ShouldBe(Frames.MaskedText("ab"));
        await Until.TrueAsync(() => tunnel.Live.FromClient.Gate?.HeldBytes == 5);

        tunnel.Live.RequestEnd(Ends.Of(TunnelEnd.Operator));
        await HearsAsync(tunnel.Server, 1001, "");
        (await tunnel.Client.ReadAsync(4)).ShouldBe(Frames.Close(1001));
        await tunnel.Client.SendAsync([.. frame[5..], .. Frames.Close(1001, _mask)]);
        await tunnel.Server.SendAsync(Frames.Close(1001));

        (await tunnel.Client.ReadToEndAsync()).ShouldBe("");
        (await tunnel.Server.ReadToEndAsync()).ShouldBe("");
        await tunnel.GoneAsync();
        tunnel.Live.FromClient.Counts.Messages.ShouldBe(2, "it was read and counted, and the answer behind it heard");
    }

    [Fact]
    public async Task Close_CodeAndReason_BothEndsHearThem()
    {
        await using var tunnel = await OpenAsync(new WebSocketPolicy());
        var reason = new string('ö', 61);

        tunnel.Host.Connections.Close(tunnel.Live.Id, new CloseOrder(TunnelEnd.Operator, 4321, reason)).ShouldBeTrue();

        (await tunnel.Client.ReadAsync(126)).ShouldBe(Frames.Close(4321, reason: reason));
        await HearsAsync(tunnel.Server, 4321, reason);
        await AnswerBothAsync(tunnel, 4321);
        (tunnel.Live.CloseCode, tunnel.Live.CloseReason).ShouldBe((4321, reason));
        tunnel.Host.Connections.Closed.List().ShouldHaveSingleItem().ShouldBeSameAs(tunnel.Live);
    }

    [Fact]
    public async Task Close_ShortDeadline_IsCutThen()
    {
        await using var tunnel = await OpenAsync(new WebSocketPolicy());
        var started = TimeProvider.System.GetTimestamp();

        tunnel.Host.Connections.Close(
            tunnel.Live.Id,
            new CloseOrder(TunnelEnd.Operator, 1000) { Deadline = TimeSpan.FromMilliseconds(500) }
        );
        await tunnel.GoneAsync();

        TimeProvider.System.GetElapsedTime(started).ShouldBeInRange(TimeSpan.FromMilliseconds(450), TimeSpan.FromSeconds(4.5));
    }

    private Task<OpenTunnel> OpenAsync(WebSocketPolicy policy) => OpenAsync(plan: new TunnelPlan { Policy = policy });

    private static System.Collections.Frozen.FrozenDictionary<Guid, WebSocketPolicy> Policies(OpenTunnel tunnel, WebSocketPolicy policy) =>
        System.Collections.Frozen.FrozenDictionary.ToFrozenDictionary([KeyValuePair.Create(tunnel.Live.RouteId, policy)]);

    private static async Task<T> SweepUntilAsync<T>(OpenTunnel tunnel, Task<T> task)
    {
        await SweepUntilAsync(tunnel, (Task)task);
        return await task;
    }

    private static Task SweepUntilAsync(OpenTunnel tunnel, Task task) =>
        Until.TrueAsync(() =>
        {
            tunnel.Host.Connections.Sweep();
            return task.IsCompleted;
        });

    private static async Task TalkAsync(RawPeer peer, CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                await peer.SendAsync(Frames.Text("alive"));
                await Task.Delay(20, CancellationToken.None);
            }
        }
        catch (IOException)
        {
            // It may end first.
        }
    }

    private static void Ended(OpenTunnel tunnel, TunnelEnd end, int code)
    {
        tunnel.Live.End.ShouldBe(end);
        tunnel.Live.CloseCode.ShouldBe(code);
    }

    private static async Task HearsAsync(RawPeer server, int code, string reason)
    {
        var header = await server.ReadAsync(6);
        header[0].ShouldBe((byte)0x88);
        var payload = await server.ReadAsync(header[1] & 0x7F);
        payload.Select((value, at) => (byte)(value ^ header[2 + (at % 4)])).ToArray().ShouldBe(Frames.Close(code, reason: reason)[2..]);
    }

    private static async Task AnswerBothAsync(OpenTunnel tunnel, int code)
    {
        await tunnel.Server.SendAsync(Frames.Close(code));
        await tunnel.Client.SendAsync(Frames.Close(code, _mask));
        await tunnel.Client.ReadToEndAsync();
        await tunnel.GoneAsync();
    }
}

public sealed class TunnelPolicyOnStreamsTests() : TunnelPolicyTests(RelayChoice.Stream);

public sealed class TunnelPolicyOnEpollTests() : TunnelPolicyTests(RelayChoice.Epoll);

public sealed class TunnelPolicyUnderTlsTests() : TunnelPolicyTests(RelayChoice.Epoll, overTls: true);
