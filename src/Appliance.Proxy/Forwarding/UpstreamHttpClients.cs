using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text.Json;
using Appliance.Proxy.Config;
using Appliance.Proxy.Upstreams;
using Yarp.ReverseProxy.Forwarder;

namespace Appliance.Proxy.Forwarding;

/// <summary>
/// The HttpClient handlers of YARP's clusters, with our own dial and our own TLS: "could not connect" is told apart from "failed later", and a server is judged as it is for a WebSocket.
/// A pool whose TLS settings changed gets a new client, so that no request takes a connection that was made under the old ones.
/// </summary>
internal sealed class UpstreamHttpClients(UpstreamDialer dialer) : ForwarderHttpClientFactory
{
    /// <summary>The connect timeout of the route whose request opens the connection.</summary>
    public static readonly HttpRequestOptionsKey<TimeSpan> ConnectTimeout = new("appliance.connect-timeout");

    /// <summary>The exchange whose request opens the connection.</summary>
    public static readonly HttpRequestOptionsKey<ProxyExchange> Exchange = new("appliance.exchange");

    private const string Tls = "appliance.tls";
    private static readonly TimeSpan StandardTimeout = TimeSpan.FromSeconds(5);

    /// <summary>A cluster's metadata: what its connections are made by. Null for the defaults.</summary>
    public static IReadOnlyDictionary<string, string>? Metadata(UpstreamTls tls) =>
        tls == new UpstreamTls() ? null : new Dictionary<string, string> { [Tls] = JsonSerializer.Serialize(tls, ConfigSerializer.Compact) };

    protected override bool CanReuseOldClient(ForwarderHttpClientContext context) =>
        base.CanReuseOldClient(context) && Of(context.OldMetadata) == Of(context.NewMetadata);

    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);

        // What is forwarded is what came: no trace headers of ours.
        handler.ActivityHeadersPropagator = null;
        handler.PlaintextStreamFilter = static (filter, _) =>
        {
            // HttpClient's own attempts are for HTTP/1.1 alone; a refusal behind the handshake is for both.
            var tls = filter.PlaintextStream as ServerTlsStream;
            var isHttp2 = filter.NegotiatedHttpVersion.Major > 1;
            if (isHttp2 && tls is not { WasAsked: true })
                return new(filter.PlaintextStream);
            filter.InitialRequestMessage.Options.TryGetValue(Exchange, out var exchange);
            return new(new FirstAnswerStream(isHttp2 ? filter.PlaintextStream : new ListeningConnection(filter.PlaintextStream), () =>
            {
                if (tls?.Refusal is { } refusal && exchange is not null)
                    exchange.Refusal = refusal;
                return tls?.Refusal;
            }));
        };
        handler.ConnectTimeout = Timeout.InfiniteTimeSpan;
        var trust = Of(context.NewMetadata) is { } json && JsonSerializer.Deserialize<UpstreamTls>(json, ConfigSerializer.Compact) is { } set ? ServerTrust.Of(set) : ServerTrust.Standard;

        // HttpClient stops asking a server for HTTP/2 that once had none, and then takes every connection for HTTP/1.1. It does not say so here.
        var http11 = new ConcurrentDictionary<DnsEndPoint, bool>();
        handler.ConnectCallback = async (connect, cancellationToken) =>
        {
            var to = connect.DnsEndPoint;
            var timeout = connect.InitialRequestMessage.Options.TryGetValue(ConnectTimeout, out var asked) ? asked : StandardTimeout;
            if (connect.InitialRequestMessage.RequestUri?.Scheme != Uri.UriSchemeHttps)
                return new NetworkStream(await dialer.ConnectAsync(to.Host, to.Port, timeout, cancellationToken), ownsSocket: true);
            List<SslApplicationProtocol> protocols = http11.ContainsKey(to) ? [SslApplicationProtocol.Http11] : [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];
            var tls = await dialer.SecureAsync(to.Host, to.Port, trust, protocols, timeout, cancellationToken);
            if (tls.NegotiatedApplicationProtocol != SslApplicationProtocol.Http2)
                http11[to] = true;
            return tls;
        };
    }

    private static string? Of(IReadOnlyDictionary<string, string>? metadata) => metadata?.GetValueOrDefault(Tls);
}
