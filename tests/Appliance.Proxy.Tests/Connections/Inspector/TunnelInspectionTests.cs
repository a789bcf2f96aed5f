using Appliance.Proxy.Connections;
using Appliance.Proxy.Connections.Inspector;
using Appliance.Proxy.Tests.WebSockets;
using Appliance.Proxy.Tests.WebSockets.Relays;
using Appliance.Proxy.WebSockets.Relays;
using Microsoft.Extensions.Logging.Abstractions;

namespace Appliance.Proxy.Tests.Connections.Inspector;

/// <summary>Somebody looks at the messages of one tunnel; its ends must not notice.</summary>
public abstract class TunnelInspectionTests(RelayChoice relay, bool overTls = false) : OnEitherRelay(relay, overTls)
{
    private static readonly byte[] _mask = [9, 8, 7, 6];

    [Fact]
    public async Task Start_InspectorIsOff_IsRefused()
    {
        await using var tunnel = await OpenAsync();
        var (inspection, fault) = tunnel.Host.Inspections.Start(Order(tunnel));
        inspection.ShouldBeNull();
        fault.ShouldNotBeNull().ShouldContain("off");
    }

    [Fact]
    public async Task Start_OpenConnection_MessagesOfBothDirectionsAreSeenAndCrossUnchanged()
    {
        await using var tunnel = await OpenAsync();
        var inspection = Start(tunnel);
        byte[] up = [.. Frames.MaskedText("""{"user":"ann","password":"hunter2"}"""), .. Frames.Write(0x82, new byte[300], _mask)];
        byte[] down =
        [
            .. Frames.Write(0x01, "Hel"u8.ToArray(), null),
            .. Frames.Write(0x89, "ping"u8.ToArray(), null),
            .. Frames.Write(0x80, "lo"u8.ToArray(), null),
        ];

        await tunnel.Client.SendAsync(up);
        (await tunnel.Server.ReadAsync(up.Length)).ShouldBe(up);
        await tunnel.Server.SendAsync(down);
        (await tunnel.Client.ReadAsync(down.Length)).ShouldBe(down);

        await Until.TrueAsync(() => inspection.Messages().Count == 4);
        var messages = inspection.Messages();
        var client = messages.Where(one => one.FromClient).ToList();
        (client[0].Opcode, client[0].Bytes, client[0].Preview).ShouldBe((1, 35, """{"user":"ann","password":•••}"""));
        (client[1].Opcode, client[1].Bytes, client[1].Preview, client[1].Note).ShouldBe((2, 300, null, "binary"));
        var server = messages.Where(one => !one.FromClient).ToList();
        (server[0].Opcode, server[0].Bytes).ShouldBe((9, 4));
        (server[1].Opcode, server[1].Bytes, server[1].Preview).ShouldBe((1, 5, "Hello"));
        inspection.Messages(after: messages[^2].Number).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Start_InTheMiddleOfAMessage_ItBeginsWithTheNext()
    {
        await using var tunnel = await OpenAsync();
        var frame = Frames.MaskedText("began before");
        await tunnel.Client.SendAsync([.. Frames.Write(0x01, "frag"u8.ToArray(), _mask), .. frame[..8]]);
        await tunnel.Server.ReadAsync(10 + 8);

        var inspection = Start(tunnel);
        await tunnel.Client.SendAsync([.. frame[8..], .. Frames.MaskedText("next")]);
        await tunnel.Server.ReadAsync(frame.Length - 8 + 10);

        await Until.TrueAsync(() => inspection.Messages().Count == 1);
        inspection.Messages()[0].Preview.ShouldBe("next");
    }

    [Fact]
    public async Task Stop_NothingMoreIsKept()
    {
        await using var tunnel = await OpenAsync();
        var inspection = Start(tunnel);
        await tunnel.Client.SendAsync(Frames.MaskedText("seen"));
        await Until.TrueAsync(() => inspection.Messages().Count == 1);

        tunnel.Host.Inspections.Stop(inspection.Id).ShouldBeTrue();
        tunnel.Host.Inspections.Stop(inspection.Id).ShouldBeFalse();
        await tunnel.Client.SendAsync(Frames.MaskedText("unseen"));
        await tunnel.Server.ReadAsync(10 + 12);

        inspection.Messages().ShouldHaveSingleItem();
        inspection.State.ShouldBe(InspectionState.Over);
        tunnel.Host.Inspections.Enabled = false;
        tunnel.Host.Inspections.List().ShouldBeEmpty("off forgets everything");
    }

    [Fact]
    public async Task Duration_IsOver_ItStopsByItself()
    {
        await using var tunnel = await OpenAsync();
        tunnel.Host.Inspections.Enabled = true;
        var (inspection, _) = tunnel.Host.Inspections.Start(Order(tunnel) with { Duration = TimeSpan.FromSeconds(1) });

        await Until.TrueAsync(() => inspection!.State == InspectionState.Over); // it was started

        tunnel.Live.Inspection.ShouldBeNull();
    }

    [Fact]
    public async Task ConnectionEnds_InspectionIsOverWithTheCloseFrame()
    {
        await using var tunnel = await OpenAsync();
        var inspection = Start(tunnel);

        await tunnel.Client.SendAsync(Frames.Close(4000, _mask, "token=abc"));
        await tunnel.Server.SendAsync(Frames.Close(4000));
        await tunnel.Client.ReadAsync(4);
        await tunnel.Client.DisposeAsync();
        await tunnel.GoneAsync();

        await Until.TrueAsync(() => inspection.Messages().Count == 2);
        inspection.Messages().Single(one => one.FromClient).Preview.ShouldBe("4000 token=•••");
        inspection.State.ShouldBe(InspectionState.Over);
    }

    [Theory]
    [InlineData("permessage-deflate; server_no_context_takeover; client_no_context_takeover", false)]
    [InlineData("permessage-deflate", true)]
    public async Task Start_OpenAndCompressed_IsReadWhereEachMessageStandsAlone(string extensions, bool keepsWindow)
    {
        await using var tunnel = await BeginAsync();
        await tunnel.Server.AcceptAsync(tunnel.Head, $"Sec-WebSocket-Extensions: {extensions}\r\n");
        await tunnel.Client.ReadHeadAsync();
        await tunnel.Host.LiveAsync();
        using var deflated = new Deflated(keepsWindow);
        var earlier = deflated.Text("the quick brown fox jumps", _mask);
        await tunnel.Client.SendAsync(earlier);
        await tunnel.Server.ReadAsync(earlier.Length);

        tunnel.Host.Inspections.Enabled = true;
        var (inspection, _) = tunnel.Host.Inspections.Start(Order(tunnel));
        var message = deflated.Text("the quick brown fox jumps over", _mask);
        await tunnel.Client.SendAsync(message);
        (await tunnel.Server.ReadAsync(message.Length)).ShouldBe(message);

        await Until.TrueAsync(() => inspection!.Messages().Count == 1); // it was started
        var seen = inspection!.Messages()[0];
        seen.Compressed.ShouldBeTrue();
        seen.Preview.ShouldBe(keepsWindow ? null : "the quick brown fox jumps over");
        if (keepsWindow)
            seen.Note.ShouldNotBeNull().ShouldContain("arm the inspector");
    }

    [Fact]
    public async Task Armed_NextConnectionIsCompressedWithContext_EveryMessageIsRead()
    {
        await using var tunnel = await BeginAsync();
        tunnel.Host.Inspections.Enabled = true;
        var (inspection, fault) = tunnel.Host.Inspections.Start(
            new()
            {
                RouteId = tunnel.Host.Route.Id,
                About = "next of route",
                By = "ann",
                Client = ConnectionFilter.ParseClient("127.0.0.0/8"),
            }
        );
        fault.ShouldBeNull();
        inspection!.State.ShouldBe(InspectionState.Armed); // no fault

        using var up = new Deflated(keepsWindow: true);
        using var down = new Deflated(keepsWindow: true);
        // Right behind the head of the answer: an armed inspection misses nothing.
        var first = down.Text("the quick brown fox jumps");
        await tunnel.Server.AcceptAsync(tunnel.Head, "Sec-WebSocket-Extensions: permessage-deflate\r\n", first);
        await tunnel.Client.ReadHeadAsync();
        (await tunnel.Client.ReadAsync(first.Length)).ShouldBe(first);
        await tunnel.Server.SendAsync([.. down.Text("the quick brown fox jumps over"), .. Frames.Text("plain")]);
        await tunnel.Client.SendAsync([.. up.Text("the lazy dog", _mask), .. up.Text("the lazy dog sleeps", _mask)]);

        await Until.TrueAsync(() => inspection.Messages().Count == 5);
        inspection
            .Messages()
            .Where(one => !one.FromClient)
            .Select(one => one.Preview)
            .ShouldBe(["the quick brown fox jumps", "the quick brown fox jumps over", "plain"]);
        inspection.Messages().Where(one => one.FromClient).Select(one => one.Preview).ShouldBe(["the lazy dog", "the lazy dog sleeps"]);
    }

    [Fact]
    public async Task Attach_TimeIsUpMeanwhile_NothingIsInspected()
    {
        await using var tunnel = await OpenAsync();
        await using var errands = new Errands(NullLogger.Instance);
        var inspection = new Inspection(1, Order(tunnel), Redaction.Of([]).Redaction!, TimeProvider.System, errands); // nothing is broken
        inspection.End().ShouldBeTrue();

        inspection.Attach(tunnel.Live, fromTheStart: true).ShouldBeFalse();

        (inspection.State, tunnel.Live.Inspection).ShouldBe((InspectionState.Over, null));
    }

    [Fact]
    public async Task Dispose_InspectionIsRunning_IsOverAndReadToItsEnd()
    {
        await using var tunnel = await OpenAsync();
        var inspection = Start(tunnel);
        await tunnel.Client.SendAsync(Frames.MaskedText("seen"));
        await tunnel.Server.ReadAsync(10);

        await tunnel.Host.Inspections.DisposeAsync();

        (inspection.State, tunnel.Live.Inspection).ShouldBe((InspectionState.Over, null));
        inspection.Messages().ShouldHaveSingleItem().Preview.ShouldBe("seen");
    }

    [Fact]
    public async Task Armed_AnotherClient_IsNotInspected()
    {
        await using var tunnel = await BeginAsync();
        tunnel.Host.Inspections.Enabled = true;
        var (inspection, _) = tunnel.Host.Inspections.Start(
            new()
            {
                RouteId = tunnel.Host.Route.Id,
                About = "next of route",
                By = "ann",
                Client = ConnectionFilter.ParseClient("10.0.0.1"),
            }
        );

        await tunnel.AcceptAsync();

        inspection!.State.ShouldBe(InspectionState.Armed); // it was started
        tunnel.Live.Inspection.ShouldBeNull();
    }

    [Fact]
    public async Task Flood_OnlyTheNewestAreKeptAndTheRestIsCounted()
    {
        await using var tunnel = await OpenAsync();
        var inspection = Start(tunnel);
        const int many = 3000;
        byte[] flood = [.. Enumerable.Range(0, many).SelectMany(at => Frames.MaskedText($"message {at:0000}"))];

        var reading = tunnel.Server.ReadAsync(flood.Length);
        await tunnel.Client.SendAsync(flood);
        (await reading).AsSpan().SequenceEqual(flood).ShouldBeTrue();

        await Until.TrueAsync(() => inspection.Messages() is { Count: > 0 } now && now[^1].Number + inspection.Dropped == many);
        inspection.Messages().Count.ShouldBeLessThanOrEqualTo(Inspection.Kept);
    }

    private static InspectionOrder Order(OpenTunnel tunnel) =>
        new()
        {
            ConnectionId = tunnel.Host.Connections.List()[0].Id,
            About = "it",
            By = "ann",
        };

    private static Inspection Start(OpenTunnel tunnel)
    {
        tunnel.Host.Inspections.Enabled = true;
        var (inspection, fault) = tunnel.Host.Inspections.Start(Order(tunnel));
        fault.ShouldBeNull();
        return inspection!; // no fault
    }
}

public sealed class TunnelInspectionOnStreamsTests() : TunnelInspectionTests(RelayChoice.Stream);

public sealed class TunnelInspectionOnEpollTests() : TunnelInspectionTests(RelayChoice.Epoll);

public sealed class TunnelInspectionUnderTlsTests() : TunnelInspectionTests(RelayChoice.Epoll, overTls: true);
