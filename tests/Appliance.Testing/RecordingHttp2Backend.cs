using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Appliance.Testing;

/// <summary>
/// A server of HTTP/2 without TLS that keeps the exact fields of what it was sent and answers with exact frames. One request at a time for
/// each connection.
/// </summary>
public sealed class RecordingHttp2Backend : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private readonly Lock _gate = new();
    private readonly List<RecordedRequest> _requests = [];

    /// <summary>Starts on a free loopback port.</summary>
    public RecordingHttp2Backend()
    {
        _listener.Start(512);
        _accepting = AcceptAsync();
    }

    /// <summary><c>h2c://127.0.0.1:port</c>.</summary>
    public string Address => $"h2c://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>The frames to answer a request with.</summary>
    public Func<RecordedRequest, int, IEnumerable<Http2Frame>> Answer { get; set; } = (_, stream) => Ok(stream, "ok");

    /// <summary>True: a request is answered when its head has come, whatever may follow.</summary>
    public bool AnswersHeads { get; set; }

    /// <summary>What to do behind the answer, as the connection's last.</summary>
    public Func<int, NetworkStream, CancellationToken, Task>? Behind { get; set; }

    /// <summary>Told of each piece of a body when it has come.</summary>
    public Action<int>? OnData { get; set; }

    /// <summary>Everything that came, in order. Pseudo fields are in the request line and in Host.</summary>
    public IReadOnlyList<RecordedRequest> Requests
    {
        get
        {
            lock (_gate)
                return [.. _requests];
        }
    }

    /// <summary>A 200 with that body.</summary>
    public static Http2Frame[] Ok(int stream, string body) =>
        [Head(stream, false, (":status", "200")), new(Http2Frame.Data, Http2Frame.EndStream, stream, Encoding.Latin1.GetBytes(body))];

    /// <summary>Fields as one frame.</summary>
    public static Http2Frame Head(int stream, bool endStream, params (string Name, string Value)[] fields) =>
        new(Http2Frame.Headers, (byte)(Http2Frame.EndHeaders | (endStream ? Http2Frame.EndStream : 0)), stream, Hpack.Encode(fields));

    /// <inheritdoc/>
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
            _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            client.NoDelay = true;
            var stream = client.GetStream();
            await stream.ReadExactlyAsync(new byte[24], _stop.Token);
            await stream.WriteAsync(Http2Frame.OurSettings.ToBytes(), _stop.Token);
            RecordedRequest? request = null;
            while (await Http2Frame.ReadAsync(stream, _stop.Token) is { } frame)
            {
                if (frame.Type is Http2Frame.Settings or Http2Frame.Ping && frame.Flags == 0)
                    await stream.WriteAsync(
                        new Http2Frame(frame.Type, 1, 0, frame.Type == Http2Frame.Ping ? frame.Payload : []).ToBytes(),
                        _stop.Token
                    );
                if (frame.Type == Http2Frame.Headers && request is null)
                    request = RequestOf(Hpack.Decode(frame.Payload));
                if (frame.Type == Http2Frame.Data && request is not null)
                    request = request with { Body = request.Body + Encoding.Latin1.GetString(frame.Payload) };
                if (frame.Type == Http2Frame.Data && frame.Payload.Length > 0)
                    OnData?.Invoke(frame.Payload.Length);
                if (request is null || !(frame.EndsStream || (AnswersHeads && frame.Type == Http2Frame.Headers)))
                    continue;
                lock (_gate)
                    _requests.Add(request);
                foreach (var piece in Answer(request, frame.Stream))
                    await stream.WriteAsync(piece.ToBytes(), _stop.Token);
                request = null;
                if (Behind is null)
                    continue;
                await Behind(frame.Stream, stream, _stop.Token);
                return;
            }
        }
        catch (Exception exception)
            when (exception is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The other side is gone, or the test is over.
        }
    }

    private static RecordedRequest RequestOf(List<KeyValuePair<string, string>> fields)
    {
        string Of(string name) => fields.Find(field => field.Key == name).Value ?? "";
        return new(
            $"{Of(":method")} {Of(":path")} HTTP/2.0",
            [new("Host", Of(":authority")), .. fields.Where(field => !field.Key.StartsWith(':'))],
            ""
        );
    }
}
