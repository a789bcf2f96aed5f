using Appliance.Data;
using Appliance.Data.Certificates;
using Appliance.Data.Figures;
using Appliance.Data.Revisions;
using Appliance.Proxy;
using Appliance.Proxy.Config;
using Appliance.Proxy.Connections;

namespace Appliance.Web.Live;

/// <summary>
/// Makes one view a second for all open pages. Pages never ask the proxy or the database directly: fifty open dashboards cost one reading,
/// and a page that has just been opened does not begin with something old.
/// </summary>
public sealed class ConsoleFeed(
    ConfigStore store,
    CertificateStore certificates,
    ProxyHost proxy,
    TimeProvider time,
    ILogger<ConsoleFeed> log,
    FigureMeter? meter = null
) : BackgroundService
{
    private const int RecentRevisions = 5;
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _storePatience = TimeSpan.FromSeconds(2);

    private ILogger Log { get; } = log;

    private readonly FigureMeter _meter = meter ?? new();
    private readonly Lock _gate = new();
    private readonly List<Subscription> _listeners = [];
    private readonly SemaphoreSlim _making = new(1, 1);
    private Task<Stored>? _reading; // guarded by making
    private readonly ShelfReader _shelf = new(certificates, proxy.Certificates); // guarded by making
    private volatile ConsoleView _current = new(
        DateTimeOffset.MinValue,
        ConfigRevision.None,
        null,
        [],
        proxy.Report,
        proxy.View,
        proxy.Upstreams,
        0
    );

    /// <summary>The newest view of all facts.</summary>
    public ConsoleView Current => _current;

    /// <summary>Calls <paramref name="listener"/> with every new view until the result is disposed.</summary>
    public IDisposable Subscribe(Func<Task> listener)
    {
        var subscription = new Subscription(this, listener);
        lock (_gate)
            _listeners.Add(subscription);
        return subscription;
    }

    /// <summary>Something could not be stored: the head of every page says so with the next view.</summary>
    public void Saw(Exception exception) => store.Health.Failed(exception);

    /// <summary>A new view immediately: after a save, nobody wants to wait for the second to be over.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await MakeAsync(_storePatience, cancellationToken);
        Tell();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _making.Dispose();
        base.Dispose();
    }

    /// <summary>
    /// The first view is there before the first page can ask: a page that comes back after a restart must not find an empty config.
    /// </summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await MakeAsync(Timeout.InfiniteTimeSpan, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await MakeAsync(_storePatience, stoppingToken);
                Tell();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The console stops.
        }
    }

    private async Task MakeAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        await _making.WaitAsync(cancellationToken);
        try
        {
            var before = _current;
            var (stored, problem, isRead) = (new Stored(before.Head, before.Recent), (string?)null, false);
            try
            {
                // SQLite waits for a lock on the thread that asks, longer than figures may be old: they do not wait with it.
                _reading ??= BeginRead(before.Head.Number, before.Recent);
                stored = await _reading.WaitAsync(patience, time, cancellationToken);
                _reading = null;
                problem = store.Loss?.Sentence;
                if (problem is not null && before.StoreProblem is null)
                    Log.StoreLost(problem);

                // It can be read. Whether it can be written, others have found out.
                isRead = problem is null;
                problem ??= store.Health.Problem ?? proxy.CopyProblem;
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // Going on is right: what runs keeps running without the database, and the console shows that and why.
                var late = exception is TimeoutException && _reading is { IsCompleted: false };
                _reading = late ? _reading : null;
                var reason = late ? "it does not answer: it is locked, or its disk is slow" : exception.Message.TrimEnd('.');
                problem =
                    !late && StoreFaults.IsAway(exception)
                        ? StoreFaults.StateOf(exception)
                        : $"The database cannot be read ({reason}). What runs keeps running; nothing can be saved until it is back.";
                if (before.StoreProblem is null)
                    Log.StoreAway(late ? null : exception, reason);
            }

            _current = ViewOf(stored, problem, isRead);
        }
        finally
        {
            _making.Release();
        }
    }

    // A method of its own: what is worked out later keeps everything that the method captured. In MakeAsync that would be the view before,
    // which keeps the one before it, and so on: no view would ever be collected.
    private ConsoleView ViewOf(Stored stored, string? problem, bool isRead)
    {
        var sockets = new Lazy<IReadOnlyList<LiveConnection>>(proxy.Connections.List);
        return new(
            time.GetUtcNow(),
            stored.Head,
            problem,
            stored.Recent,
            proxy.Report,
            proxy.View,
            proxy.Upstreams,
            proxy.Connections.Count
        )
        {
            IsReadable = isRead,
            Sockets = sockets,
            SocketsByServer = new(() => CountByServer(sockets.Value)),
            Ended = new(proxy.Connections.Closed.List),
            Meter = _meter,
            Shelf = _shelf.FactsAt(time.GetUtcNow()),
            Drains = new(() => proxy.Drains.List(() => sockets.Value)),
        };
    }

    // Of the view before, only what is asked for: a read that does not come back must not keep it.
    private Task<Stored> BeginRead(long head, IReadOnlyList<RevisionRow> recent) =>
        Task.Run(() => ReadAsync(head, recent), CancellationToken.None);

    private async Task<Stored> ReadAsync(long known, IReadOnlyList<RevisionRow> before)
    {
        var head = await store.ReadHeadAsync(CancellationToken.None);
        var recent =
            head.Number == known && before.Count > 0 ? before : await store.ListRevisionsAsync(RecentRevisions, CancellationToken.None);
        await _shelf.ReadAsync(CancellationToken.None);
        return new(head, recent);
    }

    private static Dictionary<(string Pool, string Server), int> CountByServer(IReadOnlyList<LiveConnection> sockets)
    {
        var counts = new Dictionary<(string, string), int>();
        foreach (var connection in sockets)
        {
            var key = (connection.PoolName, connection.ServerAddress);
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }

        return counts;
    }

    private void Tell()
    {
        Subscription[] now;
        lock (_gate)
            now = [.. _listeners];
        foreach (var listener in now)
            listener.Tell();
    }

    private sealed record Stored(ConfigRevision Head, IReadOnlyList<RevisionRow> Recent);

    // Each page at its own pace: one that is slow to draw misses a second, and keeps nobody else from theirs.
    private sealed class Subscription(ConsoleFeed feed, Func<Task> listener) : IDisposable
    {
        private Task _telling = Task.CompletedTask;

        public void Tell()
        {
            if (_telling.IsCompleted)
                _telling = TellAsync();
        }

        public void Dispose()
        {
            lock (feed._gate)
                feed._listeners.Remove(this);
        }

        private async Task TellAsync()
        {
            try
            {
                await listener();
            }
            catch (Exception exception)
            {
                // A page that is just being closed is nobody's problem.
                feed.Log.ListenerFailed(exception);
            }
        }
    }
}

internal static partial class ConsoleFeedLog
{
    [LoggerMessage(3200, LogLevel.Warning, "The console cannot read the database ({Reason}); it shows what it knew.")]
    public static partial void StoreAway(this ILogger log, Exception? exception, string reason);

    [LoggerMessage(3202, LogLevel.Error, "{Sentence}")]
    public static partial void StoreLost(this ILogger log, string sentence);

    [LoggerMessage(3201, LogLevel.Debug, "A page could not be told of a new view.")]
    public static partial void ListenerFailed(this ILogger log, Exception exception);
}
