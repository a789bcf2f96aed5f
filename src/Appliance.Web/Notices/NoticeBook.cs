using System.Collections.Immutable;
using Appliance.Data.Notices;
using Appliance.Web.Troubles;

namespace Appliance.Web.Notices;

/// <summary>
/// The notices that are kept, and who has seen them, in memory: pages show them while the database is away. What is not stored yet waits
/// here for it. Thread-safe.
/// </summary>
public sealed class NoticeBook(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, DateTime> _seen = [];
    private readonly Dictionary<Guid, NoticeRow> _unsaved = [];
    private readonly Dictionary<long, DateTime> _unsavedSeen = [];
    private volatile IReadOnlyList<NoticeRow> _rows = [];

    /// <summary>All of them, what was told last first.</summary>
    public IReadOnlyList<NoticeRow> Rows => _rows;

    /// <summary>
    /// Those that a person may see. Who guesses at whose password, and from where, stands in the audit, which is for administrators alone.
    /// </summary>
    public IReadOnlyList<NoticeRow> RowsFor(bool administers) =>
        administers ? _rows : [.. _rows.Where(row => row.Kind != TroubleKind.SignIn.Name)];

    /// <summary>Takes over what is stored; what was told since the start stays.</summary>
    public void Load(IEnumerable<NoticeRow> rows, IEnumerable<KeyValuePair<long, DateTime>> seen)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow().UtcDateTime;
            var known = _rows.Select(row => row.Id).ToHashSet();
            var stored = rows.Where(row => !known.Contains(row.Id)).ToList();
            _rows = Ordered([.. _rows, .. stored]);
            foreach (var row in stored.Select(row => (Old: row, New: row.NotAfter(now))).Where(row => row.New != row.Old))
                _unsaved[row.New.Id] = row.New;
            foreach (var (account, until) in seen)
                _seen.TryAdd(account, until < now ? until : now);
        }
    }

    /// <summary>A notice is new, or has changed.</summary>
    public void Put(NoticeRow row)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow().UtcDateTime;
            _rows = Ordered([row, .. _rows.Where(other => other.Id != row.Id)]);
            _unsaved[row.Id] = row;

            // Who looked while the clock was ahead has not seen what is told after it was set back.
            foreach (var account in _seen.Where(seen => seen.Value > now).Select(seen => seen.Key).ToList())
                _seen[account] = _unsavedSeen[account] = row.ToldUtc.AddTicks(-1);
            if (_unsaved.Count > NoticeStore.MostKept)
                _unsaved.Remove(_unsaved.Values.MinBy(unsaved => unsaved.ToldUtc)!.Id); // it is not empty
        }
    }

    /// <summary>What this person has not seen yet: told after they looked last. Quiet returns are no news.</summary>
    public int UnseenBy(long account, bool administers)
    {
        var until = SeenBy(account);
        return _rows is [var newest, ..] && newest.ToldUtc > until ? RowsFor(administers).TakeWhile(row => row.ToldUtc > until).Count() : 0;
    }

    /// <summary>Until when this person has seen them, UTC; the beginning of time for somebody who never looked.</summary>
    public DateTime SeenBy(long account)
    {
        lock (_gate)
            return _seen.GetValueOrDefault(account);
    }

    /// <summary>This person looks at the notices.</summary>
    public void See(long account)
    {
        lock (_gate)
        {
            var newest = _rows is [var first, ..] ? first.ToldUtc : DateTime.MinValue;
            if (newest <= _seen.GetValueOrDefault(account))
                return;
            var now = time.GetUtcNow().UtcDateTime;
            _seen[account] = _unsavedSeen[account] = now > newest ? now : newest;
        }
    }

    /// <summary>What waits for the database.</summary>
    public (IReadOnlyList<NoticeRow> Rows, IReadOnlyList<KeyValuePair<long, DateTime>> Seen) Unsaved
    {
        get
        {
            lock (_gate)
                return _unsaved.Count + _unsavedSeen.Count == 0 ? ([], []) : ([.. _unsaved.Values], [.. _unsavedSeen]);
        }
    }

    /// <summary>These are stored. What has changed meanwhile goes on waiting.</summary>
    public void Saved(IEnumerable<NoticeRow> rows, IEnumerable<KeyValuePair<long, DateTime>> seen)
    {
        lock (_gate)
        {
            foreach (var row in rows)
            {
                if (_unsaved.TryGetValue(row.Id, out var now) && ReferenceEquals(now, row))
                    _unsaved.Remove(row.Id);
            }

            foreach (var (account, until) in seen)
            {
                if (_unsavedSeen.TryGetValue(account, out var now) && now == until)
                    _unsavedSeen.Remove(account);
            }
        }
    }

    private ImmutableArray<NoticeRow> Ordered(ImmutableArray<NoticeRow> rows)
    {
        var now = time.GetUtcNow();
        var oldest = NoticeStore.Oldest(rows.Select(row => row.OverUtc ?? row.ToldUtc), now);
        return
        [
            .. rows.Where(row => row.OverUtc is not { } over || over >= oldest)
                .Select(row => row.NotAfter(now.UtcDateTime))
                .OrderByDescending(row => row.ToldUtc)
                .Take(NoticeStore.MostKept),
        ];
    }
}
