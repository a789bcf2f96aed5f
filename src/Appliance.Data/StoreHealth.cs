namespace Appliance.Data;

/// <summary>
/// Whether the database can be written, as it was found last: by somebody whose save failed, or by the look that is taken now and then.
/// Reading may go on while a disk is full, so nobody would notice before the next save.
/// </summary>
public sealed class StoreHealth
{
    private volatile string? _problem;

    /// <summary>Why nothing can be stored and what to do, a sentence; null: something was stored last.</summary>
    public string? Problem => _problem;

    /// <summary>Something could not be stored. True when that is news.</summary>
    public bool Failed(Exception exception) => Interlocked.Exchange(ref _problem, StoreFaults.StateOf(exception)) is null;

    /// <summary>Something was stored. True when that is news.</summary>
    public bool Stored() => Interlocked.Exchange(ref _problem, null) is not null;
}
