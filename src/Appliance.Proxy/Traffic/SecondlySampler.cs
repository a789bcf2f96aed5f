using Microsoft.Extensions.Hosting;

namespace Appliance.Proxy.Traffic;

/// <summary>Reads counters once a second, so that readers of what it makes cost the request path nothing, however many they are.</summary>
public abstract class SecondlySampler(TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);
    private long _lastTick = time.GetTimestamp();

    /// <summary>Takes one reading now; the rates are over the time since the last one.</summary>
    internal void Sample()
    {
        var tick = time.GetTimestamp();
        var seconds = Math.Max(time.GetElapsedTime(_lastTick, tick).TotalSeconds, 0.001);
        _lastTick = tick;
        Sample(time.GetUtcNow(), seconds);
    }

    /// <summary>Takes one reading, <paramref name="seconds"/> after the one before.</summary>
    private protected abstract void Sample(DateTimeOffset now, double seconds);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                Sample();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }
}
