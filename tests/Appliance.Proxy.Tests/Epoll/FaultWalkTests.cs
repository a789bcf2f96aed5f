using System.Net.Sockets;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Tests.Connections;
using Appliance.Proxy.Tests.WebSockets;
using Appliance.Proxy.WebSocketPolicies;
using Appliance.Proxy.WebSockets.Relays;

namespace Appliance.Proxy.Tests.Epoll;

/// <summary>
/// A connection's whole life (accept, request, answer, handshake of a WebSocket, hand-over, echo, close) with every call under it failing
/// in turn. Whatever becomes of that connection, the next one is served, and nothing of it stays.
/// </summary>
[Collection(Alone.Name)]
public sealed class FaultWalkTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(15);
    private static readonly byte[] _frame = Frames.MaskedText("hello");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Life_AnyCallFailsOnce_NextConnectionIsServedAndNothingStays(bool overTls)
    {
        await using var walk = await Walk.StartAsync(overTls);

        // Waiting for events is a kind of its own: it is called at any time, and would be counted instead of what is meant.
        (await walk.ThroughAsync(point => point != FaultPoint.EpollWait, step: 1)).ShouldBeGreaterThan(overTls ? 30 : 25);
    }

    [Theory]
    [Trait("Kind", "Long")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Life_EachKindOfCallFailsInEveryWay_NextConnectionIsServedAndNothingStays(bool overTls)
    {
        await using var walk = await Walk.StartAsync(overTls);
        foreach (var point in Enum.GetValues<FaultPoint>())
        {
            foreach (var error in new int?[] { null, 9, 12, 22, 103, 105 })
            {
                foreach (var times in new[] { 1, 2, 7 })
                    await walk.ThroughAsync(one => one == point, 1, times, error);
            }
        }
    }

    private sealed class Walk : IAsyncDisposable
    {
        private readonly RawBackEnd _server;
        private readonly TunnelHost _host;
        private readonly int _sockets;

        private Walk(RawBackEnd server, TunnelHost host, int sockets) => (_server, _host, _sockets) = (server, host, sockets);

        public static async Task<Walk> StartAsync(bool overTls)
        {
            var server = Echo();
            var host = await TunnelHost.StartAsync(
                new TunnelPlan
                {
                    Servers = [server.Address],
                    Relay = RelayChoice.Epoll,
                    OverTls = overTls,

                    // A seat that stays would leave none for the next.
                    Policy = new WebSocketPolicy { MaxSockets = 1 },
                }
            );
            await LifeAsync(host);
            await host.GoneAsync();
            return new Walk(server, host, Alone.Sockets());
        }

        /// <summary>Until a life has passed in which nothing was left to fail; how many have not.</summary>
        public async Task<int> ThroughAsync(Func<FaultPoint, bool> counts, int step, int times = 1, int? error = null)
        {
            for (var at = 1; ; at += step)
            {
                FaultPoint what;
                int failed;
                using (var fault = new FaultAtCall(counts, at, times, error))
                {
                    await EndsAsync(
                        () => LifeAsync(_host),
                        () => $"call {at}, {fault.What}, error {error}, {times} times; {fault.Callers}"
                    );
                    (what, failed) = (fault.What, fault.Failed);
                }

                _host.Loops!.LastResort.IsUsed.ShouldBeFalse($"call {at}, {what}: one connection's failure ends no process");
                await _host.GoneAsync();
                await ServesAsync($"call {at}, {what}");
                await _host.GoneAsync();
                if (failed > 0)
                    continue;
                await Until.TrueAsync(() => Alone.Sockets() <= _sockets);
                return at;
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _host.DisposeAsync();
            await _server.DisposeAsync();
        }

        // The seat of a handshake whose client has gone is given back a moment later.
        private async Task ServesAsync(string what)
        {
            using var patience = new CancellationTokenSource(_patience);
            while (true)
            {
                try
                {
                    await LifeAsync(_host).WaitAsync(patience.Token);
                    return;
                }
                catch (Exception refused)
                    when (refused is ShouldAssertException or IOException or SocketException && !patience.IsCancellationRequested)
                {
                    // Once more, for a bounded time: a lost listener is opened again a moment later, too.
                    await Task.Delay(5, CancellationToken.None);
                }
                catch (OperationCanceledException)
                {
                    throw new TimeoutException($"Deaf after {what}.");
                }
            }
        }

        // In order or not, but not never.
        private static async Task EndsAsync(Func<Task> life, Func<string> what)
        {
            try
            {
                await life().WaitAsync(_patience);
            }
            catch (TimeoutException)
            {
                throw new TimeoutException($"A client waits without end: {what()}.");
            }
            catch (Exception ended) when (ended is IOException or ShouldAssertException or SocketException)
            {
                // Its connection was the one that failed.
            }
        }

        private static async Task LifeAsync(TunnelHost host)
        {
            await using var client = await host.ConnectAsync();
            await client.SendAsync("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n");
            (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 418 ");
            await client.SendAsync(TunnelHost.Handshake);
            (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 101 ");
            await client.SendAsync(_frame);
            (await client.ReadAsync(_frame.Length)).ShouldBe(_frame);
            await client.SendAsync(Frames.Close(1000, [1, 2, 3, 4]));
            await client.ReadToEndAsync();
        }

        // Sends back what it gets, and closes behind a close frame.
        private static RawBackEnd Echo() =>
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
                    // The proxy's end failed, as it should.
                }

                await peer.DisposeAsync();
            });
    }
}
