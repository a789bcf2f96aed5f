using System.Net;
using System.Text;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Connections.Inspector;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Edge;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Tests.Certificates;
using Appliance.Proxy.Tls;
using Appliance.Proxy.TlsPolicies;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.Upstreams;
using Appliance.Proxy.Variables;
using Appliance.Proxy.WebSocketPolicies;
using Appliance.Proxy.WebSockets;
using Appliance.Proxy.WebSockets.Handshake;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Appliance.Proxy.Tests.WebSockets;

/// <summary>
/// A real Kestrel in front of <see cref="WebSocketTunnel"/>, with one route and one pool, and as much of a pipeline as a tunnel needs.
/// </summary>
internal sealed class TunnelHost : IAsyncDisposable
{
    public const string Key = "dGhlIHNhbXBsZSBub25jZQ==";
    public const string Handshake =
        "GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "
        + $"13\r\nSec-WebSocket-Key: {Key}\r\n\r\n";

    private readonly WebApplication _app;
    private readonly RelayKind _relay;
    private readonly bool _overTls;

    private TunnelHost(WebApplication app, TunnelPlan plan)
    {
        (_app, _overTls) = (app, plan.OverTls);
        Loops = app.Services.GetService<EpollLoops>();
        _relay =
            Loops is not null && plan.Servers.All(server => server.StartsWith("http://", StringComparison.Ordinal))
                ? RelayKind.Epoll
                : RelayKind.Stream;
    }

    /// <summary>The event loops under this host; null on Kestrel's own sockets.</summary>
    public EpollLoops? Loops { get; }

    public ConnectionRegistry Connections { get; } = new(TimeProvider.System);

    public Drains Drains { get; private set; } = null!;

    public Inspections Inspections { get; private set; } = null!;

    public UpstreamPool PoolConfig { get; private set; } = null!;

    public Route Route { get; private set; } = null!;

    public List<TunnelOutcome> Outcomes { get; } = [];

    public RouteTraffic Traffic { get; private set; } = null!;

    public CompiledPool Pool { get; private set; } = null!;

    public int Port { get; private set; }

    public static Task<TunnelHost> StartAsync(params string[] servers) => StartAsync(new TunnelPlan { Servers = servers });

