using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Appliance.Testing;

/// <summary>
/// A server that keeps the exact bytes of what it was sent and answers with the exact bytes it was told to. It understands just enough HTTP/1.1
/// to know where a request ends.
/// </summary>
public sealed class RecordingBackend : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Task accepting;
    private readonly Lock gate = new();
    private readonly List<RecordedRequest> requests = [];

    /// <summary>Starts on a free loopback port.</summary>
    public RecordingBackend(string name = "backend")
    {
        Name = name;
        Answer = _ => Ok(Name);
        listener.Start(512);
        accepting = AcceptAsync();
    }

    /// <summary>What the default answer has in its body and in <c>X-Backend</c>.</summary>
    public string Name { get; }

    /// <summary>Its port.</summary>
    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary><c>http://127.0.0.1:port</c>.</summary>
    public string Address => $"http://127.0.0.1:{Port}";

    /// <summary>The answer to a request as Latin-1 text, head and body. Null: close without an answer.</summary>
    public Func<RecordedRequest, string?> Answer { get; set; }

    /// <summary>What to do with the connection behind the answer (a tunnel, a cut); null goes on with the next request.</summary>
    public Func<RecordedRequest, NetworkStream, CancellationToken, Task>? Behind { get; set; }

    /// <summary>Everything that came, in order.</summary>
    public IReadOnlyList<RecordedRequest> Requests
    {
        get
        {
            lock (gate)
                return [.. requests];
        }
    }

    /// <summary>A 200 with that body.</summary>
    public static string Ok(string body, string headers = "") =>
        $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\nX-Backend: {body}\r\n{headers}\r\n{body}";

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            var client = await listener.AcceptTcpClientAsync(stop.Token);
            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            client.NoDelay = true;
            var stream = client.GetStream();
            while (await RecordedRequest.ReadAsync(stream, stop.Token) is { } request)
            {
                lock (gate)
                    requests.Add(request);
                if (Answer(request) is not { } answer)
                    return;
                await stream.WriteAsync(Encoding.Latin1.GetBytes(answer), stop.Token);
                if (Behind is null)
                    continue;
                await Behind(request, stream, stop.Token);
                return;
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The other side is gone, or the test is over.
        }
    }
}
