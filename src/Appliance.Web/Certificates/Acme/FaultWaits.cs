using System.Collections.Concurrent;

namespace Appliance.Web.Certificates.Acme;

/// <summary>
/// What failed inside this product, and how long it is left alone: a minute, and twice as long each time, up to an hour. In memory, because
/// it is for when the database cannot be written; by a clock that nobody sets. Thread-safe.
/// </summary>
internal sealed class FaultWaits(TimeProvider time)
{
    private static readonly TimeSpan _longest = TimeSpan.FromHours(1);
    private readonly ConcurrentDictionary<Guid, (int Faults, long Since)> _faulted = new();

    /// <summary>Notes that this order failed now.</summary>
    public void Note(Guid id) =>
        _faulted.AddOrUpdate(id, _ => (1, time.GetTimestamp()), (_, before) => (before.Faults + 1, time.GetTimestamp()));

    /// <summary>It went its way; the next time counts as the first.</summary>
    public void Forget(Guid id) => _faulted.TryRemove(id, out _);

    /// <summary>True while it is left alone.</summary>
    public bool Holds(Guid id) => _faulted.TryGetValue(id, out var fault) && time.GetElapsedTime(fault.Since) < WaitAfter(fault.Faults);

    private static TimeSpan WaitAfter(int faults) => faults > 6 ? _longest : TimeSpan.FromMinutes(1 << (faults - 1));
}
