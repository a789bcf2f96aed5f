using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Upstreams;

namespace Appliance.Proxy.Http1;

/// <summary>Opens connections for HTTP/1.1, on an event loop where there are any. Everything throws as the dialer does.</summary>
internal sealed class Http1Dials(UpstreamDialer dialer, EpollLoops? loops, TimeProvider time)
{
    private const string TooLate = "The server did not accept the connection in time.";

    /// <summary>To an <c>http://</c> server.</summary>
    public async ValueTask<Wire> OpenAsync(ServerState server, TimeSpan atMost, EpollLoop? loop, CancellationToken cancellationToken)
    {
        var (host, port) = (server.Uri.IdnHost, server.Uri.Port);
        if (loops is null)
        {
            var socket = await dialer.ConnectAsync(host, port, atMost, cancellationToken);
            return new StreamWire(new NetworkStream(socket, ownsSocket: true), socket);
        }

        var on = loop ?? loops.Quietest;
        var ours = await dialer.ConnectAsync(
            host,
            port,
            atMost,
            (to, stop) => EpollSocket.ConnectAsync(loops, on, to, stop),
            cancellationToken
        );
        ours.RunInPlace(true);
        return new EpollWire(ours);
    }

    /// <summary>
    /// To an <c>https://</c> server. Null when it chooses HTTP/2; what was opened to find that out is left with
    /// <see cref="ServerState.Protocol"/>.
    /// </summary>
    public async ValueTask<Wire?> OpenSecureAsync(
        ServerState server,
        ServerTrust trust,
        TimeSpan atMost,
        EpollLoop? loop,
        CancellationToken cancellationToken
    )
    {
        // A handshake has much to do, and may wait for a look at files.
        await LoopThread.LeaveAsync();
        var protocol = server.Protocol;
        var begun = time.GetTimestamp();

        // 1. While nobody knows what the server speaks, one asks.
        var asks = false;
        while (!asks && protocol.Of(trust.Settings) is null)
        {
            if (protocol.Ask(trust.Settings) is not { } another)
                asks = true;
            else if (await AskedAsync(another, Left(atMost, begun), cancellationToken) is { } failure)
                throw new UpstreamConnectException(failure.Message, failure.End, failure);
        }

        UpstreamConnectException? ended = null;
        try
        {
            // Somebody may have found out between the two looks.
            return protocol.Of(trust.Settings) == true
                ? null
                : await SecureAsync(server, trust, Left(atMost, begun), loop, cancellationToken);
        }
        catch (UpstreamConnectException away)
        {
            // Who waits for the answer may have more time.
            ended = away.TimedOut ? null : away;
            throw;
        }
        finally
        {
            if (asks)
                protocol.HasAsked(ended);
        }
    }

    // Both are offered each time: what the server chooses may change.
    private async ValueTask<Wire?> SecureAsync(
        ServerState server,
        ServerTrust trust,
        TimeSpan atMost,
        EpollLoop? loop,
        CancellationToken cancellationToken
    )
    {
        var tls = await dialer.SecureAsync(
            server.Uri.IdnHost,
            server.Uri.Port,
            trust,
            [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            atMost,
            loops is null ? null : (to, stop) => OnLoopAsync(loops, loop ?? loops.Quietest, to, stop),
            cancellationToken
        );
        var isHttp2 = tls.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2;
        if (isHttp2)
            server.Protocol.Offer(trust.Settings, tls);
        server.Protocol.Learn(trust.Settings, isHttp2);
        if (isHttp2)
            return null;

        // The handshake was made on the thread pool. From here on what waits goes on where the socket is ready.
        tls.OnLoop?.Socket.RunInPlace(true);
        return new TlsWire(tls);
    }

    private static async ValueTask<Stream> OnLoopAsync(EpollLoops loops, EpollLoop loop, IPEndPoint to, CancellationToken stop) =>
        new EpollStream(await EpollSocket.ConnectAsync(loops, loop, to, stop));

    private async ValueTask<UpstreamConnectException?> AskedAsync(
        Task<UpstreamConnectException?> another,
        TimeSpan atMost,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await another.WaitAsync(atMost, time, cancellationToken);
        }
        catch (TimeoutException late)
        {
            throw new UpstreamConnectException(TooLate, timedOut: true, late);
        }
    }

    private TimeSpan Left(TimeSpan atMost, long begun)
    {
        if (atMost == Timeout.InfiniteTimeSpan)
            return atMost;
        var left = atMost - time.GetElapsedTime(begun);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
