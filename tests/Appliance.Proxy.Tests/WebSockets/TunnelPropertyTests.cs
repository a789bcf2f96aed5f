using Appliance.Proxy.Connections;
using Appliance.Proxy.Tests.Connections;
using Appliance.Proxy.Tests.WebSockets.Relays;
using Appliance.Proxy.WebSockets.Relays;

namespace Appliance.Proxy.Tests.WebSockets;

/// <summary>Random frames, cut anywhere, both ways at once through a real tunnel. Every case is its seed.</summary>
public abstract class TunnelPropertyTests(RelayChoice relay, bool overTls = false) : OnEitherRelay(relay, overTls)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Run_RandomFramesBothWays_ArriveUnalteredAndCounted(int seed)
    {
        // Behind two close frames nothing need arrive (RFC 6455, 5.5.1).
        var (upRandom, downRandom) = (new RandomFrames(seed), new RandomFrames(seed + 1000, closes: false));
        var (up, down) = (upRandom.Stream(300_000), downRandom.Stream(500_000));
        await using var tunnel = await OpenAsync();

        var atServer = tunnel.Server.ReadAsync(up.Length);
        var atClient = tunnel.Client.ReadAsync(down.Length);
        await Task.WhenAll(SendAsync(tunnel.Client, upRandom.Pieces(up)), SendAsync(tunnel.Server, downRandom.Pieces(down)));

        (await atServer).AsSpan().SequenceEqual(up).ShouldBeTrue($"seed {seed}: bytes from the client");
        (await atClient).AsSpan().SequenceEqual(down).ShouldBeTrue($"seed {seed}: bytes from the server");
        Same(seed, tunnel.Live.FromClient, FrameReference.Read(up));
        Same(seed, tunnel.Live.FromServer, FrameReference.Read(down));
    }

    private static async Task SendAsync(RawPeer peer, IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        foreach (var piece in pieces)
            await peer.SendAsync(piece.ToArray());
    }

    private static void Same(int seed, TunnelFlow flow, FrameReference.Reading expected)
    {
        flow.Counts.ShouldBe(expected.Counts, $"seed {seed}");
        flow.CloseCode.ShouldBe(expected.CloseCode, $"seed {seed}");
        flow.CloseReason.ShouldBe(expected.CloseReason, $"seed {seed}");
    }
}

public sealed class TunnelPropertyOnStreamsTests() : TunnelPropertyTests(RelayChoice.Stream);

public sealed class TunnelPropertyOnEpollTests() : TunnelPropertyTests(RelayChoice.Epoll);

public sealed class TunnelPropertyUnderTlsTests() : TunnelPropertyTests(RelayChoice.Epoll, overTls: true);
