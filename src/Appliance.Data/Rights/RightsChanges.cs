namespace Appliance.Data.Rights;

/// <summary>
/// Tells of every change of accounts or sessions that this process has stored. The stores raise it, so that no caller can forget to.
/// </summary>
public sealed class RightsChanges
{
    private long _version;

    /// <summary>Goes up with every change. What was read while it had another value may be old.</summary>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>Raised after a change is stored.</summary>
    public event Action? Changed;

    /// <summary>To be called after a change is stored.</summary>
    public void Raise()
    {
        Interlocked.Increment(ref _version);
        Changed?.Invoke();
    }
}
