using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Appliance.Testing;

/// <summary>An HTTP/2 client over TLS that sends exact header fields, one request after the other, and shows what came.</summary>
public sealed class RawHttp2 : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly CancellationTokenSource _limit = new(_patience);
    private SslStream? _tls;
    private int _stream = -1;

    private RawHttp2() { }

    /// <summary>Cancelled when a test has waited long enough.</summary>
    public CancellationToken Limit => _limit.Token;

    /// <summary>Connects to a loopback port, asks for that name, and trusts whatever is shown.</summary>
    public static async Task<RawHttp2> ConnectAsync(int port, string name)
    {
        var http = new RawHttp2();
        await http._client.ConnectAsync(IPAddress.Loopback, port, http.Limit);
        http._tls = new(http._client.GetStream());
        await http._tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = name,
                ApplicationProtocols = [SslApplicationProtocol.Http2],
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
            },
            http.Limit
        );
        await http._tls.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray(), http.Limit);
        await http.WriteAsync(Http2Frame.OurSettings);
        await http.WriteAsync(new(Http2Frame.WindowUpdate, 0, 0, [0x3f, 0xff, 0, 0]));
        return http;
    }

    /// <summary>A GET with exactly these pseudo fields and others; the whole answer.</summary>
    public async Task<RawAnswer> GetAsync(string authority, string path, params (string Name, string Value)[] fields)
    {
        await HeadersAsync(
            endStream: true,
            [(":method", "GET"), (":scheme", "https"), (":authority", authority), (":path", path), .. fields]
        );
        return await ReadAnswerAsync();
    }

    /// <summary>Begins the next request.</summary>
    public Task HeadersAsync(bool endStream, params (string Name, string Value)[] fields)
    {
        _stream += 2;
        return WriteAsync(
            new(Http2Frame.Headers, (byte)(Http2Frame.EndHeaders | (endStream ? Http2Frame.EndStream : 0)), _stream, Hpack.Encode(fields))
        );
    }

    /// <summary>A piece of the newest request's body.</summary>
    public Task DataAsync(byte[] piece, bool endStream) =>
        WriteAsync(new(Http2Frame.Data, endStream ? Http2Frame.EndStream : (byte)0, _stream, piece));

    /// <summary>
    /// The next frame of the newest request; settings and pings are answered on the way. Null when the other side has closed.
    /// </summary>
    public async Task<Http2Frame?> ReadFrameAsync()
    {
        while (await Http2Frame.ReadAsync(_tls!, Limit) is { } frame) // set before anything is handed out
        {
            if (frame.Type is Http2Frame.Settings or Http2Frame.Ping && frame.Flags == 0)
                await WriteAsync(new(frame.Type, 1, 0, frame.Type == Http2Frame.Ping ? frame.Payload : []));
            else if (frame.Stream == _stream || frame.Type == Http2Frame.GoAway)
                return frame;
        }

        return null;
    }

    /// <summary>The newest request's final answer; status 0 when it was reset.</summary>
    public async Task<RawAnswer> ReadAnswerAsync()
    {
        var head = new List<KeyValuePair<string, string>>();
        var body = new StringBuilder();
        while (await ReadFrameAsync() is { } frame)
        {
            switch (frame.Type)
            {
                case Http2Frame.Headers
                    when Hpack.Decode(frame.Payload) is var fields && (head.Count == 0 || fields.Exists(field => field.Key == ":status")):
                    head = fields;
                    break;
                case Http2Frame.Data:
                    body.Append(Encoding.Latin1.GetString(frame.Payload));
                    break;
                case Http2Frame.Reset or Http2Frame.GoAway:
                    return new(StatusOf(head), head, body.ToString(), WasReset: true);
            }

            if (frame.EndsStream)
                return new(StatusOf(head), head, body.ToString(), WasReset: false);
        }

        return new(StatusOf(head), head, body.ToString(), WasReset: true);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_tls is not null)
            await _tls.DisposeAsync();
        _client.Dispose();
        _limit.Dispose();
    }

    private static int StatusOf(List<KeyValuePair<string, string>> head) =>
        head.Find(field => field.Key == ":status").Value is { } status ? int.Parse(status) : 0;

    private Task WriteAsync(Http2Frame frame) => _tls!.WriteAsync(frame.ToBytes(), Limit).AsTask(); // set before anything is handed out
}
