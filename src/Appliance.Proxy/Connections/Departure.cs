using System.Security.Cryptography;

namespace Appliance.Proxy.Connections;

/// <summary>Asks many connections to leave, spread over a time, so that their clients do not all come back in the same moment.</summary>
internal static class Departure
{
    private static readonly TimeSpan _step = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Each of n connections gets a share of the window, in random order, and its moment somewhere within its share. Returns when all have
    /// been asked, or <paramref name="stop"/> is cancelled; those that were asked stay asked. Never throws.
    /// </summary>
    public static async Task RunAsync(
        IReadOnlyList<LiveConnection> connections,
        CloseOrder order,
        TimeSpan window,
        TimeProvider time,
        CancellationToken stop
    )
    {
        var queue = connections.ToArray();
        RandomNumberGenerator.Shuffle(queue.AsSpan());
        var started = time.GetTimestamp();
        for (var next = 0; next < queue.Length && !stop.IsCancellationRequested; )
        {
            var share = window <= TimeSpan.Zero ? 1 : time.GetElapsedTime(started) / window;
            while (next < queue.Length && (share >= 1 || share * queue.Length >= next + (RandomNumberGenerator.GetInt32(1000) / 1000.0)))
                queue[next++].RequestEnd(order);
            if (next < queue.Length)
                await Task.Delay(_step, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
