using Appliance.Proxy.Connections;
using Appliance.Proxy.Tests.WebSockets.Relays;

namespace Appliance.Proxy.Tests.WebSockets;

/// <summary>An end that sends without end, to fill whatever is between it and an end that does not read.</summary>
internal sealed class Flood : IDisposable
{
    // Looks in a row at which nothing has moved.
    private const int Still = 40;

    private readonly CancellationTokenSource _stop = new();
    private long _sent;

    /// <summary>Sends a run of bytes.</summary>
    public Flood(RawPeer from, ByteRun run)
        : this(from, at => run.At(at, 64 * 1024)) { }

    /// <summary>Sends what <paramref name="next"/> makes of the count of bytes before it.</summary>
    public Flood(RawPeer from, Func<long, ReadOnlyMemory<byte>> next) => Ended = RunAsync(from, next);

    /// <summary>When it has stopped: because it should, or because nobody takes any more.</summary>
    public Task Ended { get; }

    /// <summary>How many bytes are with the kernel or beyond.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Waits until nothing moves any more.</summary>
    public async Task BlockedAsync(TunnelFlow flow)
    {
        var (last, still) = (-1L, 0);
        await Until.TrueAsync(() =>
        {
            var now = Sent + flow.Counts.WireBytes;
            still = now == last && flow.Counts.WireBytes > 0 ? still + 1 : 0;
            last = now;
            return still > Still;
        });
    }

    /// <summary>No piece begins any more; one that is under way is sent to its end.</summary>
    public Task StopAsync()
    {
        _stop.Cancel();
        return Ended;
    }

    public void Dispose() => _stop.Cancel();

    private async Task RunAsync(RawPeer from, Func<long, ReadOnlyMemory<byte>> next)
    {
        await Task.Yield();
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                var piece = next(Sent);
                while (piece.Length > 0)
                {
                    // A little at a time, so that what is counted is near to what the kernel has.
                    var taken = await from.SendSomeAsync(piece[..Math.Min(piece.Length, 16 * 1024)]);
                    Interlocked.Add(ref _sent, taken);
                    piece = piece[taken..];
                }
            }
        }
        catch (Exception cut) when (cut is System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            // The other end is gone; the test knows.
        }
    }
}
