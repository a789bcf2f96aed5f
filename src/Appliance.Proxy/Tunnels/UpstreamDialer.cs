using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Appliance.Proxy.Tunnels;

/// <summary>
/// Connects to a server. Names are resolved for each dial, so one that does not resolve harms nobody but its own server, and a changed record needs no
/// reload. SocketsHttpHandler would do this too, but hands out neither the socket nor the bytes it has read ahead.
/// </summary>
internal sealed class UpstreamDialer(TimeProvider time)
{
    /// <summary>For tests with their own certificate; null is the system's judgement.</summary>
    public RemoteCertificateValidationCallback? TrustServer { get; init; }

    /// <summary>
    /// A connection, with TLS for https. Throws <see cref="UpstreamException"/> when none came about within <paramref name="atMost"/>, whatever the cause, and
    /// <see cref="OperationCanceledException"/> only when <paramref name="cancellationToken"/> was cancelled.
    /// </summary>
    public async Task<UpstreamLink> ConnectAsync(Uri server, TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(atMost, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            var addresses = IPAddress.TryParse(server.IdnHost, out var literal)
                ? [literal]
                : await Dns.GetHostAddressesAsync(server.IdnHost, stop.Token);
            var socket = await ConnectAsync(addresses, server.Port, atMost, stop.Token);
            return server.Scheme == Uri.UriSchemeHttps
                ? await SecureAsync(socket, server.IdnHost, stop.Token)
                : new UpstreamLink(socket, new NetworkStream(socket, ownsSocket: true));
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

    private async Task<Socket> ConnectAsync(IPAddress[] addresses, int port, TimeSpan atMost, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        SocketException? last = null;
        for (var at = 0; at < addresses.Length; at++)
        {
            // Each address gets its share of what is left, so that a silent first one does not use up the others' time.
            var share = (atMost - time.GetElapsedTime(begun)) / (addresses.Length - at);
            if (share <= TimeSpan.Zero) break;
            using var patience = new CancellationTokenSource(share, time);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            var socket = new Socket(addresses[at].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(addresses[at], port), stop.Token);
                return socket;
            }
            catch (SocketException refused)
            {
                socket.Dispose();
                last = refused;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                socket.Dispose();
                last = new SocketException((int)SocketError.TimedOut);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw last ?? new SocketException((int)SocketError.HostNotFound);
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
