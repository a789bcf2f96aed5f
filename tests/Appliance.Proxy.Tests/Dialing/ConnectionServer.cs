using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Appliance.Proxy.Tests.Dialing;

/// <summary>
/// A server that is scripted connection by connection: it knows which one a request came over, and can end it in any way.
/// </summary>
internal sealed class ConnectionServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new(TimeSpan.FromMinutes(2));
    private readonly Func<ServerConnection, Task> _serve;
    private readonly X509Certificate2? _certificate;
    private readonly Task _accepting;
    private readonly ConcurrentBag<Task> _serving = [];
    private int _count;

    public ConnectionServer(
        Func<ServerConnection, Task> serve,
        X509Certificate2? certificate = null,
        IPAddress? address = null,
        int port = 0
    )
    {
        (_serve, _certificate, _listener) = (serve, certificate, new(address ?? IPAddress.Loopback, port));
        _listener.Start(512);
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Address => _certificate is null ? $"http://127.0.0.1:{Port}" : $"https://localhost:{Port}";

    /// <summary>What it agrees to under TLS (ALPN); null: it does not know the extension.</summary>
    public List<SslApplicationProtocol>? Protocols { get; set; } = [SslApplicationProtocol.Http11];

    /// <summary>Connections so far.</summary>
    public int Connections => Volatile.Read(ref _count);

    /// <summary>Connections that are over.</summary>
    public int Ended => _serving.Count(task => task.IsCompleted);

    /// <summary>A 200 with that body.</summary>
    public static string Ok(string body, string headers = "") => $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n{headers}\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var one in _serving)
            await one.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
            _serving.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token), Interlocked.Increment(ref _count)));
    }

    private async Task ServeAsync(TcpClient client, int number)
    {
        using var _ = client;
        client.NoDelay = true;
        try
        {
            Stream stream = client.GetStream();
            if (_certificate is not null)
            {
                var tls = new SslStream(stream);
                await tls.AuthenticateAsServerAsync(
                    new SslServerAuthenticationOptions { ServerCertificate = _certificate, ApplicationProtocols = Protocols },
                    _stop.Token
                );
                stream = tls;
            }

            await _serve(new(number, client, stream, _stop.Token));
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The other side is gone, or the test is over.
        }
    }
}

/// <summary>One connection of it.</summary>
internal sealed class ServerConnection(int number, TcpClient client, Stream stream, CancellationToken stop)
{
    /// <summary>1 for the first.</summary>
    public int Number => number;

    public Stream Stream => stream;

    public CancellationToken Stop => stop;

    /// <summary>A head with its empty line; null when the other side closes before one.</summary>
    public async Task<string?> ReadHeadAsync()
    {
        var text = new StringBuilder();
        var one = new byte[1];
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, stop) == 0)
                return null;
            text.Append((char)one[0]);
        }

        return text.ToString();
    }

    public async Task<string> ReadBodyAsync(int length)
    {
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, stop);
        return Encoding.Latin1.GetString(body);
    }

    public async Task WriteAsync(string text)
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text), stop);
        await stream.FlushAsync(stop);
    }

    /// <summary>Reads until the other side is gone.</summary>
    public Task DrainAsync() => stream.CopyToAsync(Stream.Null, stop);

    /// <summary>Says that no more comes in TLS's own way.</summary>
    public Task SayGoodbyeAsync() => ((SslStream)stream).ShutdownAsync();

    /// <summary>
    /// Says that no more comes; it still reads. Under TLS: as somebody on the way would, who cannot say it in TLS's own way.
    /// </summary>
    public void ShutdownSend() => client.Client.Shutdown(SocketShutdown.Send);

    /// <summary>Ends it with RST.</summary>
    public void Reset()
    {
        client.LingerState = new(true, 0);
        client.Client.Close();
    }
}
