using Microsoft.Extensions.Hosting;

namespace Appliance.Proxy.Connections;

/// <summary>
/// Looks at every open tunnel once a second: idle limits and batched counting, and drains of what is gone. Ten thousand timers would cost
/// more than the relaying.
/// </summary>
internal sealed class TunnelSweeper(ConnectionRegistry registry, Drains drains, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan _period = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_period, time);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!await timer.WaitForNextTickAsync(stoppingToken))
                    return;
            }
            catch (OperationCanceledException)
            {
                return;
            }

            registry.Sweep();
            drains.Sweep();
        }
    }
}
