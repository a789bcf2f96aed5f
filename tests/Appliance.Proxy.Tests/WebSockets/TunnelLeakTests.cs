using Appliance.Proxy.Connections;
using Appliance.Proxy.Tests.Connections;
using Appliance.Proxy.Tests.WebSockets.Relays;
using Appliance.Proxy.WebSockets.Relays;

namespace Appliance.Proxy.Tests.WebSockets;

/// <summary>Everything that tunnels take is given back, however they end. Short runs; the bench has the long ones.</summary>
[Collection(Alone.Name)]
public abstract class TunnelLeakTests(RelayChoice relay, bool overTls = false) : OnEitherRelay(relay, overTls)
{
    // Raise them by hand: 10,000 at once need 40,000 descriptors, both ends of everything being in this process.
    private const int AtOnce = 1000;
    private const int InTurn = 3000;

    private const int Together = 50;
    private const int SpareDescriptors = 8;
    private const long SpareBytes = 6_000_000;

    private static readonly byte[] _frame = Frames.MaskedText("hello");

    [Fact]
    public async Task Close_AThousandAtOnce_EverythingReturnsToTheStart()
    {
        await using var server = EchoThatCloses();
        await using var host = await HostAsync(server.Address);
        await OpenAndEndAsync(host, 0);
        await host.GoneAsync();
        var before = Alone.Descriptors();
        var clients = new List<RawPeer>();
        for (var one = 0; one < AtOnce; one += Together)
            clients.AddRange(await Task.WhenAll(Enumerable.Range(0, Math.Min(Together, AtOnce - one)).Select(_ => host.OpenAsync())));
        await Until.TrueAsync(() => host.Connections.Count == AtOnce && host.Pool.Servers[0].Active == AtOnce);
        if (OnEpoll)
            host.Loops!.Sockets.ShouldBe(2 * AtOnce);

        for (var one = 0; one < AtOnce; one++)
            await EndAsync(clients[one], one);

        await host.GoneAsync();
        foreach (var client in clients)
            await client.DisposeAsync();
        await Until.TrueAsync(() => Alone.Descriptors() <= before + SpareDescriptors);
        if (OnEpoll)
            host.Loops!.First.Sockets.ShouldBeLessThanOrEqualTo(1);
    }

    [Fact]
    public async Task Close_AThousandByTheProxy_EverythingReturnsToTheStart()
    {
        await using var server = EchoThatCloses();
        await using var host = await HostAsync(server.Address);
        await OpenAndEndAsync(host, 0);
        await host.GoneAsync();
        var before = Alone.Descriptors();
        var clients = new List<RawPeer>();
        for (var one = 0; one < AtOnce; one += Together)
            clients.AddRange(await Task.WhenAll(Enumerable.Range(0, Math.Min(Together, AtOnce - one)).Select(_ => host.OpenAsync())));

        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var ending = host.Connections.EndAllAsync(Ends.Of(TunnelEnd.Shutdown, 1012), TimeSpan.Zero, deadline.Token);
        foreach (var client in clients)
        {
            (await client.ReadAsync(1)).ShouldBe([0x88]);
            await client.DisposeAsync();
        }

        await ending;
        await host.GoneAsync();
        await Until.TrueAsync(() => Alone.Descriptors() <= before + SpareDescriptors);
    }

    [Fact]
    public async Task OpenAndClose_ThousandsInTurn_EverythingReturnsToTheStart()
    {
        await using var server = EchoThatCloses();
        await using var host = await HostAsync(server.Address);
        for (var one = 0; one < 200; one += Together)
            await RoundAsync(host);
        var (descriptors, bytes) = (Alone.Descriptors(), Managed());

        for (var one = 0; one < InTurn; one += Together)
            await RoundAsync(host);

        await Until.TrueAsync(() => Alone.Descriptors() <= descriptors + SpareDescriptors);
        await Until.TrueAsync(() => Managed() < bytes + SpareBytes);
        host.Connections.Count.ShouldBe(0);
    }

    private static async Task RoundAsync(TunnelHost host)
    {
        await Task.WhenAll(Enumerable.Range(0, Together).Select(one => OpenAndEndAsync(host, one)));
        await host.GoneAsync();
        lock (host.Outcomes)
            host.Outcomes.Clear();
    }

    private static async Task OpenAndEndAsync(TunnelHost host, int way)
    {
        if (way % 5 == 4)
        {
            // Gone at whatever moment of the opening it may be.
            var hasty = await host.ConnectAsync();
            await hasty.SendAsync(TunnelHost.Handshake);
            if (way % 2 == 0)
                await hasty.SendAsync(_frame);
            hasty.Reset();
            return;
        }

        var client = await host.OpenAsync();
        await client.SendAsync(_frame);
        await client.ReadAsync(_frame.Length);
        await EndAsync(client, way);
        if (!client.IsDisposed)
            await client.DrainAsync();
        await client.DisposeAsync();
    }

    // A close frame that is answered; a FIN in the middle of nothing; a reset; half a close first.
    private static async Task EndAsync(RawPeer client, int way)
    {
        switch (way % 4)
        {
            case 0:
                await client.SendAsync(Frames.Close(1000, [1, 2, 3, 4]));
                break;
            case 1:
                await client.DisposeAsync();
                break;
            case 2:
                client.Reset();
                break;
            default:
                client.ShutSend();
                break;
        }
    }

    // Sends back what it gets; closes behind a close frame, or when the client has.
    private static RawBackEnd EchoThatCloses() =>
        new(async peer =>
        {
            try
            {
                await peer.AcceptAsync(await peer.ReadHeadAsync());
                var room = new byte[100];
                while (await peer.ReadSomeAsync(room) is > 0 and var read)
                {
                    await peer.SendAsync(room[..read]);
                    if (room[0] == 0x88)
                        break;
                }
            }
            catch (IOException)
            {
                // Reset: the client was.
            }

            await peer.DisposeAsync();
        });

    private static long Managed()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}

public sealed class TunnelLeakOnStreamsTests() : TunnelLeakTests(RelayChoice.Stream);

public sealed class TunnelLeakOnEpollTests() : TunnelLeakTests(RelayChoice.Epoll);

public sealed class TunnelLeakUnderTlsTests() : TunnelLeakTests(RelayChoice.Epoll, overTls: true);
