using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Snapshots;
using Appliance.Proxy.Upstreams;
using Yarp.ReverseProxy.Forwarder;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// The HttpClient handlers of YARP's clusters, with our own dial and our own TLS: "could not connect" is told apart from "failed later",
/// and a server is judged as it is for a WebSocket. A pool whose settings of connections changed gets a new client, so that no request
/// takes a connection that was made under the old ones.
/// </summary>
internal sealed class UpstreamHttpClients(UpstreamDialer dialer) : ForwarderHttpClientFactory
{
    /// <summary>The connect timeout of the route whose request opens the connection.</summary>
    public static readonly HttpRequestOptionsKey<TimeSpan> ConnectTimeout = new("appliance.connect-timeout");

    /// <summary>The exchange whose request opens the connection.</summary>
    public static readonly HttpRequestOptionsKey<ProxyExchange> Exchange = new("appliance.exchange");

    /// <summary>Set when a connection is opened for the try.</summary>
    public static readonly HttpRequestOptionsKey<StrongBox<bool>> HasOpened = new("appliance.has-opened");

    /// <summary>The server that the connection is opened to.</summary>
    public static readonly HttpRequestOptionsKey<ServerState> Server = new("appliance.server");

    private static readonly TimeSpan _standardTimeout = TimeSpan.FromSeconds(5);

    protected override bool CanReuseOldClient(ForwarderHttpClientContext context) =>
        base.CanReuseOldClient(context) && PoolMetadata.AreSame(context.OldMetadata, context.NewMetadata);

    protected override HttpMessageHandler WrapHandler(ForwarderHttpClientContext context, HttpMessageHandler handler) =>
        new PoolConnections(base.WrapHandler(context, handler), () =>
        {
            // As YARP makes the shared one.
            var another = new SocketsHttpHandler
            {
                UseProxy = false,
                AllowAutoRedirect = false,
                AutomaticDecompression = DecompressionMethods.None,
                UseCookies = false,
                EnableMultipleHttp2Connections = true,
            };
            ConfigureHandler(context, another);
            return another;
        });

    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);

        // What is forwarded is what came: no trace headers of ours.
        handler.ActivityHeadersPropagator = null;
        handler.PlaintextStreamFilter = static (filter, _) =>
        {
            // HttpClient's own attempts, and requests one after the other, are for HTTP/1.1 alone; a refusal behind the handshake is for
            // both.
            var tls = filter.PlaintextStream as ServerTlsStream;
            var isHttp2 = filter.NegotiatedHttpVersion.Major > 1;
            if (isHttp2 && tls is not { WasAsked: true })
                return new(filter.PlaintextStream);
            filter.InitialRequestMessage.Options.TryGetValue(Exchange, out var exchange);
            return new(
                new FirstAnswerStream(
                    isHttp2 ? filter.PlaintextStream : new KeptConnection(new ListeningConnection(filter.PlaintextStream)),
                    () =>
                    {
                        var refusal = tls?.Refusal;
                        if (refusal is not null && exchange is not null)
                            exchange.Refusal = refusal;
                        return refusal;
                    }
                )
            );
        };
        handler.ConnectTimeout = Timeout.InfiniteTimeSpan;
        handler.PooledConnectionIdleTimeout = PoolMetadata.KeepAliveTimeoutOf(context.NewMetadata);
        var age = PoolMetadata.KeepAliveTimeOf(context.NewMetadata);
        handler.PooledConnectionLifetime = age > TimeSpan.Zero ? age : Timeout.InfiniteTimeSpan;
        var trust = PoolMetadata.TlsOf(context.NewMetadata) is { } set ? ServerTrust.Of(set) : ServerTrust.Standard;

        // HttpClient stops asking a server for HTTP/2 that once had none, and then takes every connection for HTTP/1.1. It does not say so
        // here.
        var http11 = new ConcurrentDictionary<DnsEndPoint, bool>();
        handler.ConnectCallback = async (connect, cancellationToken) =>
        {
            var to = connect.DnsEndPoint;
            var timeout = connect.InitialRequestMessage.Options.TryGetValue(ConnectTimeout, out var asked) ? asked : _standardTimeout;
            if (connect.InitialRequestMessage.Options.TryGetValue(HasOpened, out var opened))
                opened.Value = true;
            if (connect.InitialRequestMessage.RequestUri?.Scheme != Uri.UriSchemeHttps)
                return new NetworkStream(await dialer.ConnectAsync(to.Host, to.Port, timeout, cancellationToken), ownsSocket: true);
            connect.InitialRequestMessage.Options.TryGetValue(Server, out var server);
            var wantsHttp11 = connect.InitialRequestMessage.Version.Major < 2 || http11.ContainsKey(to);
            if (!wantsHttp11 && server?.Protocol.Take(trust.Settings) is { } made)
                return made;
            List<SslApplicationProtocol> protocols = wantsHttp11
                ? [SslApplicationProtocol.Http11]
                : [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];
            var tls = await dialer.SecureAsync(to.Host, to.Port, trust, protocols, timeout, cancellationToken);
            var isHttp2 = tls.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2;
            if (!isHttp2)
                http11[to] = true;
            if (wantsHttp11 || server is null)
                return tls;

            // It has changed its mind, and may do so again.
            if (!isHttp2 && server.Protocol.Of(trust.Settings) == true)
                PoolConnections.AskAgain(handler);
            server.Protocol.Learn(trust.Settings, isHttp2);
            return tls;
        };
    }
}
