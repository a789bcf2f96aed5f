using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Appliance.Proxy.Epoll;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Tls;

/// <summary>
/// Connection middleware for TLS over an event loop's socket, in the place of the server's own, so that a WebSocket can leave the HTTP
/// stack with its TLS. It offers what the server's offers.
/// </summary>
internal sealed class TlsOnLoop(
    ConnectionDelegate next,
    Func<ConnectionContext, SslStream, string, SslServerAuthenticationOptions> settle,
    TimeProvider time,
    ILogger<TlsOnLoop> log
)
{
    private static readonly TimeSpan _handshakeTime = TimeSpan.FromSeconds(10);

    // For the last bytes of TLS, behind an answer that the client may read slowly.
    private static readonly TimeSpan _goodbyeTime = TimeSpan.FromSeconds(30);
    private static readonly List<SslApplicationProtocol> _protocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];

    /// <summary>One connection, from its first byte.</summary>
    public async Task RunAsync(ConnectionContext connection)
    {
        var plain = connection.Transport;
        var records = new TlsRecords(time);
        var cipher = new CipherStream(plain, records);
        var tls = new CountedTls(cipher, records);
        EpollTls? taken = null;
        try
        {
            if (!await HandshakeAsync(connection, tls))
                return;
            var session = new Session(tls);
            connection.Features.Set<ITlsConnectionFeature>(session);
            connection.Features.Set<ITlsHandshakeFeature>(session);
            connection.Features.Set<ITlsApplicationProtocolFeature>(session);
            records.Begin(hidesKinds: tls.SslProtocol == SslProtocols.Tls13);
            taken = new EpollTls(tls, cipher);
            if (connection.Features.Get<EpollConnection>() is { } ours)
                ours.Tls = taken;
            connection.Transport = taken;
            connection.Features.RunOnLoop(isShared: tls.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2);
            await next(connection);
        }
        finally
        {
            connection.Transport = plain;
            var ending = EndAsync(taken, tls);
            if (!ending.IsCompleted)
                await InTimeAsync(ending, connection);

            // What the end threw is thrown here.
            await ending;
        }
    }

    // A client that reads nothing would keep the connection without end. Let go of, and not cut: what the socket has taken is the client's,
    // and still delivered.
    private async Task InTimeAsync(Task ending, ConnectionContext connection)
    {
        using var patience = new CancellationTokenSource(_goodbyeTime, time);
        await ending.WaitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (ending.IsCompleted)
            return;
        log.GoodbyeTooLong(connection.ConnectionId);
        connection.Transport.Output.CancelPendingFlush();
    }

    private async Task<bool> HandshakeAsync(ConnectionContext connection, SslStream tls)
    {
        using var patience = new CancellationTokenSource(_handshakeTime, time);
        var holder = new Holder { Connection = connection };
        try
        {
            await tls.AuthenticateAsServerAsync(
                (stream, hello, state, _) =>
                {
                    var options = settle(((Holder)state!).Connection!, stream, hello.ServerName); // set until the handshake is over
                    options.ApplicationProtocols = _protocols;
                    return ValueTask.FromResult(options);
                },
                holder,
                patience.Token
            );
            return true;
        }
        catch (OperationCanceledException)
        {
            log.HandshakeTooLong(connection.ConnectionId);
        }
        catch (Exception exception)
        {
            // Scanners and clients that do not trust the certificate end here, all day long. Any exception: of bytes that are no hello .NET
            // throws whatever its parser stumbles over.
            log.HandshakeFailed(exception, connection.ConnectionId);
        }
        finally
        {
            holder.Connection = null;
        }

        return false;
    }

    private static async Task EndAsync(EpollTls? taken, SslStream tls)
    {
        try
        {
            if (taken is null)
                return;
            await taken.Input.CompleteAsync();
            await taken.Output.CompleteAsync();

            // RFC 8446, 6.1: so that the client knows that nothing was cut off. A tunnel that took it away says so itself.
            if (!taken.IsTaken)
                await tls.ShutdownAsync();
        }
        catch (Exception exception)
            when (exception is IOException or InvalidOperationException or OperationCanceledException or CryptographicException)
        {
            // It is gone already.
        }
        finally
        {
            if (taken is not { IsTaken: true })
                await tls.DisposeAsync();
        }
    }

    // .NET keeps what it was given as long as the TLS lives, and a tunnel's outlives the server's connection.
    private sealed class Holder
    {
        public ConnectionContext? Connection { get; set; }
    }

    private sealed class Session(SslStream tls) : ITlsConnectionFeature, ITlsHandshakeFeature, ITlsApplicationProtocolFeature
    {
        public X509Certificate2? ClientCertificate { get; set; } = tls.RemoteCertificate as X509Certificate2;

        public ReadOnlyMemory<byte> ApplicationProtocol { get; } = tls.NegotiatedApplicationProtocol.Protocol;

        public SslProtocols Protocol { get; } = tls.SslProtocol;

        public TlsCipherSuite? NegotiatedCipherSuite { get; } = tls.NegotiatedCipherSuite;

        public string HostName { get; } = tls.TargetHostName;

        // Obsolete, but still part of the feature.
#pragma warning disable SYSLIB0058
        public CipherAlgorithmType CipherAlgorithm => tls.CipherAlgorithm;

        public int CipherStrength => tls.CipherStrength;

        public HashAlgorithmType HashAlgorithm => tls.HashAlgorithm;

        public int HashStrength => tls.HashStrength;

        public ExchangeAlgorithmType KeyExchangeAlgorithm => tls.KeyExchangeAlgorithm;

        public int KeyExchangeStrength => tls.KeyExchangeStrength;
#pragma warning restore SYSLIB0058

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult(ClientCertificate);
    }
}

/// <summary>What handshakes log; event ids 1300 to 1399.</summary>
internal static partial class TlsOnLoopLog
{
    [LoggerMessage(1300, LogLevel.Debug, "The TLS handshake of connection {Id} failed")]
    public static partial void HandshakeFailed(this ILogger log, Exception exception, string id);

    [LoggerMessage(1301, LogLevel.Debug, "The TLS handshake of connection {Id} took longer than ten seconds")]
    public static partial void HandshakeTooLong(this ILogger log, string id);

    [LoggerMessage(1302, LogLevel.Debug, "Connection {Id} did not take the end of its TLS within thirty seconds; it is closed without")]
    public static partial void GoodbyeTooLong(this ILogger log, string id);
}
