namespace Appliance.Web.Notices.Channels;

/// <summary>
/// What waits for one channel, and what became of the last tries. Of one trouble, messages keep their order; a message that waits for its
/// next try does not hold up those of other troubles, unless the other side asks to wait. Moments are counted from any fixed one, by a
/// clock that nobody sets. Not thread-safe: its owner locks.
/// </summary>
internal sealed class ChannelQueue
{
    /// <summary>Most messages that wait for one channel; of more, see <see cref="Drop"/>.</summary>
    public const int MostWaiting = 100;

    /// <summary>How many of the last tries are remembered.</summary>
    public const int MostRemembered = 20;

    private readonly List<Waiting> _waiting = [];
    private readonly List<Delivery> _deliveries = [];
    private TimeSpan _pausedUntil;

    /// <summary>How many wait.</summary>
    public int Count => _waiting.Count;

    /// <summary>Those that wait, the oldest first.</summary>
    public IEnumerable<NoticeMessage> Messages => _waiting.Select(waiting => waiting.Message);

    /// <summary>How many were dropped because too many waited.</summary>
    public int Dropped { get; private set; }

    /// <summary>The last tries, the newest first.</summary>
    public IReadOnlyList<Delivery> Deliveries => [.. _deliveries];

    /// <summary>True while one of them is being sent.</summary>
    public bool IsBusy { get; private set; }

    /// <summary>Takes a message.</summary>
    public void Add(NoticeMessage message, TimeSpan now)
    {
        _waiting.Add(new(message, now));
        if (_waiting.Count > MostWaiting)
            Drop();
    }

    /// <summary>
    /// Drops the oldest of the least severe ones that are not being sent, and with the beginning of a trouble its end: nobody would know
    /// what is over.
    /// </summary>
    public void Drop()
    {
        if (_waiting.Where(waiting => !waiting.IsSent).MinBy(waiting => waiting.Message.Row.Severity) is not { } first)
            return;
        var rest = _waiting.Where(waiting => waiting != first && waiting.Message.Row.Id == first.Message.Row.Id).ToList();
        var takesEnd = first.Message.What == NoticeEvent.Began && rest.All(waiting => waiting.Message.What == NoticeEvent.Over);
        Dropped += _waiting.RemoveAll(waiting => waiting == first || (takesEnd && rest.Contains(waiting)));
    }

    /// <summary>Forgets everything that waits: the channel is off or gone.</summary>
    public void Clear() => _waiting.RemoveAll(waiting => !waiting.IsSent);

    /// <summary>The message to send now, which is busy until <see cref="Done"/>; null: none is due.</summary>
    public NoticeMessage? Take(TimeSpan now)
    {
        if (IsBusy || now < _pausedUntil || Due().Where(waiting => waiting.DueAt <= now).MinBy(waiting => waiting.DueAt) is not { } next)
            return null;
        IsBusy = next.IsSent = true;
        return next.Message;
    }

    /// <summary>When the next one is due; null: nothing waits, or one is being sent.</summary>
    public TimeSpan? NextAt =>
        IsBusy || _waiting.Count == 0 ? null : TimeSpan.FromTicks(Math.Max(Due().Min(waiting => waiting.DueAt).Ticks, _pausedUntil.Ticks));

    /// <summary>
    /// The message that was taken has been tried; <paramref name="at"/> is the time for people. True: it is given up.
    /// </summary>
    public bool Done(SendResult result, DateTimeOffset at, TimeSpan now)
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
        if (result.Pauses)
            _pausedUntil = now + (wait ?? RetryPlan.Follow(result, RetryPlan.Waits[0]));
        Remember(new(at, sent.Message.Title, sent.Tries, result, at + wait));
        return wait is null && !result.IsSent;
    }

    /// <summary>Remembers a try as the newest one.</summary>
    public void Remember(Delivery delivery)
    {
        _deliveries.Insert(0, delivery);
        if (_deliveries.Count > MostRemembered)
            _deliveries.RemoveAt(MostRemembered);
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

    private sealed class Waiting(NoticeMessage message, TimeSpan dueAt)
    {
        public NoticeMessage Message { get; } = message;

        public TimeSpan DueAt { get; set; } = dueAt;

        public int Tries { get; set; }

        public bool IsSent { get; set; }
    }
}
