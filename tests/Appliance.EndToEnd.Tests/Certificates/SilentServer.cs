using System.Net;
using System.Net.Sockets;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests.Certificates;

/// <summary>An authority that takes connections and says nothing, so that an order is in its middle for as long as a test wants.</summary>
internal sealed class SilentServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly List<TcpClient> clients = [];
    private readonly Task accepting;
    private int asked;

    public SilentServer()
    {
        listener.Start();
        accepting = AcceptAsync();
    }

    public Uri Directory => new($"https://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/dir");

    /// <summary>Waits until somebody has connected so often.</summary>
    public Task AskedAsync(int times = 1) => Eventually.TrueAsync(() => Task.FromResult(Volatile.Read(ref asked) >= times), $"somebody asked {times} times", TimeSpan.FromSeconds(100));

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await accepting;
        foreach (var client in clients)
            client.Dispose();
        listener.Dispose();
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                clients.Add(await listener.AcceptTcpClientAsync(stop.Token));
                Interlocked.Increment(ref asked);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }
}
