using System.Net.Sockets;
using Appliance.Proxy.Upstreams;
using Yarp.ReverseProxy.Forwarder;

namespace Appliance.Proxy.Forwarding;

/// <summary>The HttpClient handlers of YARP's clusters, with our own dial so that "could not connect" is told apart from "failed later".</summary>
internal sealed class UpstreamHttpClients(Destinations destinations) : ForwarderHttpClientFactory
{
    /// <summary>The connect timeout of the route whose request opens the connection.</summary>
    public static readonly HttpRequestOptionsKey<TimeSpan> ConnectTimeout = new("appliance.connect-timeout");

    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);

        // What is forwarded is what came: no trace headers of ours.
        handler.ActivityHeadersPropagator = null;
        handler.PlaintextStreamFilter = static (filter, _) => new(
            filter.NegotiatedHttpVersion.Major == 1 ? new FirstAnswerStream(filter.PlaintextStream) : filter.PlaintextStream);
        handler.ConnectTimeout = Timeout.InfiniteTimeSpan;
        handler.ConnectCallback = async (connect, cancellationToken) =>
        {
            var timeout = connect.InitialRequestMessage.Options.TryGetValue(ConnectTimeout, out var set) ? set : TimeSpan.FromSeconds(5);
            var socket = await UpstreamDialer.ConnectAsync(destinations, connect.DnsEndPoint.Host, connect.DnsEndPoint.Port, timeout, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        };
    }
}
