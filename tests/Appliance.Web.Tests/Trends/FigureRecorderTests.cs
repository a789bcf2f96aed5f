using Appliance.Data.Figures;
using Appliance.Proxy.Traffic;
using Appliance.Testing;
using Appliance.Web.Trends;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Web.Tests.Trends;

/// <summary>The recorder with a real file: minutes, clocks that jump, files that cannot be written.</summary>
public sealed class FigureRecorderTests : IDisposable
{
    private static readonly FigureItem _chat = FigureItem.Of(Guid.NewGuid());
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("appliance-figures-");
    private readonly WallClock _time = new();
    private readonly Said _log = new();
    private readonly FigureFile _file;
    private RouteTraffic _total = new();
    private RouteTraffic _route = new();
    private FigureRecorder _recorder;

    public FigureRecorderTests()
    {
        _file = new(Place);
        _recorder = New();
    }

    private string Place => Path.Combine(_folder.FullName, "figures.db");

    private long Minute => _time.GetUtcNow().ToUnixTimeSeconds() / 60;

    public void Dispose()
    {
        _recorder.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Minutes_AreWrittenWhenTheyAreOver()
    {
        Answer(3);
        await RunAsync(59);
        File.Exists(Place).ShouldBeFalse("the minute is not over");
        await RunAsync(2);
        Answer(4);
        await RunAsync(120);
        Of(FigureGrain.Minute, Minute - 3, Minute - 1).ShouldBe([3, 4, 0]);
        _recorder.Written.ShouldBe(3);
    }

    [Fact]
    public async Task Stop_TheMinuteUnderWay_IsWrittenAndGoesOnAfterARestart()
    {
        Answer(3);
        await RunAsync(70);
        Answer(2);
        await _recorder.StopAsync(CancellationToken.None);
        Of(FigureGrain.Minute, Minute - 1, Minute).ShouldBe([3, 2]);

        // Another process: counters begin at zero.
        (_total, _route) = (new(), new());
        _recorder.Dispose();
        _recorder = New();
        Answer(10);
        await RunAsync(60);
        Of(FigureGrain.Minute, Minute - 2, Minute - 1).ShouldBe([3, 12]);
        Of(FigureGrain.Hour, Minute / 60, Minute / 60).ShouldBe([15]);
    }

    [Fact]
    public async Task ClockJumpsForward_LeavesAGapAndNoFlood()
    {
        Answer(3);
        await RunAsync(30);
        _time.Jump(TimeSpan.FromHours(9));
        Answer(4);
        await RunAsync(120);
        _recorder.Written.ShouldBe(3);
        var points = Of(FigureGrain.Minute, Minute - 600, Minute - 1);
        points.Count(point => point is not null).ShouldBe(3);
        points.Sum(point => point ?? 0).ShouldBe(7);
    }

    [Fact]
    public async Task ClockJumpsBack_NothingIsNegativeAndNothingIsLost()
    {
        await RunAsync(60 * 5);
        Answer(3);
        await RunAsync(30);
        _time.Jump(TimeSpan.FromMinutes(-3));
        Answer(4);
        await RunAsync(120);
        Of(FigureGrain.Minute, Minute - 10, Minute + 10).Select(point => point ?? 0).Sum().ShouldBe(7);
    }

    [Fact]
    public async Task ClockThatWasWrongForAWhile_CostsNoHistory()
    {
        Answer(3);
        await RunAsync(120);
        var then = Minute;
        _time.Jump(TimeSpan.FromDays(3650));
        await RunAsync(60 * 30);
        _time.Jump(TimeSpan.FromDays(-3650));
        await RunAsync(60 * 30);
        Of(FigureGrain.Minute, then - 3, then - 1).Sum().ShouldBe(3);

        // After an hour in which it was steady, what is ahead of it goes.
        await RunAsync(60 * 62);
        Number("SELECT count(*) FROM minute WHERE at > " + (Minute + 10)).ShouldBe(0);
        Number("SELECT count(*) FROM hour WHERE at > " + ((Minute / 60) + 10)).ShouldBe(0);
        Of(FigureGrain.Minute, then - 3, then - 1).Sum().ShouldBe(3);
    }

    [Fact]
    public async Task LockedFile_IsOneLineAndNoMinuteIsLost()
    {
        Answer(1);
        await RunAsync(60);
        using (var other = Connect())
        {
            using var exclusive = other.BeginTransaction();
            Answer(2);
            await RunAsync(60);
            Answer(3);
            await RunAsync(60);
        }

        _recorder.Problem.ShouldBe("It is locked by another process");
        Answer(4);
        await RunAsync(60);
        _recorder.Problem.ShouldBeNull();
        Of(FigureGrain.Minute, Minute - 4, Minute - 1).ShouldBe([1, 2, 3, 4]);
        _log.Lines.ShouldBe([
            "The history of figures (figures.db) cannot be written: It is locked by another process. "
                + "Everything else goes on, and it is tried again every minute.",
            "The history of figures (figures.db) can be written again.",
        ]);
    }

    [Fact]
    public async Task DamagedFile_IsSetAsideWithOneLine()
    {
        await RunAsync(60);
        File.WriteAllText(Place, new('x', 9000));
        Answer(5);
        await RunAsync(120);
        Of(FigureGrain.Minute, Minute - 2, Minute - 1).Sum().ShouldBe(5);
        _log.Lines.ShouldHaveSingleItem().ShouldContain($"It is put aside as {Place}.damaged, and another one is begun.");
    }

    [Fact]
    public async Task NewerFile_IsLeftAndSaid()
    {
        await RunAsync(60);
        Run("PRAGMA user_version = 9");
        await RunAsync(180);
        _log.Lines.ShouldHaveSingleItem().ShouldContain("format 9, this version writes 1");
        Number("PRAGMA user_version").ShouldBe(9);
        Number("SELECT count(*) FROM minute").ShouldBe(1);
    }

    [Fact]
    public async Task FolderIsGone_WaitsAtMostAnHour()
    {
        await RunAsync(60);
        _folder.Delete(recursive: true);
        for (var minute = 0; minute < 70; minute++)
        {
            Answer(1);
            await RunAsync(60);
        }

        _folder.Create();
        await RunAsync(60);
        Of(FigureGrain.Minute, Minute - 70, Minute - 1).Sum().ShouldBe(59, "60 minutes waited, the last of them was quiet");
        _log.Lines.Count.ShouldBe(2);
    }

    private FigureRecorder New() => new(_file, new(_time), () => [new(FigureItem.Total, _total), new(_chat, _route)], _time, _log);

    // Each second as the service does it; each writing is over before the next second.
    private async Task RunAsync(int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            _recorder.Look();
            await _recorder.SettleAsync();
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        _recorder.Look();
        await _recorder.SettleAsync();
    }

    private void Answer(int count)
    {
        for (var index = 0; index < count; index++)
        {
            foreach (var traffic in (RouteTraffic[])[_total, _route])
            {
                traffic.Begin();
                traffic.End(200, TimeSpan.FromMilliseconds(4), 0, 0);
            }
        }
    }

    private IReadOnlyList<long?> Of(FigureGrain grain, long from, long to) =>
        [.. _file.Read(_chat, grain, from, to).Points.Select(point => point?.Requests)];

    private long Number(string text)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = text;
        return (long)command.ExecuteScalar()!; // each of them answers a number
    }

    private void Run(string text)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={Place};Pooling=False");
        connection.Open();
        return connection;
    }

    // A clock that is put to another time, beside a tick that goes on evenly.
    private sealed class WallClock : TimeProvider
    {
        private readonly FakeTimeProvider _even = TestTime.New();
        private TimeSpan _wrong;

        public override long TimestampFrequency => _even.TimestampFrequency;

        public void Jump(TimeSpan by) => _wrong += by;

        public void Advance(TimeSpan by) => _even.Advance(by);

        public override DateTimeOffset GetUtcNow() => _even.GetUtcNow() + _wrong;

        public override long GetTimestamp() => _even.GetTimestamp();
    }

    private sealed class Said : ILogger<FigureRecorder>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => Lines.Add(formatter(state, exception));
    }
}
