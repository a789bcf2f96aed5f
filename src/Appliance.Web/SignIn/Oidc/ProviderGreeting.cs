namespace Appliance.Web.SignIn.Oidc;

/// <summary>
/// Asks every provider for its document at the start, until it answers: a wrong authority stands in the log before the first person meets
/// it, and the policy of the pages knows where the sign-out leads.
/// </summary>
internal sealed class ProviderGreeting(OidcProviders providers, TimeProvider time, ILogger<ProviderGreeting> log) : BackgroundService
{
    private static readonly TimeSpan _pause = TimeSpan.FromMinutes(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(providers.All.Select(provider => GreetAsync(provider, stoppingToken)));

    private async Task GreetAsync(OidcProvider provider, CancellationToken stopping)
    {
        string? said = null;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await provider.Metadata.GetAsync(stopping);
                log.ProviderAnswered(provider.Settings.Name, provider.Settings.Authority);
                return;
            }
            catch (OidcRefusedException exception)
            {
                // Once for each fault: a provider that is away for a night must not fill the log.
                if (said != exception.Fault.Detail)
                    log.ProviderNotUsable(provider.Settings.Name, said = exception.Fault.Detail);
                await Task.Delay(_pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
        }
    }
}

internal static partial class ProviderGreetingLog
{
    [LoggerMessage(3620, LogLevel.Information, "{Provider} at {Authority} can sign people in.")]
    public static partial void ProviderAnswered(this ILogger log, string provider, Uri authority);

    [LoggerMessage(
        3621,
        LogLevel.Warning,
        "{Provider} cannot sign people in now: {Reason} It is asked again every minute, and by every sign-in."
    )]
    public static partial void ProviderNotUsable(this ILogger log, string provider, string reason);
}
