using Appliance.Proxy.Connections.Frames;
using Appliance.Proxy.Tests.Connections;
using Appliance.Proxy.Tests.WebSockets.Relays;
using Appliance.Proxy.WebSockets.Relays;

namespace Appliance.Proxy.Tests.WebSockets;

/// <summary>Frames of every shape cross as they are and are counted for what they are.</summary>
public abstract class TunnelFrameTests(RelayChoice relay, bool overTls = false) : OnEitherRelay(relay, overTls)
{
    private static readonly byte[] _mask = [0x11, 0xA2, 0x33, 0xC4];

    [Fact]
    public async Task Run_FragmentedMessage_IsOneMessage()
    {
        await using var tunnel = await OpenAsync();

        var counts = await CrossAsync(
            tunnel,
            [
                .. Frames.Write(0x01, "one "u8.ToArray(), _mask),
                .. Frames.Write(0x00, "two "u8.ToArray(), _mask),
                .. Frames.Write(0x80, "three"u8.ToArray(), _mask),
            ]
        );

        (counts.Text, counts.Continuation, counts.Messages, counts.PayloadBytes).ShouldBe((1, 2, 1, 13));
    }

    [Fact]
    public async Task Run_ControlFramesInsideFragments_AreNoPartOfTheMessage()
    {
        await using var tunnel = await OpenAsync();

        var counts = await CrossAsync(
            tunnel,
            [
                .. Frames.Write(0x02, new byte[200], _mask),
                .. Frames.Write(0x89, "are you there"u8.ToArray(), _mask),
                .. Frames.Write(0x00, [], _mask),
                .. Frames.Write(0x8A, "yes"u8.ToArray(), _mask),
                .. Frames.Write(0x80, [1], _mask),
            ]
        );

        (counts.Binary, counts.Continuation, counts.Ping, counts.Pong, counts.Messages).ShouldBe((1, 2, 1, 1, 1));
    }

