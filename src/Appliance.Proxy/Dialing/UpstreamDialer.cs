using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Appliance.Proxy.Epoll;

namespace Appliance.Proxy.Dialing;

/// <summary>
/// Connects to servers, for requests and for WebSockets alike. Names are looked up when a connection is made (<see cref="ServerNames"/>),
/// so that one that cannot be resolved harms only its own server, and heals without an edit. Everything here throws
/// <see cref="UpstreamConnectException"/> when no connection came about within its time, whatever the cause, and
/// <see cref="OperationCanceledException"/> only when the caller's token was cancelled.
/// </summary>
internal sealed class UpstreamDialer(Destinations destinations, ServerHandshake handshake, ServerNames names, TimeProvider time)
{
    private const string NotAccepted = "The server did not accept the connection in time.";
    private const string NotSecured =
        "The server accepted the connection, and did not finish the TLS handshake in time. Does it speak TLS on this port?";

    private readonly OpenFiles _files = new();

    /// <summary>Opens a plain TCP connection.</summary>
    public ValueTask<Socket> ConnectAsync(string host, int port, TimeSpan atMost, CancellationToken cancellationToken) =>
        ConnectAsync(host, port, atMost, SocketAsync, cancellationToken);

    /// <summary>A plain connection that <paramref name="connect"/> makes to one address.</summary>
    public ValueTask<T> ConnectAsync<T>(
        string host,
        int port,
        TimeSpan atMost,
        Func<IPEndPoint, CancellationToken, ValueTask<T>> connect,
        CancellationToken cancellationToken
    ) => WithinAsync(atMost, (steps, stop) => EachAsync(host, port, atMost, connect, steps, stop), cancellationToken);

    /// <summary>
    /// One under TLS, for the first of <paramref name="protocols"/> that the server speaks. The time is for connection and handshake
    /// together.
    /// </summary>
    public ValueTask<ServerTlsStream> SecureAsync(
        string host,
        int port,
        ServerTrust trust,
        List<SslApplicationProtocol> protocols,
        TimeSpan atMost,
        CancellationToken cancellationToken
    ) => SecureAsync(host, port, trust, protocols, atMost, connect: null, cancellationToken);

    /// <summary>One under TLS over what <paramref name="connect"/> makes to one address; null: a socket of .NET's.</summary>
    public async ValueTask<ServerTlsStream> SecureAsync(
        string host,
        int port,
        ServerTrust trust,
        List<SslApplicationProtocol> protocols,
        TimeSpan atMost,
        Func<IPEndPoint, CancellationToken, ValueTask<Stream>>? connect,
        CancellationToken cancellationToken
    )
    {
        return await WithinAsync(
            atMost,
            async (steps, stop) =>
                await handshake.RunAsync(
                    async stopped =>
                    {
                        var opened = await EachAsync(host, port, atMost, connect ?? StreamAsync, steps, stopped);
                        steps.Now = DialStep.Handshake;
                        return opened;
                    },
                    host,
                    trust,
                    protocols,
                    stop
                ),
            cancellationToken
        );
    }

    private async ValueTask<T> WithinAsync<T>(
        TimeSpan atMost,
        Func<DialSteps, CancellationToken, ValueTask<T>> dial,
        CancellationToken cancellationToken
    )
    {
        var steps = new DialSteps();
        using var stop = new CancellationTokenSource(atMost, time);
        await using var gone = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), stop);
        try
        {
            return await dial(steps, stop.Token);
        }
        catch (OperationCanceledException cancelled) when (!cancellationToken.IsCancellationRequested)
        {
            throw steps.Now switch
            {
                DialStep.LookUp => new UpstreamConnectException(
                    "The server's name cannot be resolved: no name server answered in time.",
                    timedOut: false,
                    cancelled
                ),
                DialStep.Handshake => new UpstreamConnectException(NotSecured, timedOut: true, cancelled),
                _ => new UpstreamConnectException(NotAccepted, timedOut: true, cancelled),
            };
        }
        catch (SocketException away)
        {
            throw away.SocketErrorCode switch
            {
                SocketError.TimedOut => new UpstreamConnectException(NotAccepted, timedOut: true, away),
                SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData => new UpstreamConnectException(
                    "The server's name cannot be resolved.",
                    timedOut: false,
                    away
                ),
                SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable or SocketError.AddressNotAvailable =>
                    new UpstreamConnectException($"This machine has no connection left to give: {away.Message}.", TryEnd.LocalWant, away),
                SocketError.ConnectionRefused => new UpstreamConnectException("The server refused the connection.", timedOut: false, away),
                _ => new UpstreamConnectException($"The server cannot be reached: {away.Message}.", timedOut: false, away),
            };
        }
    }

    private async ValueTask<T> EachAsync<T>(
        string host,
        int port,
        TimeSpan atMost,
        Func<IPEndPoint, CancellationToken, ValueTask<T>> connect,
        DialSteps steps,
        CancellationToken cancellationToken
    )
    {
        steps.Now = DialStep.LookUp;
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await names.FindAsync(host, cancellationToken);
        steps.Now = DialStep.Connect;
        if (destinations.Fault(addresses, port) is { } fault)
            throw new UpstreamConnectException(fault, timedOut: false);

        // The ordinary case needs no share of the time.
        if (addresses is [var only])
            return await connect(EndPoint(only, port), cancellationToken);
        var begun = time.GetTimestamp();
        SocketException? last = null;
        for (var at = 0; at < addresses.Length; at++)
        {
            // Each address gets its share of what is left, so that a silent first one does not use up the others' time.
            var share = atMost == Timeout.InfiniteTimeSpan ? atMost : (atMost - time.GetElapsedTime(begun)) / (addresses.Length - at);
            if (share <= TimeSpan.Zero && share != Timeout.InfiniteTimeSpan)
                break;
            using var patience = new CancellationTokenSource(share, time);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            try
            {
                return await connect(EndPoint(addresses[at], port), stop.Token);
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

    // A socket for IPv6 alone reaches no IPv4 address that is written in IPv6.
    private static IPEndPoint EndPoint(IPAddress address, int port) =>
        new(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, port);

    private async ValueTask<Stream> StreamAsync(IPEndPoint to, CancellationToken cancellationToken) =>
        new NetworkStream(await SocketAsync(to, cancellationToken), ownsSocket: true);

    private async ValueTask<Socket> SocketAsync(IPEndPoint to, CancellationToken cancellationToken)
    {
        // What is left is for the process itself.
        if (_files.AreSpent)
            throw new UpstreamConnectException(
                $"No open file is left for a connection: this process may have {_files.Most} (ulimit -n).",
                TryEnd.LocalWant
            );
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

    // How far a dial has come: what a time that is over is said to be.
    private enum DialStep
    {
        LookUp,
        Connect,
        Handshake,
    }

    private sealed class DialSteps
    {
        public DialStep Now { get; set; }
    }
}
