using Appliance.Data.Figures;
using Appliance.Proxy;
using Appliance.Proxy.Traffic;

namespace Appliance.Web.Trends;

/// <summary>
/// Looks at all counters once a second and writes what was carried once a minute, beside what else the process does: a disk that hangs
/// holds up figures alone. What cannot be written waits, for an hour at most.
/// </summary>
public sealed class FigureRecorder(
    FigureFile file,
    FigureMeter meter,
    Func<IEnumerable<KeyValuePair<FigureItem, ExchangeTraffic>>> counters,
    TimeProvider time,
    ILogger<FigureRecorder> log
) : BackgroundService
{
    private const int MostWaiting = 60;
    private const int MostRowsWaiting = 50_000;
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    // What is ahead of the clock goes only after a jump back was seen here. A clock that jumped may jump back: nothing is taken for old
    // before it was steady for so long.
    private static readonly TimeSpan _steadyFor = TimeSpan.FromHours(1);
    private static readonly TimeSpan _jump = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Queue<FigureMinute> _waiting = new();
    private Task _writing = Task.CompletedTask;
    private long _minute;
    private long _steadySince = time.GetTimestamp();
    private (long Tick, DateTimeOffset At) _last = (time.GetTimestamp(), time.GetUtcNow());
    private bool _wasAhead;
    private string? _problem;
    private long _written;

    private ILogger Log { get; } = log;

    /// <summary>Why the newest figures could not be written, a sentence; null: they were.</summary>
    public string? Problem => Volatile.Read(ref _problem);

    /// <summary>How often a writing has ended: what was read before another one is old.</summary>
    public long Written => Volatile.Read(ref _written);

    /// <summary>When the process began to count, UTC.</summary>
    public DateTimeOffset Began { get; } = time.GetUtcNow();

    /// <summary>All counters of a proxy.</summary>
    public static IEnumerable<KeyValuePair<FigureItem, ExchangeTraffic>> CountersOf(ProxyHost proxy)
    {
        yield return new(FigureItem.Total, proxy.Traffic.Total);
        foreach (var (id, traffic) in proxy.Traffic.Routes)
            yield return new(FigureItem.Of(id), traffic);
        foreach (var (id, traffic) in proxy.Traffic.Pools)
            yield return new(FigureItem.Of(id), traffic);
        foreach (var ((pool, server), traffic) in proxy.Servers)
            yield return new(new(pool, server), traffic);
    }

    /// <summary>One look. With the first one of another minute, what the minute before carried is written.</summary>
    public void Look()
    {
        var now = time.GetUtcNow();
        NoteJump(now);
        var minute = MinuteOf(now);
        if (_minute == 0)
            _minute = minute;
        meter.Look(counters());
        if (minute == _minute)
            return;
        Put(_minute);
        _minute = minute;
        Begin(minute);
    }

    /// <summary>What the whole proxy carried from a minute on that is over and not written yet.</summary>
    public FigurePoint Waiting(long fromMinute)
    {
        lock (_gate)
        {
            var sum = FigurePoint.None;
            foreach (var minute in _waiting.Where(minute => minute.Minute >= fromMinute))
                sum = sum.Add(minute.Points.FirstOrDefault(pair => pair.Key == FigureItem.Total).Value ?? FigurePoint.None);
            return sum;
        }
    }

    /// <summary>Ends when what waits to be written is written, or was refused.</summary>
    public Task SettleAsync() => _writing;

    /// <summary>The minute under way is written, too.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        meter.Look(counters());
        if (_minute == 0)
            _minute = MinuteOf(time.GetUtcNow());
        Put(_minute);
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Begin(_minute);
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                TryLook();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The console stops.
        }
    }

    private void TryLook()
    {
        try
        {
            Look();
        }
        catch (Exception exception)
        {
            // Going on is right: without memory for one look there may be some for the next.
            var reason = exception.Message.TrimEnd('.');
            if (Problem is null)
                Log.CannotBeWritten(exception, reason);
            Volatile.Write(ref _problem, reason);
        }
    }

    private static long MinuteOf(DateTimeOffset at) => at.ToUnixTimeSeconds() / 60;

    private void NoteJump(DateTimeOffset now)
    {
        var tick = time.GetTimestamp();
        var expected = _last.At + time.GetElapsedTime(_last.Tick, tick);
        if ((now - expected).Duration() > _jump)
            (_steadySince, _wasAhead) = (tick, _wasAhead || now < expected);
        _last = (tick, now);
    }

    private void Put(long minute)
    {
        lock (_gate)
        {
            _waiting.Enqueue(new(minute, meter.Take()));
            while (_waiting.Count > 1 && (_waiting.Count > MostWaiting || _waiting.Sum(waiting => waiting.Points.Count) > MostRowsWaiting))
                _waiting.Dequeue();
        }
    }

    // One writing at a time: while one hangs, the others wait.
    private void Begin(long now)
    {
        if (!_writing.IsCompleted)
            return;
        var sweeps = time.GetElapsedTime(_steadySince) >= _steadyFor;
        var sweepsAhead = _wasAhead;
        _writing = Task.Run(() => Write(now, sweeps, sweepsAhead));
    }

    private void Write(long now, bool sweeps, bool sweepsAhead)
    {
        FigureMinute[] minutes;
        lock (_gate)
            minutes = [.. _waiting];
        try
        {
            if (file.Write(minutes, now, sweeps, sweepsAhead))
                Log.SetAside(file.SetAside);
            lock (_gate)
            {
                foreach (var minute in minutes)
                {
                    if (_waiting.TryPeek(out var first) && first == minute)
                        _waiting.Dequeue();
                }
            }

            if (Problem is not null)
                Log.WrittenAgain();
            Volatile.Write(ref _problem, null);
        }
        catch (Exception exception)
        {
            // Going on is right: nothing but figures hangs on the file, and the next minute tries again.
            var cause = FigureFile.CauseOf(exception);
            if (Problem is null)
                Log.CannotBeWritten(cause is null ? exception : null, cause ?? exception.Message.TrimEnd('.'));
            Volatile.Write(ref _problem, cause ?? exception.Message.TrimEnd('.'));
        }
        finally
        {
            Interlocked.Increment(ref _written);
        }
    }
}

internal static partial class FigureRecorderLog
{
    [LoggerMessage(
        4300,
        LogLevel.Warning,
        "The history of figures (figures.db) cannot be written: {Reason}. Everything else goes on, and it is tried again every minute."
    )]
    public static partial void CannotBeWritten(this ILogger log, Exception? exception, string reason);

    [LoggerMessage(4301, LogLevel.Information, "The history of figures (figures.db) can be written again.")]
    public static partial void WrittenAgain(this ILogger log);

    [LoggerMessage(
        4302,
        LogLevel.Warning,
        "The history of figures (figures.db) was damaged. It is put aside as {Path}, and another one is begun."
    )]
    public static partial void SetAside(this ILogger log, string path);
}
