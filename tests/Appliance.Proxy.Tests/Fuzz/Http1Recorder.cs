using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Appliance.Proxy.WebSockets.Handshake;

namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>
/// A server that speaks HTTP/1.1, over TLS with a certificate, and records what it is sent; WebSockets are accepted and closed when the
/// client closes.
/// </summary>
internal sealed class Http1Recorder : IAsyncDisposable
{
    private const int CloseFrameBytes = 6;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Records _records;
    private readonly X509Certificate2? _certificate;
    private readonly Task _accepting;

    public Http1Recorder(Records records, X509Certificate2? certificate = null)
    {
        (_records, _certificate) = (records, certificate);
        _listener.Start(512);
        _accepting = AcceptAsync();
    }

    public string Address => $"{(_certificate is null ? "http" : "https")}://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
            _ = ServeAsync(await _listener.AcceptSocketAsync(_stop.Token));
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            socket.NoDelay = true;
            await using Stream tcp = new NetworkStream(socket, ownsSocket: true);
            if (_certificate is null)
            {
                await ServeAsync(tcp);
                return;
            }

            await using var tls = new SslStream(tcp);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _stop.Token);
            await ServeAsync(tls);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The proxy closed, or the test is over.
        }
    }

    private async Task ServeAsync(Stream stream)
    {
        var reader = new WireReader(stream);
        while (await reader.HeadAsync(_stop.Token) is { } head)
        {
            var request = await ReadAsync(reader, head);
            _records.Add(request);
            if (!request.IsComplete || request.Fault is not null)
                return;
            var mark = request.Values("x-mark").FirstOrDefault() ?? "no mark";
            if (_records.Answers.TryGetValue(mark, out var answer))
            {
                await stream.WriteAsync(Octets.Of(answer.Replace("{accept}", AcceptOf(request), StringComparison.Ordinal)), _stop.Token);
                if (answer.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal))
                    await CloseAsync(reader, stream);
                return;
            }

            if (request.Values("upgrade") is ["websocket"])
            {
                const string first = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
                var answered = $"{first}Sec-WebSocket-Accept: {AcceptOf(request)}\r\nX-Mark: {mark}\r\n\r\n";
                await stream.WriteAsync(Octets.Of(answered), _stop.Token);
                await CloseAsync(reader, stream);
                return;
            }

            var body = request.Method == "HEAD" ? "" : mark;
            var lines = $"Content-Length: {mark.Length}\r\nX-Mark: {mark}\r\n";
            await stream.WriteAsync(Octets.Of($"HTTP/1.1 200 OK\r\n{lines}\r\n{body}"), _stop.Token);
        }

        if (reader.Rest.Length > 0)
            _records.Add(new("", "", [], "", false, "half a head", reader.Rest));
    }

    // The client's close frame without a payload, then ours.
    private async Task CloseAsync(WireReader reader, Stream stream)
    {
        if (await reader.ExactlyAsync(CloseFrameBytes, _stop.Token) is null)
            return;
        await stream.WriteAsync((byte[])[0x88, 0], _stop.Token);
    }

    private async Task<Recorded> ReadAsync(WireReader reader, string head)
    {
        string? fault = null;
        void Hear(string what) => fault ??= what;
        var first = head[..head.IndexOf("\r\n", StringComparison.Ordinal)];
        if (first.Split(' ') is not [{ Length: > 0 } method, { Length: > 0 } target, "HTTP/1.1"] || first.Any(Octets.IsControl))
        {
            Hear($"the request line {Octets.Literal(first)}");
            (method, target) = ("", first);
        }

        var lines = WireReader.Lines(head, Hear);
        var request = new Recorded(method, target, lines, "", true, null, head);
        string? body = "";
        if (request.Values("transfer-encoding") is ["chunked"])
            body = await reader.ChunksAsync(Hear, _stop.Token);
        else if (request.Values("content-length") is [var length])
            body = await reader.ExactlyAsync(int.Parse(length, null), _stop.Token);
        return request with { Body = body ?? "", IsComplete = body is not null, Fault = fault };
    }

    private static string AcceptOf(Recorded request) =>
        WebSocketHandshake.Accept(request.Values("sec-websocket-key").FirstOrDefault() ?? "");
}
