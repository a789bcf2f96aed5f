using Appliance.Proxy.Connections;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Tests.WebSockets;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.Upstreams;
using Appliance.Proxy.WebSocketPolicies;
using Appliance.Proxy.WebSockets;
using Appliance.Proxy.WebSockets.Relays;
using Microsoft.Extensions.Logging.Abstractions;

namespace Appliance.Proxy.Tests.Epoll;

/// <summary>An <see cref="EpollRelay"/> without an HTTP stack: both ends, its loop and its clock are the test's.</summary>
internal sealed class RelayOnALoop : IAsyncDisposable
{
    private readonly LoopSocket _client;
    private readonly LoopSocket _server;
    private readonly CompiledPool _pool;
    private bool _ownsLoops;

    private RelayOnALoop(EpollLoops loops, LoopSocket client, LoopSocket server, TimeProvider time)
    {
        (Loops, _client, _server) = (loops, client, server);
        var pool = new UpstreamPool { Name = "pool", Servers = [new UpstreamServer { Address = "http://127.0.0.1:1" }] };
        _pool = new UpstreamRegistry(new TrafficRegistry(), TimeProvider.System).Bind(pool);
        Live = new LiveConnection(time)
        {
            RouteId = Guid.Empty,
            RouteName = "",
            PoolName = "",
            ServerAddress = "",
            Host = "",
            Path = "",
        };
    }

    public EpollLoops Loops { get; }

    public RawPeer Client => _client.Peer;

    public RawPeer Server => _server.Peer;

    public LiveConnection Live { get; }

    public ConnectionRegistry Registry { get; } = new(TimeProvider.System);

    public int Active => _pool.Servers[0].Active;

    /// <summary>On loops of its own, or on those of <paramref name="on"/>, which outlive it.</summary>
    public static async Task<RelayOnALoop> MakeAsync(TimeProvider? time = null, EpollLoops? on = null)
    {
        var loops = on ?? LoopSocket.Loops(time);
        var (client, server) = (await LoopSocket.OpenAsync(loops), await LoopSocket.OpenAsync(loops));
        return new RelayOnALoop(loops, client, server, time ?? TimeProvider.System) { _ownsLoops = on is null };
    }

    public static async Task<RelayOnALoop> StartAsync(TimeProvider? time = null)
    {
        var relay = await MakeAsync(time);
        relay.Start();
        return relay;
    }

    public void Start(byte[]? behindClientHead = null, byte[]? behindServerHead = null)
    {
        var tried = default(TriedServers);
        var lease = _pool.Choose(null, ref tried) ?? throw new InvalidOperationException("The only server is there.");
        var (seat, _) = Registry.Seats.Take(Guid.Empty, null, WebSocketPolicy.Default);
        var places = new TunnelPlaces(seat!); // there is no limit
        places.Take(lease);
        places.PassOn();
        var life = new TunnelLife(Live, places, Registry, NullLogger<WebSocketTunnel>.Instance);
        life.Begin();
        var relay = new EpollRelay(Loops, Loops.First, life);
        relay.Take(_client.Socket.Detach(), behindClientHead ?? [], _server.Socket.Detach(), behindServerHead ?? []);
        relay.HandOver(_client.Socket, _server.Socket);
    }

    /// <summary>Holds the relay's loop still.</summary>
    public Task<Held> HoldAsync() => Held.AsyncOn(Loops.First);

    /// <summary>Waits until the loop has heard of the end of both; before <see cref="Start"/>.</summary>
    public Task SettledAsync() => Until.TrueAsync(() => _client.Socket.PeerEnded && _server.Socket.PeerEnded);

    public Task GoneAsync() => Until.TrueAsync(() => Registry.Count == 0 && Active == 0 && Loops.Sockets == 0);

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
        if (_ownsLoops)
            Loops.Dispose();
    }
}