    [Theory]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(127)]
    [InlineData(65535)]
    [InlineData(65536)]
    public async Task Run_LengthAtAnEdge_PassesMaskedAndUnmasked(int length)
    {
        await using var tunnel = await OpenAsync();
        var payload = new byte[length];
        new Random(length).NextBytes(payload);

        var counts = await CrossAsync(tunnel, [.. Frames.Write(0x82, payload, _mask), .. Frames.Write(0x82, payload, null)]);

        (counts.Binary, counts.Messages, counts.PayloadBytes).ShouldBe((2, 2, 2L * length));
    }

    [Fact]
    public async Task Run_HeaderThatAnnouncesTheLongestLength_PassesAndWhatFollowsIsItsPayload()
    {
        await using var tunnel = await OpenAsync();

        var counts = await CrossAsync(
            tunnel,
            [.. Frames.Header(0x82, long.MaxValue, _mask), .. Frames.MaskedText("looks like a frame"), .. new byte[100]]
        );

        (counts.Binary, counts.Text, counts.Messages).ShouldBe((0, 0, 0));
        counts.PayloadBytes.ShouldBe(counts.WireBytes - 14);
    }

    [Theory]
    [InlineData(0xC1)]
    [InlineData(0xA2)]
    [InlineData(0x91)]
    [InlineData(0xF2)]
    public async Task Run_ReservedBits_PassAndCountByOpcode(int first)
    {
        await using var tunnel = await OpenAsync();

        var counts = await CrossAsync(tunnel, Frames.Write((byte)first, "compressed?"u8.ToArray(), _mask));

        (counts.Text + counts.Binary, counts.Messages, counts.Other).ShouldBe((1, 1, 0));
    }

    [Fact]
    public async Task Run_UnknownOpcodes_PassAndCountAsOther()
    {
        await using var tunnel = await OpenAsync();
        int[] unknown = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15];

        var counts = await CrossAsync(
            tunnel,
            [.. unknown.SelectMany(opcode => Frames.Write((byte)(0x80 | opcode), "new"u8.ToArray(), _mask))]
        );

        (counts.Other, counts.Messages).ShouldBe((unknown.Length, 0));
    }

    [Fact]
    public async Task Run_FramesCutAtEveryByte_ArriveAndAreCounted()
    {
        await using var tunnel = await OpenAsync();
        byte[] bytes = [.. Frames.MaskedText("hello"), .. Frames.Write(0x82, new byte[126], null), .. Frames.Write(0x89, [], _mask)];

        // Each byte has arrived before the next is sent: every one is a read of its own.
        foreach (var value in bytes)
        {
            await tunnel.Client.SendAsync(value);
            (await tunnel.Server.ReadAsync(1)).ShouldBe([value]);
            await tunnel.Server.SendAsync(value);
            (await tunnel.Client.ReadAsync(1)).ShouldBe([value]);
        }

        tunnel.Live.FromClient.Counts.ShouldBe(FrameReference.Read(bytes).Counts);
        tunnel.Live.FromServer.Counts.ShouldBe(FrameReference.Read(bytes).Counts);
    }

    [Fact]
    public async Task Run_ManyFramesInOneRead_AreAllCounted()
    {
        await using var tunnel = await OpenAsync();

        var counts = await CrossAsync(tunnel, [.. Enumerable.Range(0, 3000).SelectMany(at => Frames.MaskedText($"message {at}"))]);

        (counts.Text, counts.Messages).ShouldBe((3000, 3000));
    }

    [Fact]
    public async Task Run_CloseWithoutCode_Is1005()
    {
        await using var tunnel = await OpenAsync();

        await CrossAsync(tunnel, Frames.Write(0x88, [], _mask));

        (tunnel.Live.FromClient.CloseCode, tunnel.Live.FromServer.CloseCode).ShouldBe((1005, 1005));
        tunnel.Live.FromClient.CloseReason.ShouldBeNull();
    }

    [Fact]
    public async Task Run_DataAfterClose_IsForTheReceiverToJudge()
    {
        await using var tunnel = await OpenAsync();

        var counts = await CrossAsync(tunnel, [.. Frames.Close(1000, _mask), .. Frames.MaskedText("late"), .. Frames.Close(4000, _mask)]);

        (counts.Close, counts.Text, counts.Messages).ShouldBe((2, 1, 1));
        tunnel.Live.FromClient.CloseCode.ShouldBe(1000);
        tunnel.Live.CloseCode.ShouldBe(1000);
    }

    [Fact]
    public async Task Run_MessagesOf100MegabytesBothWays_ArriveUnaltered()
    {
        const long length = 100_000_000;
        var (up, down) = (new ByteRun(1), new ByteRun(2));
        var (upHead, downHead) = (Frames.Header(0x82, length, _mask), Frames.Header(0x82, length, null));
        await using var tunnel = await OpenAsync();

        await Task.WhenAll(
            SendAsync(tunnel.Client, upHead, up),
            ReceiveAsync(tunnel.Server, upHead, up),
            SendAsync(tunnel.Server, downHead, down),
            ReceiveAsync(tunnel.Client, downHead, down)
        );

        var (client, server) = (tunnel.Live.FromClient.Counts, tunnel.Live.FromServer.Counts);
        client.ShouldBe(
            new FrameCounts
            {
                WireBytes = length + 14,
                PayloadBytes = length,
                Binary = 1,
                Messages = 1,
            }
        );
        server.ShouldBe(
            new FrameCounts
            {
                WireBytes = length + 10,
                PayloadBytes = length,
                Binary = 1,
                Messages = 1,
            }
        );

        static async Task SendAsync(RawPeer peer, byte[] head, ByteRun payload)
        {
            await peer.SendAsync(head);
            await payload.SendAsync(peer, length);
        }

        static async Task ReceiveAsync(RawPeer peer, byte[] head, ByteRun payload)
        {
            (await peer.ReadAsync(head.Length)).ShouldBe(head);
            await payload.ReceiveAsync(peer, length);
        }
    }

    // The same bytes both ways; the counts of both directions, which must be alike.
    private static async Task<FrameCounts> CrossAsync(OpenTunnel tunnel, byte[] bytes)
    {
        var atServer = tunnel.Server.ReadAsync(bytes.Length);
        var atClient = tunnel.Client.ReadAsync(bytes.Length);
        await Task.WhenAll(tunnel.Client.SendAsync(bytes), tunnel.Server.SendAsync(bytes));
        (await atServer).AsSpan().SequenceEqual(bytes).ShouldBeTrue("unaltered from the client");
        (await atClient).AsSpan().SequenceEqual(bytes).ShouldBeTrue("unaltered from the server");
        tunnel.Live.FromServer.Counts.ShouldBe(tunnel.Live.FromClient.Counts);
        tunnel.Live.FromClient.Counts.ShouldBe(FrameReference.Read(bytes).Counts);
        return tunnel.Live.FromClient.Counts;
    }
}

public sealed class TunnelFrameOnStreamsTests() : TunnelFrameTests(RelayChoice.Stream);

public sealed class TunnelFrameOnEpollTests() : TunnelFrameTests(RelayChoice.Epoll);

public sealed class TunnelFrameUnderTlsTests() : TunnelFrameTests(RelayChoice.Epoll, overTls: true);
