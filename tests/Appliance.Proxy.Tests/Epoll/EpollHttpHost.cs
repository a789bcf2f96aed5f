using System.Net;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Memory;
using Appliance.Proxy.Tests.WebSockets;
using Appliance.Proxy.Tls;
using Appliance.Proxy.TlsPolicies;
using Appliance.Proxy.WebSockets;
using Appliance.Proxy.WebSockets.Relays;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Tests.Epoll;

/// <summary>A Kestrel over the event loops that answers whatever a test wants.</summary>
internal sealed class EpollHttpHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EpollHttpHost(WebApplication app) => _app = app;

    public EpollLoops Loops => _app.Services.GetRequiredService<EpollLoops>();

    public int Port => Url.Port;

    public Uri Url =>
        new(_app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single());

    public static async Task<EpollHttpHost> StartAsync(
        RequestDelegate answer,
        int? mostSockets = null,
        TimeProvider? time = null,
        MemoryRoom? memory = null,
        long? mostUnread = null,
        ILogger<EpollLoops>? log = null,
        bool isSecure = false
    )
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddRelay(RelayChoice.Epoll);
        if (mostSockets is not null || memory is not null || mostUnread is not null)
            builder.Services.AddSingleton<EpollLoops>(_ => LoopSocket.Loops(time, mostSockets, memory, mostUnread));
        if (log is not null)
            builder.Services.AddSingleton<EpollLoops>(_ => new(TimeProvider.System, log));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                if (isSecure)
                    listen.UseTls(Certificates.Shelves.Of(null), () => TlsPolicyTable.Empty);
                else
                    listen.UseLoopThread();
            });
        });
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync();
        return new EpollHttpHost(app);
    }

    public Task<RawPeer> ConnectAsync(int receiveBytes = 0) => RawPeer.ConnectAsync(Port, receiveBytes);

    public async ValueTask DisposeAsync()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await _app.StopAsync(stop.Token);
        await _app.DisposeAsync();
    }
}
