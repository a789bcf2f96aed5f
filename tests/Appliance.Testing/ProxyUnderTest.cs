using System.Net;
using Appliance.Proxy;
using Appliance.Proxy.Certificates;
using Appliance.Proxy.Config;
using Appliance.Proxy.Forwarding;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Appliance.Testing;

/// <summary>A real proxy on a free loopback port, with revisions in memory.</summary>
public sealed class ProxyUnderTest : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private ProxyUnderTest(ProxyHost host, MemoryRevisions revisions)
    {
        Host = host;
        Revisions = revisions;
    }

    /// <summary>The proxy.</summary>
    public ProxyHost Host { get; }

    /// <summary>Its store.</summary>
    public MemoryRevisions Revisions { get; }

    /// <summary>Its port.</summary>
    public int Port => Host.HttpEndPoint.Port;

    /// <summary>
    /// Starts one that runs <paramref name="config"/>. With <c>APPLIANCE_FORWARDER=yarp</c> in the environment every request goes by YARP's
    /// forwarder, to see what both do; tests of our own fail then.
    /// </summary>
    public static async Task<ProxyUnderTest> StartAsync(
        ProxyConfig config,
        ProxyOptions? options = null,
        ILoggerFactory? logs = null,
        ICertificateSource? held = null
    )
    {
        var revisions = new MemoryRevisions();
        revisions.Save(config);
        var host = new ProxyHost(
            (options ?? new()) with
            {
                Bind = IPAddress.Loopback,
                HttpPort = 0,
                Forwarder =
                    Environment.GetEnvironmentVariable("APPLIANCE_FORWARDER") == "yarp"
                        ? ForwarderChoice.Yarp
                        : options?.Forwarder ?? ForwarderChoice.Auto,
            },
            revisions,
            revisions,
            logs ?? NullLoggerFactory.Instance,
            TimeProvider.System,
            held
        );
        await host.StartAsync(CancellationToken.None);
        return new(host, revisions);
    }

    /// <summary>Saves a config and waits until this proxy says what became of it.</summary>
    public Task<NodeReport> ApplyAsync(ProxyConfig config) => Host.WaitForAsync(Revisions.Save(config), _patience, CancellationToken.None);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await Host.StopAsync(limit.Token);
        await Host.DisposeAsync();
    }
}
