using System.Net;
using System.Net.Sockets;
using System.Text;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Http1;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.WebSockets.Handshake;

/// <summary>
/// The handshake with a server that speaks HTTP/2 without TLS (RFC 8441): an extended CONNECT, whose answer is given back as if it had been
/// a 101. Here SocketsHttpHandler does what it is good at; order and repeats of headers are its own.
/// </summary>
internal sealed class ExtendedConnect(TimeProvider time, UpstreamDialer dialer) : IDisposable
{
    private readonly HttpMessageInvoker _http = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            ConnectCallback = async (connect, cancellationToken) =>
                new NetworkStream(
                    await dialer.ConnectAsync(
                        connect.DnsEndPoint.Host,
                        connect.DnsEndPoint.Port,
                        Timeout.InfiniteTimeSpan,
                        cancellationToken
                    ),
                    ownsSocket: true
                ),
            // A connection carries about a hundred streams; sockets that live for hours need more than one.
            EnableMultipleHttp2Connections = true,
            // New WebSockets follow a name whose address has changed; those that are open stay.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        }
    );

    /// <summary>Asks; throws <see cref="UpstreamException"/>. The wait is for connection and answer together.</summary>
    public async Task<(UpstreamLink Link, UpstreamHead Head)> ExchangeAsync(
        Uri server,
        string target,
        HeaderLines lines,
        TimeSpan atMost,
        UpstreamTry? tally,
        CancellationToken cancellationToken
    )
    {
        using var patience = new CancellationTokenSource(atMost, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            var request = Request(server, target, lines);
            tally?.Sent(HeadSize.Of(request));
            var response = await _http.SendAsync(request, stop.Token);
            tally?.Received(HeadSize.Of(response));
            var stream = await response.Content.ReadAsStreamAsync(stop.Token);
            return (new UpstreamLink(null, stream), Head(response, lines));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new UpstreamException("no answer to the HTTP/2 handshake in time", timedOut: true);
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException or SocketException)
        {
            if (failed.InnerException is UpstreamConnectException away)
                throw new UpstreamException(away);
            var reason = failed is HttpRequestException request ? request.HttpRequestError.ToString() : "broken";
            throw new UpstreamException($"HTTP/2 handshake failed: {reason}", failed)
            {
                End = Causes.IsOfTheServer(failed) ? TryEnd.NoAnswer : TryEnd.Unsendable,
            };
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage Request(Uri server, string target, HeaderLines lines)
    {
        // The target goes as it came; Uri would tidy it.
        var raw = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        var request = new HttpRequestMessage(
            HttpMethod.Connect,
            new Uri(server.GetLeftPart(UriPartial.Authority) + HandshakeTarget.Of(target, ascii: true), raw)
        )
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.Protocol = "websocket";
        foreach (var line in lines.All)
        {
            if (line.Is("Host"))
                request.Headers.Host = HeaderText.OneLine(line.Value);
            else if (line.Is("Connection") || line.Is("Upgrade") || line.Is("Sec-WebSocket-Key"))
                continue;
            else
                request.Headers.TryAddWithoutValidation(line.Name, HeaderText.OneLine(line.Value));
        }

        return request;
    }

    private static UpstreamHead Head(HttpResponseMessage response, HeaderLines sent)
    {
        var lines = new HeaderLines();
        foreach (var (name, values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
        {
            foreach (var value in values)
                lines.Append(name, value);
        }

        if (!response.IsSuccessStatusCode)
            return new UpstreamHead((int)response.StatusCode, "", true, lines, default);

        // HTTP/2 has neither key nor accept; the client still waits for its own.
        lines.Set("Upgrade", "websocket");
        lines.Set("Connection", "Upgrade");
        lines.Set("Sec-WebSocket-Accept", WebSocketHandshake.Accept(sent.First("Sec-WebSocket-Key") ?? ""));
        return new UpstreamHead(101, "", true, lines, default);
    }
}
