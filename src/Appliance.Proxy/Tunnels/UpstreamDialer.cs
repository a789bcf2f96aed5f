using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Upstreams;

namespace Appliance.Proxy.Tunnels;

/// <summary>
/// Connects to a server. Names are resolved for each dial, so one that does not resolve harms nobody but its own server, and a changed record needs no
/// reload. SocketsHttpHandler would do this too, but hands out neither the socket nor the bytes it has read ahead.
/// </summary>
internal sealed class UpstreamDialer(TimeProvider time, EpollLoops? loops)
{
    /// <summary>Where no server may be.</summary>
    public Destinations Destinations { get; init; } = Destinations.Any;

    /// <summary>For tests with their own certificate; null is the system's judgement.</summary>
    public RemoteCertificateValidationCallback? TrustServer { get; init; }

    /// <summary>
    /// A connection, with TLS for https; on <paramref name="loop"/>, if there is one, for http. Throws <see cref="UpstreamException"/> when none came about
    /// within <paramref name="atMost"/>, whatever the cause, and <see cref="OperationCanceledException"/> only when <paramref name="cancellationToken"/> was cancelled.
    /// </summary>
    public async Task<UpstreamLink> ConnectAsync(Uri server, TimeSpan atMost, EpollLoop? loop, CancellationToken cancellationToken)
    {
        using var stop = new CancellationTokenSource(atMost, time);
        await using var gone = cancellationToken.UnsafeRegister(static one => ((CancellationTokenSource)one!).Cancel(), stop);
        try
        {
            var addresses = IPAddress.TryParse(server.IdnHost, out var literal)
                ? [literal]
                : await Dns.GetHostAddressesAsync(server.IdnHost, stop.Token);
            if (Destinations.Fault(addresses, server.Port) is { } fault) throw new UpstreamException(fault);
            if (server.Scheme == Uri.UriSchemeHttps)
                return await SecureAsync(await EachAsync(addresses, server.Port, atMost, SocketAsync, stop.Token), server.IdnHost, stop.Token);
            if (loop is null || loops is null)
            {
                var socket = await EachAsync(addresses, server.Port, atMost, SocketAsync, stop.Token);
                return new UpstreamLink(socket, new NetworkStream(socket, ownsSocket: true));
            }

            return new UpstreamLink(null, new EpollStream(await EachAsync(
                addresses, server.Port, atMost, (to, limit) => EpollSocket.ConnectAsync(loops, loop, to, limit), stop.Token)));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new UpstreamException("no connection in time", timedOut: true);
        }
        catch (SocketException refused)
        {
            throw new UpstreamException($"cannot connect: {refused.SocketErrorCode}", refused);
        }
        catch (Exception failed) when (failed is AuthenticationException or IOException)
        {
            throw new UpstreamException("TLS handshake failed: " + failed.Message, failed);
        }
    }

    private async ValueTask<T> EachAsync<T>(
        IPAddress[] addresses, int port, TimeSpan atMost, Func<IPEndPoint, CancellationToken, ValueTask<T>> connect, CancellationToken cancellationToken)
    {
        // The ordinary case needs no share of the time.
        if (addresses is [var only]) return await connect(new IPEndPoint(only, port), cancellationToken);
        var begun = time.GetTimestamp();
        SocketException? last = null;
        for (var at = 0; at < addresses.Length; at++)
        {
            // Each address gets its share of what is left, so that a silent first one does not use up the others' time.
            var share = (atMost - time.GetElapsedTime(begun)) / (addresses.Length - at);
            if (share <= TimeSpan.Zero) break;
            using var patience = new CancellationTokenSource(share, time);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            try
            {
                return await connect(new IPEndPoint(addresses[at], port), stop.Token);
            }
            catch (SocketException refused)
            {
                last = refused;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                last = new SocketException((int)SocketError.TimedOut);
            }
        }

        throw last ?? new SocketException((int)SocketError.HostNotFound);
    }

    private static async ValueTask<Socket> SocketAsync(IPEndPoint to, CancellationToken cancellationToken)
    {
        var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(to, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<UpstreamLink> SecureAsync(Socket socket, string name, CancellationToken cancellationToken)
    {
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false);
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = name,
                    ApplicationProtocols = [SslApplicationProtocol.Http11],
                    RemoteCertificateValidationCallback = TrustServer,
                },
                cancellationToken);
            return new UpstreamLink(socket, tls);
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }
}
