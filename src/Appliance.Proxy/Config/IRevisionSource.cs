namespace Appliance.Proxy.Config;

/// <summary>Where the proxy reads the config that it is to run. The data project implements it.</summary>
public interface IRevisionSource
{
    /// <summary>
    /// The newest stored revision. Items that did not change since an earlier call are the same references.
    /// Throws what the store throws when it is away; the caller keeps what it runs.
    /// </summary>
    ValueTask<ConfigRevision> ReadHeadAsync(CancellationToken cancellationToken);

    /// <summary>Completes when something may have been stored since the last call, or after <paramref name="atMost"/>.</summary>
    Task WaitForChangeAsync(TimeSpan atMost, CancellationToken cancellationToken);
}
