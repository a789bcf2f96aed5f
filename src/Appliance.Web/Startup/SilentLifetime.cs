namespace Appliance.Web.Startup;

/// <summary>For hosts that are started and stopped by hand: signals belong to the process, which ends its hosts in its own order.</summary>
internal sealed class SilentLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
