using System.Collections.Immutable;
using Appliance.Data;
using Appliance.Data.Figures;
using Appliance.Data.Revisions;
using Appliance.Proxy.Traffic;

namespace Appliance.Web.Trends;

/// <summary>
/// What pages show of the past: read from the file once after each writing, for everybody who looks. A page may ask every second.
/// </summary>
public sealed class TrendReader(FigureFile file, FigureRecorder recorder, FigureMeter meter, ConfigStore store, TimeProvider time)
{
    /// <summary>How many items and ranges are kept; the charts of a day take about 150 KB.</summary>
    private const int MostKept = 100;

    /// <summary>What nobody asked for after so many writings is given back.</summary>
    private const int WritingsKept = 2;

    private const int MostRevisions = 500;
    private readonly Lock _gate = new();
    private readonly Dictionary<(FigureItem Item, TrendRange Range), Kept<Trend>> _trends = [];
    private readonly Dictionary<Guid, Kept<ImmutableArray<RevisionRow>>> _revisions = [];
    private Kept<FigurePoint>? _today;

    /// <summary>When this process began to count, UTC.</summary>
    public DateTimeOffset Began => recorder.Began;

    /// <summary>Why the newest figures could not be written; null: they were.</summary>
    public string? Problem => recorder.Problem;

    /// <summary>
    /// The trend of an item. <paramref name="head"/> is the newest revision: with another one, what was changed is read again.
    /// </summary>
    public Task<Trend> ReadAsync(FigureItem item, TrendRange range, long head)
    {
        var stamp = (recorder.Written, head);
        lock (_gate)
        {
            if (_trends.TryGetValue((item, range), out var known) && known.Stamp.Equals(stamp))
                return known.Value;
            foreach (var (key, old) in _trends)
            {
                if (_trends.Count >= MostKept || old.Stamp.Written + WritingsKept < stamp.Written)
                    _trends.Remove(key);
            }

            var task = MakeAsync(item, range, stamp, known);
            _trends[(item, range)] = new(stamp, task);
            return task;
        }
    }

    /// <summary>
    /// What the whole proxy carried since midnight of the machine's time zone, and since the process began; both up to this moment.
    /// </summary>
    public async Task<(FigurePoint Today, TrafficCounts SinceStart)> TotalsAsync()
    {
        var now = TimeZoneInfo.ConvertTime(time.GetUtcNow(), time.LocalTimeZone);
        var midnight = MidnightBefore(now, time.LocalTimeZone).ToUnixTimeSeconds() / 60;
        var (written, stamp) = (default(Task<FigurePoint>), (recorder.Written, midnight));
        lock (_gate)
        {
            if (_today is null || !_today.Stamp.Equals(stamp))
                _today = new(stamp, Task.Run(() => SumSince(midnight, now)));
            written = _today.Value;
        }

        var sum = await written;
        var (unwritten, all) = meter.Now(FigureItem.Total);
        return (sum.Add(recorder.Waiting(midnight)).Add(unwritten), all);
    }

    /// <summary>
    /// When the day of <paramref name="now"/> began. On days when the clock changes its offset is another one than that of now; a midnight
    /// that is there twice is the first of the two, and one that is left out is the moment in which the clock jumped.
    /// </summary>
    internal static DateTimeOffset MidnightBefore(DateTimeOffset now, TimeZoneInfo zone)
    {
        var midnight = DateTime.SpecifyKind(now.Date, DateTimeKind.Unspecified);
        var offset = zone.IsAmbiguousTime(midnight) ? zone.GetAmbiguousTimeOffsets(midnight).Max() : zone.GetUtcOffset(midnight);
        return new(midnight, offset);
    }

    private FigurePoint SumSince(long midnight, DateTimeOffset now)
    {
        try
        {
            return file.Read(FigureItem.Total, FigureGrain.Minute, midnight, now.ToUnixTimeSeconds() / 60).Sum();
        }
        catch (Exception exception) when (FigureFile.CauseOf(exception) is not null)
        {
            // Going on is right: what this process counted is shown, and the charts say what is wrong.
            return FigurePoint.None;
        }
    }

    private async Task<Trend> MakeAsync(FigureItem item, TrendRange range, (long Written, long Head) stamp, Kept<Trend>? before)
    {
        // The minute that was written last is over: it is the newest that is shown.
        var (from, to) = range.SpanAt(time.GetUtcNow());
        var (series, problem) = (FigureSeries.None, (string?)null);
        if (before is { Value.IsCompletedSuccessfully: true } && before.Stamp.Written == stamp.Written)
        {
            var known = await before.Value;
            (series, problem) = (known.Series, known.Problem);
        }
        else
        {
            (series, problem) = await Task.Run(() => ReadSeries(item, range, from, to));
        }

        var since = DateTimeOffset.FromUnixTimeSeconds(from * (range.Grain == FigureGrain.Minute ? 60 : 3600)).UtcDateTime;
        var revisions = await RevisionsAsync(item, stamp.Head);
        return new(range, series, [.. revisions.Where(revision => revision.CreatedUtc >= since)], problem);
    }

    private (FigureSeries Series, string? Problem) ReadSeries(FigureItem item, TrendRange range, long from, long to)
    {
        try
        {
            return (file.Read(item, range.Grain, from, to).Gather(range.Size), null);
        }
        catch (Exception exception) when (FigureFile.CauseOf(exception) is not null)
        {
            // Going on is right: the page says so, and the next minute tries again.
            return (FigureSeries.None, FigureFile.CauseOf(exception));
        }
    }

    private async Task<ImmutableArray<RevisionRow>> RevisionsAsync(FigureItem item, long head)
    {
        Kept<ImmutableArray<RevisionRow>>? known;
        lock (_gate)
        {
            if (!_revisions.TryGetValue(item.Id, out known) || known.Stamp.Head != head || known.Value.IsFaulted)
            {
                if (_revisions.Count >= MostKept)
                    _revisions.Clear();
                _revisions[item.Id] = known = new((0, head), Task.Run(() => ListAsync(item.Id)));
            }
        }

        try
        {
            return await known.Value;
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            // Going on is right: the head of the page says that the database is away, and figures have a file of their own.
            return [];
        }
    }

    private async Task<ImmutableArray<RevisionRow>> ListAsync(Guid id) =>
        [
            .. id == Guid.Empty
                ? await store.ListRevisionsAsync(MostRevisions, CancellationToken.None)
                : await store.ListRevisionsOfAsync(id, MostRevisions, CancellationToken.None),
        ];

    private sealed record Kept<T>((long Written, long Head) Stamp, Task<T> Value);
}