    public static async Task<TunnelHost> StartAsync(TunnelPlan plan)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddRelay(plan.Relay);
        if (plan.MostSockets is { } most)
            builder.Services.AddSingleton<EpollLoops>(provider => new(plan.Time, provider.GetRequiredService<ILogger<EpollLoops>>(), most));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                if (plan.OverTls)
                    listen.UseTls(Certificates.Shelves.Of(null), () => TlsPolicyTable.Empty);
                else
                    listen.UseHeadTap();
            });
        });
        var host = new TunnelHost(builder.Build(), plan);
        var pool = new UpstreamPool
        {
            Name = "pool",
            Servers = [.. plan.Servers.Select(address => new UpstreamServer { Address = address })],
            Tls = plan.Tls,
        };
        var action = new RouteAction.Proxy
        {
            Pool = "pool",
            ConnectTimeout = plan.ConnectTimeout,
            ReadTimeout = plan.ReadTimeout,
            MaxTries = plan.MaxTries,
            ForwardedHeaders = plan.Forwarded,
        };
        var route = CompiledRoute.Compile(
            new Route
            {
                Name = "route",
                Action = action,
                RequestHeaders = plan.RequestHeaders,
                ResponseHeaders = plan.ResponseHeaders,
                WebSocket = plan.Policy with { IdleTimeout = plan.IdleTimeout },
                Upgrades = plan.Upgrades,
            },
            VariableNames.BuiltIn
        );
        var counters = new TrafficRegistry();
        host.Traffic = counters.Route(route.Route.Id);
        var upstreams = new UpstreamRegistry(counters, TimeProvider.System);
        (host.Pool, host.PoolConfig, host.Route) = (upstreams.Bind(pool), pool, route.Route);
        host.Drains = new Drains(
            host.Connections,
            upstreams,
            TimeProvider.System,
            host._app.Services.GetRequiredService<ILogger<Drains>>()
        );
        host.Inspections = new Inspections(
            host.Connections,
            TimeProvider.System,
            host._app.Services.GetRequiredService<ILogger<Inspections>>()
        );
        var settings = new TunnelSettings
        {
            DropUnderscoreHeaders = plan.DropUnderscoreHeaders,
            WriteForwardedHeaders = (facts, lines) => lines.Set("X-Forwarded-Host", facts.Host),
        };
        var tunnel = new WebSocketTunnel(
            host.Connections,
            settings,
            new(
                Destinations.Any,
                new(Shelves.Of(null), TimeProvider.System),
                new(System.Net.Dns.GetHostAddresses, TimeProvider.System, NullLogger<ServerNames>.Instance),
                TimeProvider.System
            ),
            plan.TunnelTime,
            host._app.Services.GetRequiredService<ILogger<WebSocketTunnel>>(),
            host.Loops,
            host.Drains,
            host.Inspections
        );
        host._app.Run(async context =>
        {
            var isWebSocket = WebSocketHandshake.Check(context, plan.Policy.LaxHandshake).Kind == HandshakeKind.WebSocket;
            var upgrades = isWebSocket ? [] : UpgradeOffer.Of(context, plan.Upgrades);
            if (!isWebSocket && upgrades.IsEmpty)
            {
                context.Response.StatusCode = StatusCodes.Status418ImATeapot;
                return;
            }

            var facts = Facts(context);
            var target = plan.Target ?? facts.RawTarget;
            var outcome = await tunnel.RunAsync(
                context,
                new TunnelRequest(facts, route, action, target, host.Pool, host.Traffic, plan.Revision) { Upgrades = upgrades }
            );
            lock (host.Outcomes)
                host.Outcomes.Add(outcome);
            if (outcome.FailureStatus == 0)
                return;
            context.Response.StatusCode = outcome.FailureStatus;
            await context.Response.WriteAsync(outcome.Reason ?? "");
        });
        await host._app.StartAsync();
        host.Port = new Uri(
            host._app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single()
        ).Port;
        return host;
    }

    public Task<RawPeer> ConnectAsync() => RawPeer.ConnectAsync(Port, 0, _overTls);

    /// <summary>A client whose handshake has been answered with 101.</summary>
    public async Task<RawPeer> OpenAsync()
    {
        var client = await ConnectAsync();
        await client.SendAsync(Handshake);
        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 101 ");
        return client;
    }

    /// <summary>Sends a handshake and reads the whole answer until the connection closes; for answers that are not 101.</summary>
    public async Task<string> AskAsync(string handshake = Handshake)
    {
        await using var client = await ConnectAsync();
        await client.SendAsync(handshake.Replace("Connection: Upgrade", "Connection: close, Upgrade", StringComparison.Ordinal));
        return await client.ReadToEndAsync();
    }

    /// <summary>The one open connection, once there is one.</summary>
    public async Task<LiveConnection> LiveAsync()
    {
        await Until.TrueAsync(() => Connections.Count == 1);
        var live = Connections.List().Single();
        await Until.TrueAsync(() => live.Relay == _relay);
        return live;
    }

    /// <summary>Waits until no tunnel is open, no server is in use and the tunnels' sockets are closed.</summary>
    public Task GoneAsync(int keptSockets = 0) =>
        Until.TrueAsync(() =>
            Connections.Count == 0 && Pool.Servers.All(server => server.Active == 0) && (Loops is null || Loops.Sockets <= keptSockets)
        );

    public async Task<TunnelOutcome> OutcomeAsync()
    {
        await Until.TrueAsync(() =>
        {
            lock (Outcomes)
                return Outcomes.Count > 0;
        });
        return Outcomes[0];
    }

    /// <summary>Waits until a handshake was refused for that: the client reads its answer a moment before.</summary>
    public Task RefusedAsync(HandshakeRefusal refusal) =>
        Until.TrueAsync(() =>
        {
            lock (Outcomes)
                return Outcomes.Exists(outcome => outcome.Refusal == refusal);
        });

    /// <summary>Stops as the proxy does: WebSockets first, then the server.</summary>
    public async Task StopAsync(CancellationToken deadline)
    {
        await Connections.EndAllAsync(Ends.Of(TunnelEnd.Shutdown), TimeSpan.Zero, deadline);
        await _app.StopAsync(deadline);
    }

    public async ValueTask DisposeAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await Connections.EndAllAsync(Ends.Of(TunnelEnd.Shutdown), TimeSpan.Zero, deadline.Token);
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await _app.StopAsync(stop.Token);
        await Drains.DisposeAsync();
        await Inspections.DisposeAsync();
        await _app.DisposeAsync();
    }

    private static RequestFacts Facts(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return new RequestFacts
        {
            Method = context.Request.Method,
            RawTarget = target,
            Path = RequestPath.TryParse("/chat")!,
            Protocol = context.Request.Protocol,
            Scheme = "http",
            Headers = context.Request.Headers,
            Host = context.Request.Host.Host,
            PeerAddress = context.Connection.RemoteIpAddress,
            PeerPort = context.Connection.RemotePort,
            ClientAddress = context.Connection.RemoteIpAddress,
        };
    }
}
