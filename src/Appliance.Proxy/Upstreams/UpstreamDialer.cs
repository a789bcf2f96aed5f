using System.Net;
using System.Net.Sockets;

namespace Appliance.Proxy.Upstreams;

/// <summary>
/// Opens a TCP connection to a server. Names are looked up at each dial, so that one that cannot be resolved harms only its own server and
/// heals by itself.
/// </summary>
public static class UpstreamDialer
{
    /// <summary>
    /// Connects within <paramref name="timeout"/>, trying every address of the name, none of which may be denied. Throws <see cref="UpstreamConnectException"/>, or
    /// <see cref="OperationCanceledException"/> when <paramref name="cancellationToken"/> was cancelled.
    /// </summary>
    public static async ValueTask<Socket> ConnectAsync(Destinations destinations, string host, int port, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, limit.Token);
            if (destinations.Fault(addresses, port) is { } fault)
                throw new UpstreamConnectException(fault, timedOut: false);
            await socket.ConnectAsync(addresses, port, limit.Token);
            return socket;
        }
        catch (Exception exception)
        {
            socket.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw exception switch
            {
                UpstreamConnectException denied => denied,
                OperationCanceledException => new UpstreamConnectException("The server did not accept the connection in time.", timedOut: true, exception),
                SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } =>
                    new UpstreamConnectException("The server's name cannot be resolved.", timedOut: false, exception),
                SocketException { SocketErrorCode: SocketError.ConnectionRefused } =>
                    new UpstreamConnectException("The server refused the connection.", timedOut: false, exception),
                _ => new UpstreamConnectException($"The server cannot be reached: {exception.Message}.", timedOut: false, exception),
            };
        }
    }
}
