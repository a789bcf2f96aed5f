namespace Appliance.Web.Notices.Channels;

/// <summary>
/// What waits for one channel, and what became of the last tries. Of one trouble, messages keep their order; a message that waits for its
/// next try does not hold up those of other troubles. Not thread-safe: its owner locks.
/// </summary>
internal sealed class ChannelQueue
{
    /// <summary>Most messages that wait for one channel; the oldest is dropped.</summary>
    public const int MostWaiting = 100;

    /// <summary>How many of the last tries are remembered.</summary>
    public const int MostRemembered = 20;

    private readonly List<Waiting> _waiting = [];
    private readonly List<Delivery> _deliveries = [];

    /// <summary>How many wait.</summary>
    public int Count => _waiting.Count;

    /// <summary>How many were dropped because too many waited.</summary>
    public int Dropped { get; private set; }

    /// <summary>The last tries, the newest first.</summary>
    public IReadOnlyList<Delivery> Deliveries => [.. _deliveries];

    /// <summary>True while one of them is being sent.</summary>
    public bool IsBusy { get; private set; }

    /// <summary>Takes a message.</summary>
    public void Add(NoticeMessage message, DateTimeOffset now)
    {
        if (_waiting.Count >= MostWaiting)
            Drop();
        _waiting.Add(new(message, now));
    }

    /// <summary>Drops the oldest, which is not being sent.</summary>
    public void Drop()
    {
        if (_waiting.FindIndex(waiting => !waiting.IsSent) is >= 0 and var oldest)
            _waiting.RemoveAt(oldest);
        Dropped++;
    }

    /// <summary>Forgets everything that waits: the channel is off or gone.</summary>
    public void Clear() => _waiting.RemoveAll(waiting => !waiting.IsSent);

    /// <summary>The message to send now, which is busy until <see cref="Done"/>; null: none is due.</summary>
    public NoticeMessage? Take(DateTimeOffset now)
    {
        if (IsBusy || Due().Where(waiting => waiting.DueAt <= now).MinBy(waiting => waiting.DueAt) is not { } next)
            return null;
        IsBusy = next.IsSent = true;
        return next.Message;
    }

    /// <summary>When the next one is due; null: nothing waits, or one is being sent.</summary>
    public DateTimeOffset? NextAt => IsBusy ? null : Due().Select(waiting => (DateTimeOffset?)waiting.DueAt).Min();

    /// <summary>The message that was taken has been tried. True: it is given up.</summary>
    public bool Done(SendResult result, DateTimeOffset now)
    {
        IsBusy = false;
        var sent = _waiting.Find(waiting => waiting.IsSent);
        if (sent is null)
            return false;
        sent.IsSent = false;
        sent.Tries++;
        var wait = RetryPlan.After(sent.Tries, result);
        if (wait is { } length)
            sent.DueAt = now + length;
        else
            _waiting.Remove(sent);
        _deliveries.Insert(0, new(now, sent.Message.Title, sent.Tries, result, wait is null ? null : sent.DueAt));
        if (_deliveries.Count > MostRemembered)
            _deliveries.RemoveAt(MostRemembered);
        return wait is null && !result.IsSent;
    }

    /// <summary>The try was broken off: it did not count.</summary>
    public void Broken()
    {
        IsBusy = false;
        foreach (var waiting in _waiting)
            waiting.IsSent = false;
    }

    // The first of each trouble.
    private IEnumerable<Waiting> Due() => _waiting.DistinctBy(waiting => waiting.Message.Row.Trouble);

    private sealed class Waiting(NoticeMessage message, DateTimeOffset dueAt)
    {
        public NoticeMessage Message { get; } = message;

        public DateTimeOffset DueAt { get; set; } = dueAt;

        public int Tries { get; set; }

        public bool IsSent { get; set; }
    }
}
