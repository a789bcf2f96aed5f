using System.Buffers;
using System.Net;
using Appliance.Proxy.Variables;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Edge;

/// <summary>
/// Connections that a trusted proxy passes on with the PROXY protocol: the client's address stands in front of its first byte, before TLS.
/// Every connection must begin so, and from nobody else: a listener that took both could be told any address (proxy-protocol.txt, 2).
/// </summary>
internal sealed class ProxyProtocol(ClientAddress clients, OwnCalls own, TimeProvider time, ILogger<ProxyProtocol> log)
{
    /// <summary>How long a header may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan _saidEvery = TimeSpan.FromMinutes(1);
    private readonly Lock _gate = new();
    private long? _saidAt;
    private long _unsaid;

    /// <summary>Puts this in front of everything else of a listener.</summary>
    public void Use(ListenOptions listen) =>
        listen.Use(next =>
            async connection =>
            {
                // Ended without an answer: the other end does not speak what is spoken here.
                if (await AcceptAsync(connection))
                    await next(connection);
            }
        );

    private async Task<bool> AcceptAsync(ConnectionContext connection)
    {
        var peer = connection.RemoteEndPoint as IPEndPoint;
        if (!clients.IsTrusted(ClientAddress.Unmap(peer?.Address)) && !own.Has(peer))
            return Refuse(peer, "is not from one of APPLIANCE_TRUSTED_PROXIES");
        using var stop = new CancellationTokenSource(Patience, time);

        // A stop of the server waits for nobody who has not even said a header.
        using var stopping = connection
            .Features.Get<IConnectionLifetimeNotificationFeature>()
            ?.ConnectionClosedRequested.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), stop);
        try
        {
            while (true)
            {
                var read = await connection.Transport.Input.ReadAsync(stop.Token);
                switch (Look(read.Buffer))
                {
                    case ProxyHeaderReading.Done done:
                        connection.Transport.Input.AdvanceTo(read.Buffer.GetPosition(done.Length));
                        connection.Features.Set(new ProxiedConnection(peer, done.Source, done.Destination));
                        if (done.Source is not null)
                            connection.RemoteEndPoint = done.Source;
                        return true;
                    case ProxyHeaderReading.Refused refused:
                        connection.Transport.Input.AdvanceTo(read.Buffer.Start);
                        return Refuse(peer, refused.Reason);
                    default:
                        connection.Transport.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                        if (!read.IsCompleted)
                            break;
                        // Looking whether somebody listens is what balancers do.
                        return !read.Buffer.IsEmpty && Refuse(peer, "ended in the middle of its PROXY header");
                }
            }
        }
        catch (OperationCanceledException)
        {
            return Refuse(peer, $"had no whole PROXY header after {Patience.TotalSeconds:0} seconds");
        }
        catch (Exception gone) when (gone is IOException or ConnectionAbortedException)
        {
            // The other end went away; there is nobody to serve.
            return false;
        }
    }

    private static ProxyHeaderReading Look(ReadOnlySequence<byte> buffer)
    {
        var some = buffer.Slice(0, Math.Min(buffer.Length, ProxyHeader.MostBytes));
        return some.IsSingleSegment ? ProxyHeader.Read(some.FirstSpan) : ProxyHeader.Read(some.ToArray());
    }

    // One line a minute: a misconfigured balancer comes a hundred times a second.
    private bool Refuse(IPEndPoint? peer, string reason)
    {
        long others;
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (_saidAt is { } before && time.GetElapsedTime(before, now) < _saidEvery)
            {
                _unsaid++;
                return false;
            }

            (_saidAt, others, _unsaid) = (now, _unsaid, 0);
        }

        log.Refused(peer?.ToString() ?? "unknown", reason, others);
        return false;
    }
}

internal static partial class ProxyProtocolLog
{
    [LoggerMessage(
        1800,
        LogLevel.Warning,
        "APPLIANCE_PROXY_PROTOCOL is on: a connection from {Peer} was ended, because it {Reason}. {Others} others since the last such line."
    )]
    public static partial void Refused(this ILogger<ProxyProtocol> log, string peer, string reason, long others);
}
