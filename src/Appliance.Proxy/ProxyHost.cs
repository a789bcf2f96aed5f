using System.Net;
using Appliance.Proxy.AccessLogs;
using Appliance.Proxy.Certificates;
using Appliance.Proxy.Config;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Connections.Inspector;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Edge;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Forwarding;
using Appliance.Proxy.Http1;
using Appliance.Proxy.Memory;
using Appliance.Proxy.Snapshots;
using Appliance.Proxy.Tls;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.Upstreams;
using Appliance.Proxy.Variables;
using Appliance.Proxy.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Appliance.Proxy;

/// <summary>The proxy: its own web application, its snapshot, its counters. Start once, stop once.</summary>
public sealed class ProxyHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ProxyOptions _options;
    private readonly List<ListenOptions> _listening = [];

    /// <summary>Builds everything; nothing listens before the start.</summary>
    /// <param name="options">The settings of the proxy, which stay as they are until it stops.</param>
    /// <param name="source">Where it reads the config that it is to run.</param>
    /// <param name="reports">Told for each revision what became of it.</param>
    /// <param name="logs">Makes the logs of its parts.</param>
    /// <param name="time">The clock of all its parts.</param>
    /// <param name="held">The certificates that the product holds; null: only those of the folder are served.</param>
    public ProxyHost(
        ProxyOptions options,
        IRevisionSource source,
        INodeReportSink reports,
        ILoggerFactory logs,
        TimeProvider time,
        ICertificateSource? held = null
    )
    {
        _options = options;
        Destinations = new(options.DeniedUpstreams, time);

        // An empty builder: options come through one door. Any other builder reads appsettings.json of the working directory and watches
        // that folder with all that is below it, which from "/" is the whole file system.
        var builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions
            {
                ApplicationName = typeof(ProxyHost).Assembly.GetName().Name,
                ContentRootPath = AppContext.BaseDirectory,
                EnvironmentName = Environments.Production,
            }
        );
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<ILoggerFactory>(new RequestLogs(logs));
        AddOurs(builder.Services, source, reports, time, held);
        AddYarp(builder.Services, options);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(Listen);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan);

        _app = builder.Build();
        new DetachedEndpoints(_app).MapReverseProxy();

        // YARP brings the framework's authorization along, which would stand in front of every request and find nothing to judge.
        ((IApplicationBuilder)_app).Properties["__AuthorizationMiddlewareSet"] = true;
        _app.Use(_app.Services.GetRequiredService<OwnCalls>().RunAsync);
        if (options.HealthPath is { } health)
            _app.Use(new ProxyHealth(health, _app.Lifetime).RunAsync);
        _app.Use(new MemoryGate(_app.Services.GetRequiredService<MemoryRoom>()).RunAsync);
        _app.Run(_app.Services.GetRequiredService<ProxyPipeline>().RunAsync);
        Connections = _app.Services.GetRequiredService<ConnectionRegistry>();
        Traffic = _app.Services.GetRequiredService<TrafficRegistry>();
    }

    /// <summary>The gates that a request passes before a route is chosen, in their order.</summary>
    internal IReadOnlyList<Gate> Gates => _app.Services.GetRequiredService<RequestGates>().All;

    /// <summary>The connections over which plain HTTP goes to servers.</summary>
    internal Http1Connections Http1 => _app.Services.GetRequiredService<Http1Connections>();

    /// <summary>Where it listens, after <see cref="StartAsync"/>.</summary>
    public IPEndPoint HttpEndPoint { get; private set; } = new(IPAddress.None, 0);

    /// <summary>Where it listens for HTTPS, after <see cref="StartAsync"/>; null when it does not.</summary>
    public IPEndPoint? HttpsEndPoint { get; private set; }

    /// <summary>The certificates of the folder and those that the product holds; also without <see cref="HttpsEndPoint"/>.</summary>
    public CertificateShelf Certificates => _app.Services.GetRequiredService<CertificateShelf>();

    /// <summary>Where no connection that people ask for may lead.</summary>
    public Destinations Destinations { get; }

    /// <summary>What it answers to authorities that issue certificates.</summary>
    public ChallengeAnswers Challenges => _app.Services.GetRequiredService<ChallengeAnswers>();

    /// <summary>Cancelled when it stops: because it was asked to, or because a part of it faulted.</summary>
    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    /// <summary>What became of the newest revision on this node.</summary>
    public NodeReport Report => _app.Services.GetRequiredService<NodeOutcome>().Latest;

    /// <summary>Why the copy of the running config beside the database is an older one, a sentence; null: it is not.</summary>
    public string? CopyProblem => _app.Services.GetRequiredService<NodeOutcome>().CopyProblem;

    /// <summary>The WebSockets that are open now.</summary>
    public ConnectionRegistry Connections { get; }

    /// <summary>What takes nothing new.</summary>
    public Drains Drains => _app.Services.GetRequiredService<Drains>();

    /// <summary>The inspections of messages.</summary>
    public Inspections Inspections => _app.Services.GetRequiredService<Inspections>();

    /// <summary>For which routes values of headers are kept.</summary>
    public HeaderWatches HeaderWatches => _app.Services.GetRequiredService<HeaderWatches>();

    /// <summary>The counters of routes, pools and servers.</summary>
    public TrafficRegistry Traffic { get; }

    /// <summary>What was carried in the last second and the last 15 minutes.</summary>
    public TrafficView View => _app.Services.GetRequiredService<TrafficSampler>().Current;

    /// <summary>Every pool and its servers in the last second.</summary>
    public UpstreamView Upstreams => _app.Services.GetRequiredService<UpstreamSampler>().Current;

    /// <summary>The counters of every server of a pool, by the pool's identity and the server's address.</summary>
    public IEnumerable<KeyValuePair<(Guid Pool, string Server), ServerTraffic>> Servers =>
        from pool in _app.Services.GetRequiredService<UpstreamRegistry>().Bound()
        from server in pool.Servers
        select KeyValuePair.Create((pool.Pool.Id, server.Address), server.Traffic);

    /// <summary>The newest requests that are over.</summary>
    public RecentRequests Requests { get; } = new();

    /// <summary>Lines of the access log that were dropped since the start; null: the access log is off.</summary>
    public long? DroppedLines => _options.AccessLog is { IsOn: true } or { Dropped: > 0 } ? _options.AccessLog.Dropped : null;

    /// <summary>A port of this machine that must not be reached through the proxy: the console's.</summary>
    public void Guard(int port) => Destinations.Guard(port);

    /// <summary>Reads the head, compiles it, listens. Throws <see cref="IOException"/> with a sentence when the port is taken.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var watcher = _app.Services.GetRequiredService<RevisionWatcher>();
        await watcher.ApplyFirstAsync(cancellationToken);
        await Certificates.ReadHeldAsync(cancellationToken);
        await _app.StartAsync(cancellationToken);
        // both were told an address
        (HttpEndPoint, HttpsEndPoint) = (_listening[0].IPEndPoint!, _listening.ElementAtOrDefault(1)?.IPEndPoint);
        await watcher.RecordFirstAsync(cancellationToken);
    }

    /// <summary>
    /// What this process has too little of just now (memory, open files): a sentence; null: there is enough. New connections wait
    /// meanwhile.
    /// </summary>
    public string? Shortage =>
        Epoll.Shortage.Of(
            _app.Services.GetService<EpollLoops>()?.Files ?? _app.Services.GetRequiredService<OpenFiles>(),
            _app.Services.GetRequiredService<MemoryRoom>()
        );

    /// <summary>Calls its own ports; null when all of them answer, else a sentence about each that does not.</summary>
    public Task<string?> FindDeafPortAsync(CancellationToken cancellationToken) =>
        _app
            .Services.GetRequiredService<OwnCalls>()
            .FindDeafAsync([HttpEndPoint, .. HttpsEndPoint is { } https ? [https] : Array.Empty<IPEndPoint>()], cancellationToken);

    /// <summary>
    /// Completes when <paramref name="revision"/> (or a later one) was applied or refused, or with the newest report after
    /// <paramref name="atMost"/>.
    /// </summary>
    public Task<NodeReport> WaitForAsync(long revision, TimeSpan atMost, CancellationToken cancellationToken) =>
        _app.Services.GetRequiredService<NodeOutcome>().WaitForAsync(revision, atMost, cancellationToken);

    /// <summary>
    /// Stops accepting, asks WebSockets to leave over <see cref="ProxyOptions.DrainWindow"/>, finishes requests until the token is
    /// cancelled, then cuts.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        // Side by side: the server refuses new connections immediately, and cuts what it still has only when the token says so; WebSockets
        // that it carries itself are requests to it.
        var leave = new CloseOrder(TunnelEnd.Shutdown, CloseOrder.GoingAway, "proxy is stopping");
        var gone = Connections.EndAllAsync(leave, _options.DrainWindow, cancellationToken);
        await Task.WhenAll(gone, _app.StopAsync(cancellationToken));

        // The last connection may have ended on its event loop, which nothing that follows may hold up.
        await LoopThread.LeaveAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await LoopThread.LeaveAsync();
        await _app.DisposeAsync();
    }

    private void Listen(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;

        // The host of an absolute target counts, whatever the Host header says (RFC 9112, 3.2.2).
        kestrel.AllowHostHeaderOverride = true;

        // Latin-1 keeps header bytes above 0x7F as they are, in both directions.
        kestrel.RequestHeaderEncodingSelector = Http2Authority.EncodingOf;
        kestrel.ResponseHeaderEncodingSelector = _ => System.Text.Encoding.Latin1;

        // Bodies are limited per route. Slow bodies are legal: the back end decides how long it waits.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
        kestrel.Limits.RequestHeadersTimeout = HeadReader.Patience;
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(75);

        // A clear-text listener cannot negotiate HTTP/2.
        var proxied = _options.ProxyProtocol ? kestrel.ApplicationServices.GetRequiredService<ProxyProtocol>() : null;
        kestrel.Listen(_options.Bind, _options.HttpPort, listen =>
        {
            _listening.Add(listen);
            listen.Protocols = HttpProtocols.Http1;
            proxied?.Use(listen);
            listen.UseLoopThread();
            listen.UseOwnConnections(kestrel.ApplicationServices.GetRequiredService<TimeProvider>());
            var unread = kestrel.ApplicationServices.GetRequiredService<UnreadRequests>();
            listen.UseHeadTap((connection, bytes) => unread.Note(connection, bytes, StatusCodes.Status408RequestTimeout, 0));
        });
        if (_options.HttpsPort is not { } port)
            return;
        kestrel.Listen(_options.Bind, port, listen =>
        {
            _listening.Add(listen);
            proxied?.Use(listen);
            listen.UseOwnConnections(kestrel.ApplicationServices.GetRequiredService<TimeProvider>());
            var snapshots = kestrel.ApplicationServices.GetRequiredService<SnapshotHolder>();
            listen.UseTls(kestrel.ApplicationServices.GetRequiredService<CertificateShelf>(), () => snapshots.Current.TlsPolicies);
        });
    }

    private void AddOurs(
        IServiceCollection services,
        IRevisionSource source,
        INodeReportSink reports,
        TimeProvider time,
        ICertificateSource? held
    )
    {
        services.AddSingleton(_options);
        services.AddSingleton(source);
        services.AddSingleton(reports);
        services.AddSingleton(time);
        services.AddSingleton(new ClientAddress(_options.TrustedProxies));
        services.AddSingleton<ProxyProtocol>();
        services.AddSingleton(new OwnCalls(_options.ProxyProtocol, time));
        services.AddSingleton(Destinations);
        services.AddSingleton<TrafficRegistry>();
        services.AddSingleton<UpstreamRegistry>();
        services.AddSingleton<ServerHandshake>();
        services.AddSingleton(new SaidFaults(time));
        services.AddSingleton<ServerNames>(provider =>
            new(_options.LookUp ?? Dns.GetHostAddresses, time, provider.GetRequiredService<ILogger<ServerNames>>())
        );
        services.AddSingleton<UpstreamDialer>();
        services.AddTunnels(
            new() { DropUnderscoreHeaders = _options.DropUnderscoreHeaders, WriteForwardedHeaders = ForwardedHeaders.Apply }
        );
        services.AddRelay(_options.Relay);
        services.AddSingleton<CertificateShelf>(provider =>
            new(
                new CertificateFolder(_options.Certificates, time, provider.GetRequiredService<ILogger<CertificateFolder>>()),
                held,
                isServed: _options.HttpsPort is not null || _options.CertificatesAreShown,
                time,
                provider.GetRequiredService<ILogger<CertificateShelf>>()
            )
        );
        services.AddHostedService(provider => provider.GetRequiredService<CertificateShelf>());
        services.AddSingleton<ChallengeAnswers>();
        services.AddHostedService<MemoryReturn>();
        services.AddSingleton<TrafficSampler>();
        services.AddHostedService(provider => provider.GetRequiredService<TrafficSampler>());
        services.AddSingleton<UpstreamSampler>(provider =>
            new(provider.GetRequiredService<UpstreamRegistry>(), time, _options.Forwarder != ForwarderChoice.Yarp)
        );
        services.AddHostedService(provider => provider.GetRequiredService<UpstreamSampler>());
        services.AddSingleton<SnapshotHolder>();
        services.AddSingleton<SnapshotCompiler>();
        services.AddSingleton<SnapshotApplier>();
        services.AddSingleton<NodeOutcome>();
        services.AddSingleton<Http1Connections>(provider =>
            new(
                provider.GetRequiredService<UpstreamDialer>(),
                provider.GetService<EpollLoops>(),
                time,
                provider.GetRequiredService<ILogger<Http1Connections>>()
            )
        );
        services.AddSingleton<FactsOfRequest>();
        services.AddSingleton<ReplayBudget>(_ => new());
        services.AddSingleton<RequestForwarder>(provider =>
            ActivatorUtilities.CreateInstance<RequestForwarder>(provider, _options.BodyGrace)
        );
        services.AddSingleton(new RequestGate(_options.DropUnderscoreHeaders, new(_options.ConsoleCookies)));
        services.AddSingleton<RequestGates>(provider =>
            new(
                provider.GetRequiredService<RequestGate>(),
                provider.GetRequiredService<FactsOfRequest>(),
                provider.GetRequiredService<ChallengeAnswers>(),
                provider.GetRequiredService<CertificateShelf>(),
                provider.GetRequiredService<ILogger<ProxyPipeline>>()
            )
        );
        if (_options.AccessLog is { } lines)
            services.AddSingleton(lines);
        services.AddSingleton(Requests);
        services.AddSingleton<UnreadRequests>(provider =>
            new(
                provider.GetService<AccessLog>(),
                Requests,
                provider.GetRequiredService<TrafficRegistry>(),
                time,
                provider.GetRequiredService<ILogger<UnreadRequests>>()
            )
        );
        services.AddSingleton<RequestLines>(provider =>
            new(
                provider.GetService<AccessLog>(),
                Requests,
                provider.GetRequiredService<HeaderWatches>(),
                provider.GetRequiredService<FactsOfRequest>(),
                new(provider.GetRequiredService<ClientAddress>()),
                time
            )
        );
        services.AddSingleton<ProxyPipeline>();
        services.AddSingleton<RevisionWatcher>(provider =>
            new(
                source,
                provider.GetRequiredService<SnapshotApplier>(),
                provider.GetRequiredService<NodeOutcome>(),
                reports,
                _options.LastGoodFile is { } file ? new LastGoodFile(file) : null,
                time,
                provider.GetRequiredService<ILogger<RevisionWatcher>>()
            )
        );
        services.AddHostedService(provider => provider.GetRequiredService<RevisionWatcher>());
        services.AddSingleton<IHostLifetime, SilentLifetime>();
    }

    private static void AddYarp(IServiceCollection services, ProxyOptions options)
    {
        services.AddReverseProxy();
        services.AddSingleton<YarpConfigProvider>();
        services.AddSingleton<IProxyConfigProvider>(provider => provider.GetRequiredService<YarpConfigProvider>());
        services.AddSingleton<IConfigChangeListener>(provider => provider.GetRequiredService<YarpConfigProvider>());
        services.AddSingleton<ITransformProvider>(new UpstreamTransforms());
        services.Replace(ServiceDescriptor.Singleton<IForwarderHttpClientFactory, UpstreamHttpClients>());
        // YARP registers its own by type
        var forwarder = services.Last(descriptor => descriptor.ServiceType == typeof(IHttpForwarder)).ImplementationType!;
        services.Replace(
            ServiceDescriptor.Singleton<IHttpForwarder>(provider =>
            {
                var yarp = new EarlyAnswers((IHttpForwarder)ActivatorUtilities.CreateInstance(provider, forwarder));
                var ours = options.Forwarder == ForwarderChoice.Yarp ? null : provider.GetRequiredService<Http1Connections>();
                return new Http1Forwarder(ours, new(new(options.ConsoleCookies)), yarp);
            })
        );

        // Affinity cookies would be sealed with keys that are made at the start, in the user's home; nothing here seals any.
        foreach (
            var keys in services
                .Where(descriptor =>
                    descriptor.ServiceType == typeof(IHostedService) && descriptor.ImplementationType?.Name == "DataProtectionHostedService"
                )
                .ToArray()
        )
            services.Remove(keys);
        services.Replace(ServiceDescriptor.Singleton<IDataProtectionProvider>(new EphemeralDataProtectionProvider()));
    }

    /// <summary>Signals belong to the process, which stops the hosts in its own order.</summary>
    private sealed class SilentLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
