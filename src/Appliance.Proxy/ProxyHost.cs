using System.Net;
using Appliance.Proxy.Ports;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.Tunnels;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy;

/// <summary>The proxy: its own web application, its snapshot, its counters. Start once, stop once.</summary>
public sealed class ProxyHost : IAsyncDisposable
{
    /// <summary>Builds everything; nothing listens yet.</summary>
    public ProxyHost(ProxyOptions options, IRevisionSource source, INodeReportSink reports, ILoggerFactory logs, TimeProvider time)
    {
    }

    /// <summary>Where it listens, after <see cref="StartAsync"/>.</summary>
    public IPEndPoint HttpEndPoint => throw new NotImplementedException();

    /// <summary>The newest outcome.</summary>
    public NodeReport Report => throw new NotImplementedException();

    /// <summary>Open WebSockets.</summary>
    public ConnectionRegistry Connections => throw new NotImplementedException();

    /// <summary>The counters.</summary>
    public TrafficRegistry Traffic => throw new NotImplementedException();

    /// <summary>Reads the head, compiles it, listens. Throws <see cref="IOException"/> with a sentence when the port is taken.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Completes when <paramref name="revision"/> (or a later one) was applied or refused, or with the newest report after <paramref name="atMost"/>.</summary>
    public Task<NodeReport> WaitForAsync(long revision, TimeSpan atMost, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Stops accepting, ends WebSockets, finishes requests until the token is cancelled, then cuts.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
