using Appliance.Data.Notices;
using Appliance.Web.Troubles;

namespace Appliance.Web.Notices;

/// <summary>
/// Decides when people are told of a trouble. One that is there for as long as its kind says (<see cref="TroubleKind.Lasts"/>) is told
/// once, and so is its end, when it was gone for <see cref="GoneFor"/>. One that comes back within <see cref="Returns"/> is counted, and
/// told only when it then lasts <see cref="ReturnLasts"/>, or was told last more than <see cref="Reminds"/> ago. One that gets more severe
/// is told again. Not for two threads at the same time.
/// </summary>
public sealed class NoticeTracker
{
    /// <summary>How long a trouble must be gone until it is over.</summary>
    public static readonly TimeSpan GoneFor = TimeSpan.FromSeconds(10);

    /// <summary>A trouble that comes back within this time after its end is the same one.</summary>
    public static readonly TimeSpan Returns = TimeSpan.FromMinutes(10);

    /// <summary>How long one that came back must last before it is told again.</summary>
    public static readonly TimeSpan ReturnLasts = TimeSpan.FromMinutes(5);

    /// <summary>One that keeps coming back is told again after this time.</summary>
    public static readonly TimeSpan Reminds = TimeSpan.FromHours(1);

    // A sentence with a figure in it changes often; a minute is good enough for the list.
    private static readonly TimeSpan _rewrites = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, Known> _known = new(StringComparer.Ordinal);

    /// <summary>The identities of troubles that people were told of, and that are not over.</summary>
    public IReadOnlySet<string> Open { get; private set; } = new HashSet<string>();

    /// <summary>
    /// Goes on with what was told before a restart, the newest first. Returns what is to be kept besides: notices of a trouble that is told
    /// already again.
    /// </summary>
    public IReadOnlyList<NoticeNews> Load(IEnumerable<NoticeRow> rows, DateTimeOffset now)
    {
        var changed = new List<NoticeNews>();
        foreach (var row in rows.Select(row => row.NotAfter(now.UtcDateTime)))
        {
            if (!row.IsOpen && now.UtcDateTime - row.OverUtc >= Returns)
                continue;
            if (
                _known.TryAdd(
                    row.Trouble,
                    new(now)
                    {
                        Row = row,
                        ChangedAt = now,
                        IsThere = row.IsOpen,
                    }
                )
            )
                continue;
            if (_known[row.Trouble] is { Row: null } pending)
                (pending.Row, pending.ChangedAt) = (row, now);
            else if (row.IsOpen)
                changed.Add(new(NoticeEvent.Changed, row with { OverUtc = now.UtcDateTime }));
        }

        NoteOpen();
        return changed;
    }

    /// <summary>
    /// Looks at what is wrong at this moment. <paramref name="isBlind"/> is true for a notice of which nobody can say now whether its
    /// trouble is still there: it stays as it is.
    /// </summary>
    public IReadOnlyList<NoticeNews> Look(IEnumerable<Trouble> troubles, DateTimeOffset now, Func<NoticeRow, bool>? isBlind = null)
    {
        var news = new List<NoticeNews>();
        var present = new Dictionary<string, Trouble>(StringComparer.Ordinal);
        foreach (var known in _known.Values)
            known.SetBack(now);
        foreach (var trouble in troubles)
            present.TryAdd(trouble.Id, trouble);
        foreach (var trouble in present.Values)
        {
            if (See(trouble, present, now) is { } told)
                news.Add(told);
        }

        foreach (var (id, known) in _known.ToList())
        {
            if (present.ContainsKey(id) || (known.Row is { } row && isBlind?.Invoke(row) == true))
                continue;
            if (Miss(known, now) is { } over)
                news.Add(over);
            if (known.Row is null || (!known.Row.IsOpen && now.UtcDateTime - known.Row.OverUtc >= Returns))
                _known.Remove(id);
        }

        if (news.Count > 0)
            NoteOpen();
        return news;
    }

