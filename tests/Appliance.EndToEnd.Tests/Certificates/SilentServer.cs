using System.Net;
using System.Net.Sockets;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests.Certificates;

/// <summary>An authority that takes connections and says nothing, so that an order is in its middle for as long as a test wants.</summary>
internal sealed class SilentServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<TcpClient> _clients = [];
    private readonly Task _accepting;
    private int _asked;

    public SilentServer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Directory => new($"https://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/dir");

    /// <summary>Waits until somebody has connected so often.</summary>
    public Task AskedAsync(int times = 1) =>
        Eventually.TrueAsync(
            () => Task.FromResult(Volatile.Read(ref _asked) >= times),
            $"somebody asked {times} times",
            TimeSpan.FromSeconds(100)
        );

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        foreach (var client in _clients)
            client.Dispose();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _clients.Add(await _listener.AcceptTcpClientAsync(_stop.Token));
                Interlocked.Increment(ref _asked);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }
}
