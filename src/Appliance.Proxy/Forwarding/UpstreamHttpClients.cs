using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text.Json;
using Appliance.Proxy.Config;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Upstreams;
using Yarp.ReverseProxy.Forwarder;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// The HttpClient handlers of YARP's clusters, with our own dial and our own TLS: "could not connect" is told apart from "failed later", and a server is judged as it is for a WebSocket.
/// A pool whose settings of connections changed gets a new client, so that no request takes a connection that was made under the old ones.
/// </summary>
internal sealed class UpstreamHttpClients(UpstreamDialer dialer) : ForwarderHttpClientFactory
{
    /// <summary>The connect timeout of the route whose request opens the connection.</summary>
    public static readonly HttpRequestOptionsKey<TimeSpan> ConnectTimeout = new("appliance.connect-timeout");

    /// <summary>The exchange whose request opens the connection.</summary>
    public static readonly HttpRequestOptionsKey<ProxyExchange> Exchange = new("appliance.exchange");

    private const string Tls = "appliance.tls";
    private const string Idle = "appliance.idle";
    private const string Age = "appliance.age";
    private static readonly UpstreamPool Defaults = new() { Name = "" };
    private static readonly TimeSpan StandardTimeout = TimeSpan.FromSeconds(5);

    /// <summary>A cluster's metadata: what its connections are made by. Null for the defaults.</summary>
    public static IReadOnlyDictionary<string, string>? Metadata(UpstreamPool pool)
    {
        var metadata = new Dictionary<string, string>();
        if (pool.Tls != Defaults.Tls)
            metadata[Tls] = JsonSerializer.Serialize(pool.Tls, ConfigSerializer.Compact);
        if (pool.KeepAliveTimeout != Defaults.KeepAliveTimeout)
            metadata[Idle] = pool.KeepAliveTimeout.ToString("c", CultureInfo.InvariantCulture);
        if (pool.KeepAliveTime != Defaults.KeepAliveTime)
            metadata[Age] = pool.KeepAliveTime.ToString("c", CultureInfo.InvariantCulture);
        return metadata.Count == 0 ? null : metadata;
    }

    protected override bool CanReuseOldClient(ForwarderHttpClientContext context) =>
        base.CanReuseOldClient(context)
        && new[] { Tls, Idle, Age }.All(key => context.OldMetadata?.GetValueOrDefault(key) == context.NewMetadata?.GetValueOrDefault(key));

    protected override HttpMessageHandler WrapHandler(ForwarderHttpClientContext context, HttpMessageHandler handler) => new PoolConnections(
        base.WrapHandler(context, handler),
        () =>
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
            // HttpClient's own attempts, and requests one after the other, are for HTTP/1.1 alone; a refusal behind the handshake is for both.
            var tls = filter.PlaintextStream as ServerTlsStream;
            var isHttp2 = filter.NegotiatedHttpVersion.Major > 1;
            if (isHttp2 && tls is not { WasAsked: true })
                return new(filter.PlaintextStream);
            filter.InitialRequestMessage.Options.TryGetValue(Exchange, out var exchange);
            return new(new FirstAnswerStream(isHttp2 ? filter.PlaintextStream : new KeptConnection(new ListeningConnection(filter.PlaintextStream)), () =>
            {
                var refusal = tls?.Refused();
                if (refusal is not null && exchange is not null)
                    exchange.Refusal = refusal;
                return refusal;
            }));
        };
        handler.ConnectTimeout = Timeout.InfiniteTimeSpan;
        handler.PooledConnectionIdleTimeout = Span(context.NewMetadata, Idle, Defaults.KeepAliveTimeout);
        var age = Span(context.NewMetadata, Age, Defaults.KeepAliveTime);
        handler.PooledConnectionLifetime = age > TimeSpan.Zero ? age : Timeout.InfiniteTimeSpan;
        var trust = context.NewMetadata?.GetValueOrDefault(Tls) is { } json && JsonSerializer.Deserialize<UpstreamTls>(json, ConfigSerializer.Compact) is { } set ? ServerTrust.Of(set) : ServerTrust.Standard;

        // HttpClient stops asking a server for HTTP/2 that once had none, and then takes every connection for HTTP/1.1. It does not say so here.
        var http11 = new ConcurrentDictionary<DnsEndPoint, bool>();
        handler.ConnectCallback = async (connect, cancellationToken) =>
        {
            var to = connect.DnsEndPoint;
            var timeout = connect.InitialRequestMessage.Options.TryGetValue(ConnectTimeout, out var asked) ? asked : StandardTimeout;
            if (connect.InitialRequestMessage.RequestUri?.Scheme != Uri.UriSchemeHttps)
                return new NetworkStream(await dialer.ConnectAsync(to.Host, to.Port, timeout, cancellationToken), ownsSocket: true);
            var wantsHttp11 = connect.InitialRequestMessage.Version.Major < 2 || http11.ContainsKey(to);
            List<SslApplicationProtocol> protocols = wantsHttp11 ? [SslApplicationProtocol.Http11] : [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];
            var tls = await dialer.SecureAsync(to.Host, to.Port, trust, protocols, timeout, cancellationToken);
            if (tls.NegotiatedApplicationProtocol != SslApplicationProtocol.Http2)
                http11[to] = true;
            return tls;
        };
    }

    private static TimeSpan Span(IReadOnlyDictionary<string, string>? metadata, string key, TimeSpan standard) =>
        metadata?.GetValueOrDefault(key) is { } text ? TimeSpan.ParseExact(text, "c", CultureInfo.InvariantCulture) : standard;
}
