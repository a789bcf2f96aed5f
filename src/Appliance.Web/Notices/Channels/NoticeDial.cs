using System.Net;
using System.Net.Sockets;
using Appliance.Proxy.Dialing;

namespace Appliance.Web.Notices.Channels;

/// <summary>
/// Connections of notices. Each address of a name has its share of the time, so that one that swallows everything, as with a broken IPv6
/// route, leaves some for the others.
/// </summary>
internal sealed class NoticeDial(Destinations destinations, TimeProvider time)
{
    /// <summary>How long one address has, unless a name has many.</summary>
    public static readonly TimeSpan Share = TimeSpan.FromSeconds(3);

    // The rest of a web server's time is for the name and the answer.
    private static readonly TimeSpan _all = NoticeSender.Patience - TimeSpan.FromSeconds(1);

    /// <summary>As <see cref="Destinations.ConnectAsync"/>.</summary>
    public async ValueTask<Stream> ConnectAsync(DnsEndPoint to, CancellationToken cancellationToken) =>
        await ConnectAsync(await destinations.AddressesAsync(to, cancellationToken), to.Port, cancellationToken);

    /// <summary>
    /// A connection to the first of these addresses that answers. Throws what the last one threw; <see cref="SocketError.TimedOut"/> when
    /// its share was over.
    /// </summary>
    internal async ValueTask<Stream> ConnectAsync(IReadOnlyList<IPAddress> addresses, int port, CancellationToken cancellationToken)
    {
        var share = Share * addresses.Count <= _all ? Share : _all / addresses.Count;
        for (var index = 0; ; index++)
        {
            var socket = new Socket(addresses[index].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            using var limit = new CancellationTokenSource(share, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            try
            {
                await socket.ConnectAsync(addresses[index], port, either.Token);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (Exception exception)
            {
                socket.Dispose();
                if (cancellationToken.IsCancellationRequested || exception is not (SocketException or OperationCanceledException))
                    throw;
                if (index < addresses.Count - 1)
                    continue;
                if (exception is OperationCanceledException)
                    throw new SocketException((int)SocketError.TimedOut);
                throw;
            }
        }
    }
}
