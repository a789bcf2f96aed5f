namespace Appliance.Web.SignIn;

/// <summary>How often somebody may guess wrong before they wait.</summary>
/// <param name="FailuresUntilWait">So many failures within <paramref name="Window"/> are free.</param>
/// <param name="Window">How long a failure counts, and how long it must be quiet after a wait to begin again.</param>
/// <param name="FirstWait">The first wait; from then on every failure waits twice as long, up to <paramref name="LongestWait"/>.</param>
/// <param name="LongestWait">The longest wait.</param>
/// <param name="MostKnown">Most keys that are remembered; the one that was quiet longest goes first.</param>
internal sealed record GuessLimits(
    int FailuresUntilWait,
    TimeSpan Window,
    TimeSpan FirstWait,
    TimeSpan LongestWait,
    int MostKnown = 10_000
);

/// <summary>
/// Counts wrong guesses by a key, and says how long to wait. Only keys that failed lately are kept, in memory. A guess that is being judged
/// counts as a failure until it turns out right, so that many guesses at the same time are not more than the same number in a row.
/// </summary>
internal sealed class GuessLimiter(TimeProvider time, GuessLimits limits)
{
    // While others of the key are judged, the answer is near.
    private static readonly TimeSpan _moment = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, Known> _all = [];

    /// <summary>How many keys are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_all)
                return _all.Count;
        }
    }

    /// <summary>Begins a try: null, and <see cref="End"/> must follow; or how long to wait instead.</summary>
    public TimeSpan? Begin(string key)
    {
        var now = time.GetUtcNow();
        lock (_all)
        {
            if (!_all.TryGetValue(key, out var known))
            {
                MakeRoom(now);
                _all.Add(key, known = new());
            }

            Forget(known, now);
            if (known.WaitsUntil > now)
                return known.WaitsUntil - now;
            if (known.Pending >= (known.Waits > 0 ? 1 : limits.FailuresUntilWait - known.Failures.Count))
                return _moment;
            known.Pending++;
            return null;
        }
    }

    /// <summary>True while this key has to wait.</summary>
    public bool IsWaiting(string key)
    {
        lock (_all)
            return _all.TryGetValue(key, out var known) && known.WaitsUntil > time.GetUtcNow();
    }

    /// <summary>Ends a try. The wait that this failure begins, or null.</summary>
    public TimeSpan? End(string key, bool failed)
    {
        var now = time.GetUtcNow();
        lock (_all)
        {
            if (!_all.TryGetValue(key, out var known))
                return null;
            known.Pending--;
            if (!failed)
            {
                if (known.IsIdle)
                    _all.Remove(key);
                return null;
            }

            known.Failures.Enqueue(now);
            if (known.Waits == 0 && known.Failures.Count < limits.FailuresUntilWait)
                return null;
            var wait = limits.FirstWait * (1 << Math.Min(known.Waits, 10));
            wait = wait < limits.LongestWait ? wait : limits.LongestWait;
            known.Waits++;
            known.WaitsUntil = now + wait;
            return wait;
        }
    }

    /// <summary>Forgets the failures of every key that begins like this; tries that are being judged stay.</summary>
    public void Forget(string beginning)
    {
        lock (_all)
        {
            foreach (var (key, known) in _all.Where(entry => entry.Key.StartsWith(beginning, StringComparison.Ordinal)).ToList())
            {
                known.Failures.Clear();
                (known.Waits, known.WaitsUntil) = (0, default);
                if (known.IsIdle)
                    _all.Remove(key);
            }
        }
    }

    private void MakeRoom(DateTimeOffset now)
    {
        if (_all.Count < limits.MostKnown)
            return;
        foreach (var (key, known) in _all)
        {
            Forget(known, now);
            if (known.IsIdle)
                _all.Remove(key);
        }

        if (
            _all.Count >= limits.MostKnown
            && _all.Where(entry => entry.Value.Pending == 0)
                .OrderBy(entry => entry.Value.LastAt)
                .Select(entry => entry.Key)
                .FirstOrDefault()
                is { } oldest
        )
            _all.Remove(oldest);
    }

    private void Forget(Known known, DateTimeOffset now)
    {
        while (known.Failures.TryPeek(out var at) && (now - at >= limits.Window || known.Failures.Count > limits.FailuresUntilWait))
            known.Failures.Dequeue();
        if (known.Failures.Count == 0 && now - known.WaitsUntil >= limits.Window)
            known.Waits = 0;
    }

    private sealed class Known
    {
        public Queue<DateTimeOffset> Failures { get; } = new();

        public int Pending { get; set; }

        public int Waits { get; set; }

        public DateTimeOffset WaitsUntil { get; set; }

        public DateTimeOffset LastAt => Failures.Count == 0 ? default : Failures.Last();

        public bool IsIdle => Pending == 0 && Waits == 0 && Failures.Count == 0;
    }
}
