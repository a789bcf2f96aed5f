using System.Collections.Concurrent;
using Appliance.Proxy.Certificates;

namespace Appliance.Testing;

/// <summary>Held certificates in memory; <see cref="Away"/> makes every reading fail.</summary>
public sealed class MemoryCertificates : ICertificateSource
{
    private readonly ConcurrentDictionary<Guid, HeldCertificate> _held = new();
    private readonly SemaphoreSlim _changed = new(0);
    private long _version;

    /// <summary>As if the database were away.</summary>
    public bool Away { get; set; }

    /// <summary>Stores one, or another one for the same id.</summary>
    public HeldCertificate Save(HeldCertificate one)
    {
        var saved = one with { Version = Interlocked.Increment(ref _version) };
        _held[one.Id] = saved;
        _changed.Release();
        return saved;
    }

    /// <summary>Takes one away.</summary>
    public void Remove(Guid id)
    {
        _held.TryRemove(id, out _);
        _changed.Release();
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<HeldCertificate>> ReadHeldAsync(CancellationToken cancellationToken) =>
        Away ? throw new IOException("The database is away.") : ValueTask.FromResult<IReadOnlyList<HeldCertificate>>([.. _held.Values]);

    /// <inheritdoc/>
    public Task WaitForChangeAsync(TimeSpan atMost, CancellationToken cancellationToken) => _changed.WaitAsync(atMost, cancellationToken);
}
