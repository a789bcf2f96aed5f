using System.Collections.Concurrent;
using Appliance.Proxy.Certificates;

namespace Appliance.Testing;

/// <summary>Held certificates in memory; <see cref="Away"/> makes every reading fail.</summary>
public sealed class MemoryCertificates : ICertificateSource
{
    private readonly ConcurrentDictionary<Guid, HeldCertificate> held = new();
    private readonly SemaphoreSlim changed = new(0);
    private long version;

    /// <summary>As if the database were away.</summary>
    public bool Away { get; set; }

    /// <summary>Stores one, or another one for the same id.</summary>
    public HeldCertificate Save(HeldCertificate one)
    {
        var saved = one with { Version = Interlocked.Increment(ref version) };
        held[one.Id] = saved;
        changed.Release();
        return saved;
    }

    /// <summary>Takes one away.</summary>
    public void Remove(Guid id)
    {
        held.TryRemove(id, out _);
        changed.Release();
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<HeldCertificate>> ReadHeldAsync(CancellationToken cancellationToken) =>
        Away ? throw new IOException("The database is away.") : ValueTask.FromResult<IReadOnlyList<HeldCertificate>>([.. held.Values]);

    /// <inheritdoc/>
    public Task WaitForChangeAsync(TimeSpan atMost, CancellationToken cancellationToken) => changed.WaitAsync(atMost, cancellationToken);
}