    private NoticeNews? See(Trouble trouble, Dictionary<string, Trouble> present, DateTimeOffset now)
    {
        if (!_known.TryGetValue(trouble.Id, out var known))
        {
            if (trouble.IsUnsure)
                return null;
            _known.Add(trouble.Id, known = new(now));
        }

        // Since when it is there without a break that counts.
        if (!known.IsThere)
            (known.IsThere, known.First) = (true, now);
        known.Gone = null;
        if (trouble.IsUnsure)
            return null;
        var lasted = now - known.First >= trouble.Kind.Lasts;
        if (known.Row is { IsOpen: true } open)
            return open.IsQuiet ? Remind(known, open, trouble, now) : Follow(known, open, trouble, now);
        if (!lasted || (trouble.PartOf is { } whole && IsThere(whole, present)))
            return null;
        if (known.Row is not { OverUtc: { } over } || now.UtcDateTime - over >= Returns)
            return Tell(known, NoticeEvent.Began, New(trouble, known.First, now), now);

        // It came back.
        var isDue = now.UtcDateTime - known.Row.ToldUtc >= Reminds;
        var back = Of(known.Row, trouble) with
        {
            OverUtc = null,
            Times = known.Row.Times + 1,
            LastSinceUtc = (trouble.Since ?? known.First).UtcDateTime,
            IsQuiet = !isDue,
            ToldUtc = isDue ? now.UtcDateTime : known.Row.ToldUtc,
        };
        return Tell(known, isDue ? NoticeEvent.Began : NoticeEvent.Changed, back, now);
    }

    // One of which nobody knows counts when it was there before: the last server of a dead pool, when it may be chosen again, does not
    // bring it back.
    private bool IsThere(string id, Dictionary<string, Trouble> present) =>
        present.TryGetValue(id, out var larger)
        && (!larger.IsUnsure || _known.GetValueOrDefault(id) is { Row: null } or { Row.IsOpen: true });

    // It came back, and people think that it is over.
    private static NoticeNews? Remind(Known known, NoticeRow row, Trouble trouble, DateTimeOffset now) =>
        now - known.First >= ReturnLasts || trouble.Severity > row.Severity
            ? Tell(known, NoticeEvent.Began, Of(row, trouble) with { IsQuiet = false, ToldUtc = now.UtcDateTime }, now)
            : null;

    private static NoticeNews? Follow(Known known, NoticeRow row, Trouble trouble, DateTimeOffset now)
    {
        if (trouble.Severity > row.Severity)
            return Tell(known, NoticeEvent.Worse, Of(row, trouble) with { ToldUtc = now.UtcDateTime }, now);
        return now - known.ChangedAt >= _rewrites && (row.Sentence != trouble.Sentence || row.Path != trouble.Path)
            ? Tell(known, NoticeEvent.Changed, Of(row, trouble) with { Severity = row.Severity }, now)
            : null;
    }

    private static NoticeNews? Miss(Known known, DateTimeOffset now)
    {
        if (known.Row is not { IsOpen: true } open)
        {
            known.IsThere = false;
            return null;
        }

        known.Gone ??= now;
        var isNews = open.Kind == TroubleKind.Drain.Name;
        if (!isNews && now - known.Gone < GoneFor)
            return null;
        known.IsThere = false;
        var over = open with { OverUtc = known.Gone.Value.UtcDateTime, IsQuiet = false };
        return Tell(known, open.IsQuiet || isNews ? NoticeEvent.Changed : NoticeEvent.Over, over, now);
    }

    private static NoticeNews Tell(Known known, NoticeEvent what, NoticeRow row, DateTimeOffset now)
    {
        (known.Row, known.ChangedAt) = (row, now);
        return new(what, row);
    }

    private static NoticeRow New(Trouble trouble, DateTimeOffset first, DateTimeOffset now)
    {
        // A clock of somebody else may be ahead.
        var since = (trouble.Since is { } known && known <= now ? known : first).UtcDateTime;
        return new()
        {
            Id = Guid.CreateVersion7(now),
            Trouble = trouble.Id,
            Kind = trouble.Kind.Name,
            Severity = trouble.Severity,
            Sentence = trouble.Sentence,
            Path = trouble.Path,
            SinceUtc = since,
            LastSinceUtc = since,
            ToldUtc = now.UtcDateTime,
        };
    }

    private static NoticeRow Of(NoticeRow row, Trouble trouble) =>
        row with
        {
            Severity = trouble.Severity,
            Sentence = trouble.Sentence,
            Path = trouble.Path,
        };

    private void NoteOpen() =>
        Open = _known.Where(known => known.Value.Row is { IsOpen: true }).Select(known => known.Key).ToHashSet(StringComparer.Ordinal);

    private sealed class Known(DateTimeOffset now)
    {
        // It is not gone, or not for long.
        public bool IsThere { get; set; } = true;

        public DateTimeOffset First { get; set; } = now;

        public DateTimeOffset? Gone { get; set; }

        public NoticeRow? Row { get; set; }

        public DateTimeOffset ChangedAt { get; set; }

        // The clock was ahead, and is not any more: what was to come is now.
        public void SetBack(DateTimeOffset now)
        {
            (First, ChangedAt) = (First < now ? First : now, ChangedAt < now ? ChangedAt : now);
            Gone = Gone > now ? now : Gone;
            Row = Row?.NotAfter(now.UtcDateTime);
        }
    }
}
