using System.Collections.Immutable;
using System.Net;
using Appliance.Web.Startup;

namespace Appliance.Web.Demo;

/// <summary>
/// Two small servers on loopback to try the proxy with: an echo for HTTP and WebSockets, and a chat whose hub both share, so that a message
/// sent through one reaches who is connected to the other.
/// </summary>
public sealed class DemoBackends : IAsyncDisposable
{
    private readonly List<WebApplication> _servers = [];
    private readonly DemoChat _chat = new();

    private DemoBackends() { }

    /// <summary>Fixed, because the config that names them outlives the process.</summary>
    public static ImmutableArray<int> StandardPorts { get; } = [9081, 9082];

    /// <summary>Where they listen: <c>http://127.0.0.1:9081</c>.</summary>
    public IReadOnlyList<string> Addresses => [.. _servers.Select(server => $"http://127.0.0.1:{Listeners.PortOf(server)}")];

    /// <summary>
    /// Starts one on each port; 0 takes a free one. Throws <see cref="StartException"/> with a sentence when a port is taken.
    /// </summary>
    public static async Task<DemoBackends> StartAsync(ImmutableArray<int> ports, CancellationToken cancellationToken)
    {
        var demo = new DemoBackends();
        try
        {
            foreach (var port in ports)
            {
                var server = demo.Build(port);
                demo._servers.Add(server);
                await server.StartAsync(cancellationToken);
            }
        }
        catch (IOException)
        {
            var taken = ports[demo._servers.Count - 1];
            await demo.DisposeAsync();
            throw new StartException(
                $"The demo needs port {taken} on 127.0.0.1, which is in use; stop what listens there, or start without --demo."
            );
        }

        return demo;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
            await server.DisposeAsync();
    }

    private WebApplication Build(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IHostLifetime, SilentLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(context =>
            context.Request.Path.StartsWithSegments("/chat", StringComparison.Ordinal)
                ? _chat.AnswerAsync(context)
                : DemoEcho.AnswerAsync(context)
        );
        return app;
    }
}
