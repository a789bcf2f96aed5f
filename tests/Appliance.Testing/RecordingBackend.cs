using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Appliance.Testing;

/// <summary>
/// A server that keeps the exact bytes of what it was sent and answers with the exact bytes it was told to. It understands just enough
/// HTTP/1.1 to know where a request ends.
/// </summary>
public sealed class RecordingBackend : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private readonly Lock _gate = new();
    private readonly List<RecordedRequest> _requests = [];

    private readonly X509Certificate2? _certificate;

    /// <summary>Starts on a free loopback port; with a certificate under TLS.</summary>
    public RecordingBackend(string name = "backend", X509Certificate2? certificate = null)
    {
        Name = name;
        _certificate = certificate;
        Answer = _ => Ok(Name);
        _listener.Start(512);
        _accepting = AcceptAsync();
    }

    /// <summary>What the default answer has in its body and in <c>X-Backend</c>.</summary>
    public string Name { get; }

    /// <summary>Its port.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary><c>http://127.0.0.1:port</c>, or with https.</summary>
    public string Address => $"http{(_certificate is null ? "" : "s")}://127.0.0.1:{Port}";

    /// <summary>The answer to a request as Latin-1 text, head and body. Null: close without an answer.</summary>
    public Func<RecordedRequest, string?> Answer { get; set; }

    /// <summary>What to do with the connection behind the answer (a tunnel, a cut); null goes on with the next request.</summary>
    public Func<RecordedRequest, Stream, CancellationToken, Task>? Behind { get; set; }

    /// <summary>True: a request is answered when its head has come, whatever may follow.</summary>
    public bool AnswersHeads { get; set; }

    /// <summary>Everything that came, in order.</summary>
    public IReadOnlyList<RecordedRequest> Requests
    {
        get
        {
            lock (_gate)
                return [.. _requests];
        }
    }

    /// <summary>A 200 with that body.</summary>
    public static string Ok(string body, string headers = "") =>
        $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\nX-Backend: {body}\r\n{headers}\r\n{body}";

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
        {
            var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            client.NoDelay = true;
            await using var stream = await OpenAsync(client);
            while (await RecordedRequest.ReadAsync(stream, !AnswersHeads, _stop.Token) is { } request)
            {
                lock (_gate)
                    _requests.Add(request);
                if (Answer(request) is not { } answer)
                    return;
                await stream.WriteAsync(Encoding.Latin1.GetBytes(answer), _stop.Token);
                if (Behind is null)
                    continue;
                await Behind(request, stream, _stop.Token);
                return;
            }
        }
        catch (Exception exception)
            when (exception is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The other side is gone, or the test is over.
        }
    }

    private async Task<Stream> OpenAsync(TcpClient client)
    {
        if (_certificate is null)
            return client.GetStream();
        var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _stop.Token);
        return tls;
    }
}
