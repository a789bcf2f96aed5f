using System.Runtime.ExceptionServices;
using Appliance.Data;
using Appliance.Data.Notices;
using Appliance.Web.Live;
using Appliance.Web.Notices.Channels;
using Appliance.Web.Troubles;

namespace Appliance.Web.Notices;

/// <summary>
/// Looks once a second for troubles, and tells people what is new: in the list, and through the channels. It does not need the database:
/// what cannot be stored waits, and channels that are known stay known.
/// </summary>
internal sealed class NoticeWatch(
    ConsoleFeed feed,
    IEnumerable<ITroubleSource> sources,
    NoticeStore store,
    NoticeChannelStore channels,
    NoticeBook book,
    NoticePost post,
    NoticeLinks links,
    TimeProvider time,
    ILogger<NoticeWatch> log
) : BackgroundService
{
    /// <summary>How long it waits at the start for what was told before; then it goes on without.</summary>
    public static readonly TimeSpan LoadPatience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan _every = TimeSpan.FromSeconds(1);

    // A database that is away is not asked again every second; one that hangs is waited for this long in each look.
    private static readonly TimeSpan _again = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    private readonly IReadOnlyList<ITroubleSource> _sources = [.. sources];
    private readonly HashSet<ITroubleSource> _failing = [];
    private readonly NoticeTracker _tracker = new();
    private readonly long _started = time.GetTimestamp();
    private long? _awaySince;
    private Task<Stored>? _storing;
    private bool _isLoaded;
    private long _channelChanges = -1;

    /// <summary>One look, with everything that follows from it. What is new is stored with the next one.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await StoreAsync(now, cancellationToken);
        if (_isLoaded || time.GetElapsedTime(_started) >= LoadPatience)
            Look(now);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_every, time);
        try
        {
            do
            {
                try
                {
                    await LookAsync(stoppingToken);
                }
                catch (Exception exception) when (!IsStop(exception, stoppingToken))
                {
                    // Going on is right: a bug in one look must not end all of them.
                    log.LookFailed(exception);
                }
            } while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The console stops. What was told a moment ago must not be told again after the start.
            await StoreAsync(time.GetUtcNow(), CancellationToken.None);
        }
    }

    private void Look(DateTimeOffset now)
    {
        var view = feed.Current;
        if (view.At == DateTimeOffset.MinValue)
            return;
        var troubles = new List<Trouble>();
        var unknown = new HashSet<string>();
        foreach (var source in _sources)
        {
            if (!Ask(source, view, troubles))
                unknown.UnionWith(source.Kinds.Select(kind => kind.Name));
        }

        // Without the database, nobody knows what became of certificates.
        if (!view.IsReadable)
            unknown.Add(TroubleKind.Certificate.Name);
        foreach (var item in _tracker.Look(troubles, now, row => unknown.Contains(row.Kind)))
            Tell(item, now);
    }

    // All that it finds, or false: one that fails keeps no other one from being asked. It is logged once until it works.
    private bool Ask(ITroubleSource source, ConsoleView view, List<Trouble> troubles)
    {
        try
        {
            troubles.AddRange([.. source.Of(view, _tracker.Open)]);
            _failing.Remove(source);
            return true;
        }
        catch (Exception exception)
        {
            if (_failing.Add(source))
                log.SourceFailed(exception, source.Kinds[0].Name);
            return false;
        }
    }

    private void Tell(NoticeNews news, DateTimeOffset now)
    {
        try
        {
            book.Put(news.Row);
            if (news.What == NoticeEvent.Changed)
                return;
            var message = new NoticeMessage
            {
                Id = Guid.CreateVersion7(now),
                What = news.What,
                Row = news.Row,
                At = now,
                Node = Environment.MachineName,
                Link = links.Of(news.Row.Path),
            };
            log.Tell(message);
            post.Offer(message);
        }
        catch (Exception exception)
        {
            // Going on is right: the rest of the news is told.
            log.TellingFailed(exception, news.Row.Trouble);
        }
    }

    private static bool IsStop(Exception exception, CancellationToken token) =>
        exception is OperationCanceledException && token.IsCancellationRequested;

    // SQLite waits for a lock on the thread that asks, longer than a trouble may wait: looks do not wait with it.
    private async Task StoreAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (_storing is null && _awaySince is { } since && time.GetElapsedTime(since) < _again)
            return;
        var (load, known) = (!_isLoaded, _channelChanges);
        _storing ??= Task.Run(() => UseStoreAsync(load, known, now), CancellationToken.None);
        try
        {
            var stored = await _storing.WaitAsync(_patience, time, cancellationToken);
            Apply(stored, now);
            (_storing, _awaySince) = (null, null);
            if (stored.Fault is { } fault)
                ExceptionDispatchInfo.Throw(fault);
        }
        catch (TimeoutException) when (_storing is { IsCompleted: false })
        {
            log.StoreAway("it does not answer");
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            // Going on is right: the feed says that the database is away, and so does a notice.
            (_storing, _awaySince) = (null, time.GetTimestamp());
            log.StoreAway(exception.Message);
        }
        catch (Exception exception) when (!IsStop(exception, cancellationToken))
        {
            (_storing, _awaySince) = (null, time.GetTimestamp());
            throw;
        }
    }

    // On a thread of its own: it changes nothing that looks use.
    private async Task<Stored> UseStoreAsync(bool load, long known, DateTimeOffset now)
    {
        var rows = load ? await store.ListAsync(CancellationToken.None) : null;
        var seen = load ? await store.SeenAsync(CancellationToken.None) : null;
        var changes = channels.Changes;
        var all = changes == known ? null : await channels.ListAsync(CancellationToken.None);
        return new(rows, seen, all, changes, await SaveAsync(now));
    }

    // What went wrong, or null: what was read counts all the same.
    private async Task<Exception?> SaveAsync(DateTimeOffset now)
    {
        try
        {
            var (unsaved, unsavedSeen) = book.Unsaved;
            if (unsaved.Count > 0)
            {
                await store.SaveAsync(unsaved, now, CancellationToken.None);
                book.Saved(unsaved, []);
            }

            foreach (var (account, until) in unsavedSeen)
                await store.SaveSeenAsync(account, until, CancellationToken.None);
            book.Saved([], unsavedSeen);
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    private void Apply(Stored stored, DateTimeOffset now)
    {
        if (stored is { Rows: { } rows, Seen: { } seen } && !_isLoaded)
        {
            book.Load(rows, seen);
            foreach (var news in _tracker.Load(rows, now))
                Tell(news, now);
            _isLoaded = true;
        }

        if (stored.Channels is { } all)
            post.Use(all);
        _channelChanges = stored.Changes;
    }

    private sealed record Stored(
        IReadOnlyList<NoticeRow>? Rows,
        IReadOnlyDictionary<long, DateTime>? Seen,
        IReadOnlyList<NoticeChannel>? Channels,
        long Changes,
        Exception? Fault
    );
}
