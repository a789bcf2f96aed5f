using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.TlsPolicies;

/// <summary>A client that says one name in its hello and another in its requests, as no honest one does.</summary>
internal sealed class TlsClient : IAsyncDisposable
{
    private readonly TcpClient _tcp = new() { NoDelay = true };
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(30));
    private SslStream? _tls;
    private int _streams = -1;

    private TlsClient() { }

    private SslStream Tls => _tls ?? throw new InvalidOperationException("It is not connected.");

    /// <summary>Shakes hands. An empty name is none.</summary>
    public static Task<TlsClient> ConnectAsync(
        ProxyUnderTest proxy,
        string name,
        X509Certificate2? certificate = null,
        bool http2 = false,
        SslProtocols versions = SslProtocols.None,
        params X509Certificate2[] chain
    ) => ConnectAsync(proxy.Host.HttpsEndPoint!.Port, name, certificate, http2, versions, chain); // every bed speaks https

    /// <summary>As the other, with whoever listens there.</summary>
    public static async Task<TlsClient> ConnectAsync(
        int port,
        string name,
        X509Certificate2? certificate,
        bool http2,
        SslProtocols versions,
        params X509Certificate2[] chain
    )
    {
        var client = new TlsClient();
        await client._tcp.ConnectAsync(System.Net.IPAddress.Loopback, port, client._limit.Token);
        client._tls = new SslStream(client._tcp.GetStream());
        await client._tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = name,
                EnabledSslProtocols = versions,
                ApplicationProtocols = [http2 ? SslApplicationProtocol.Http2 : SslApplicationProtocol.Http11],
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
                ClientCertificateContext = certificate is null
                    ? null
                    : SslStreamCertificateContext.Create(certificate, [.. chain], offline: true),
                // Each connection proves anew what it proves.
                AllowTlsResume = false,
            },
            client._limit.Token
        );
        if (http2)
            await client._tls.WriteAsync((byte[])[.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0], client._limit.Token);
        return client;
    }

    /// <summary>One request over HTTP/1.1, the head as it stands.</summary>
    public async Task<RawAnswer> SendAsync(string head)
    {
        await Tls.WriteAsync(Encoding.Latin1.GetBytes(head), _limit.Token);
        var text = new StringBuilder();
        var one = new byte[1];
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await Tls.ReadAsync(one, _limit.Token) == 1)
            text.Append((char)one[0]);
        var answer = RawAnswer.Parse(text.ToString(), false);
        if (!int.TryParse(answer.Value("Content-Length"), out var length))
            return answer;
        var body = new byte[length];
        await Tls.ReadExactlyAsync(body, _limit.Token);
        return answer with { Body = Encoding.Latin1.GetString(body) };
    }

    /// <summary>A GET of / for that host.</summary>
    public Task<RawAnswer> GetAsync(string host, string target = "/") => SendAsync($"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");

    /// <summary>True when the other side closes in order.</summary>
    public async Task<bool> IsClosedAsync() => await Tls.ReadAsync(new byte[1], _limit.Token) == 0;

    /// <summary>One request over HTTP/2 with these header fields, and the status of its answer; 0 when there is none.</summary>
    public async Task<int> Http2Async(params (string Name, string Value)[] fields)
    {
        var stream = _streams += 2;
        var head = new List<byte>();
        foreach (var (name, value) in fields)
            head.AddRange([0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)]);
        await Tls.WriteAsync((byte[])[0, 0, (byte)head.Count, 1, 5, 0, 0, 0, (byte)stream, .. head], _limit.Token);
        while (true)
        {
            var frame = new byte[9];
            if (await Tls.ReadAtLeastAsync(frame, frame.Length, throwOnEndOfStream: false, _limit.Token) < frame.Length)
                return 0;
            var payload = new byte[(frame[0] << 16) | (frame[1] << 8) | frame[2]];
            await Tls.ReadExactlyAsync(payload, _limit.Token);
            // A stream that is reset has no status.
            if (frame[3] == 3)
                return 0;
            if (frame[3] == 1 && frame[8] == stream)
                return StatusOf(payload);
        }
    }

    /// <summary>A GET of / over HTTP/2.</summary>
    public Task<int> Http2GetAsync(string authority) =>
        Http2Async((":method", "GET"), (":scheme", "https"), (":path", "/"), (":authority", authority));

    public async ValueTask DisposeAsync()
    {
        if (_tls is not null)
            await _tls.DisposeAsync();
        _tcp.Dispose();
        _limit.Dispose();
    }

    // The status stands first: from the static table (RFC 7541, appendix A), or as three digits.
    private static int StatusOf(byte[] payload)
    {
        var at = (payload[0] & 0xE0) == 0x20 ? 1 : 0;
        return payload[at] switch
        {
            0x88 => 200,
            0x89 => 204,
            0x8A => 206,
            0x8B => 304,
            0x8C => 400,
            0x8D => 404,
            0x8E => 500,
            _ => int.Parse(
                Encoding.ASCII.GetString(payload, payload.AsSpan().IndexOf((byte)3) + 1, 3),
                System.Globalization.CultureInfo.InvariantCulture
            ),
        };
    }
}
