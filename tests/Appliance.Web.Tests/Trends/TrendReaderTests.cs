using Appliance.Data.Figures;
using Appliance.Data.Revisions;
using Appliance.Data.Rights;
using Appliance.Proxy.Config;
using Appliance.Proxy.Traffic;
using Appliance.Testing;
using Appliance.Web.Hosting;
using Appliance.Web.Tests.Live;
using Appliance.Web.Trends;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Web.Tests.Trends;

/// <summary>Pages ask every second; the file and the database are read when something was written.</summary>
public sealed class TrendReaderTests : IAsyncLifetime
{
    private static readonly CancellationToken _none = CancellationToken.None;
    private readonly string _folder = Directory.CreateTempSubdirectory("appliance-trends-").FullName;

    // Beside the revisions, which have the real time; at the beginning of a minute, so that half a minute later is in the same one.
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 60 * 60));
    private readonly RouteTraffic _total = new();
    private Node _node = null!; // InitializeAsync runs before each test
    private SickDatabase _database = null!;
    private ConfigStore _store = null!;
    private FigureRecorder _recorder = null!;
    private TrendReader _reader = null!;

    private string Place => Path.Combine(_folder, "figures.db");

    public async Task InitializeAsync()
    {
        _node = await Node.OpenAsync(new() { Data = _folder }, _none);
        await SaveAsync(new() { Routes = [Configs.Proxy("r", pool: "p")], UpstreamPools = [Configs.Pool("p", "http://127.0.0.1:1")] });
        _database = new(_node.Folder.Database);
        _store = new(_database, TimeProvider.System);
        var file = new FigureFile(Place);
        var meter = new FigureMeter(_time);
        _recorder = new(file, meter, () => [new(FigureItem.Total, _total)], _time, NullLogger<FigureRecorder>.Instance);
        _reader = new(file, _recorder, meter, _store, _time);
    }

    public Task DisposeAsync()
    {
        _database.Recover();
        _recorder.Dispose();
        _store.Dispose();
        _node.Dispose();
        _database.Dispose();
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Read_NothingWasWritten_IsTheSameForEverybody()
    {
        await MinuteAsync(3);
        var first = await _reader.ReadAsync(FigureItem.Total, TrendRange.Day, 1);
        (await _reader.ReadAsync(FigureItem.Total, TrendRange.Day, 1)).ShouldBeSameAs(first);
        _time.Advance(TimeSpan.FromSeconds(30));
        (await _reader.ReadAsync(FigureItem.Total, TrendRange.Day, 1)).ShouldBeSameAs(first);
        await MinuteAsync(4);
        var hour = await _reader.ReadAsync(FigureItem.Total, TrendRange.All[1], 1);
        hour.Series.Points[^1].ShouldNotBeNull().Requests.ShouldBe(4);
        hour.Series.Points[^2].ShouldNotBeNull().Requests.ShouldBe(3);
        (await _reader.ReadAsync(FigureItem.Total, TrendRange.Day, 1)).ShouldNotBeSameAs(first);
    }

    [Fact]
    public async Task Read_AnotherRevision_ReadsChangesAndNotTheFile()
    {
        await MinuteAsync(3);
        var before = await _reader.ReadAsync(FigureItem.Total, TrendRange.Day, 1);
        before.Revisions.ShouldHaveSingleItem().Author.ShouldBe("ann");
        await SaveAsync(new(), upon: 1);
        File.Delete(Place);
        var after = await _reader.ReadAsync(FigureItem.Total, TrendRange.Day, 2);
        after.Series.ShouldBeSameAs(before.Series);
        after.Revisions.Length.ShouldBe(2);

        // Of one item, only what changed it.
        (await _reader.ReadAsync(FigureItem.Of(Guid.NewGuid()), TrendRange.Day, 2)).Revisions.ShouldBeEmpty();
    }

    [Fact]
    public async Task Read_FileIsDamaged_SaysSoAndKnowsNothing()
    {
        await MinuteAsync(3);
        await File.WriteAllTextAsync(Place, new string('x', 9000), _none);
        var trend = await _reader.ReadAsync(FigureItem.Total, TrendRange.Day, 1);
        (trend.Problem, trend.Series.Points.Length, trend.IsUnknown).ShouldBe(("It is damaged", 0, true));
    }

    [Fact]
    public async Task Read_DatabaseIsAway_HasFiguresWithoutMarks()
    {
        await MinuteAsync(3);
        _database.Away = true;
        var trend = await _reader.ReadAsync(FigureItem.Total, TrendRange.All[1], 1);
        trend.Revisions.ShouldBeEmpty();
        trend.Series.Points[^1].ShouldNotBeNull().Requests.ShouldBe(3);
    }

    [Fact]
    public async Task Today_CountsWhatIsWrittenAndWhatIsNot()
    {
        // Noon: the minutes below are of one day.
        _time.AdjustTime(new DateTimeOffset(_time.GetUtcNow().Date.AddDays(2).AddHours(12), TimeSpan.Zero));
        await MinuteAsync(3);
        Answer(2);
        var (today, sinceStart) = await _reader.TotalsAsync();
        (today.Requests, sinceStart.Requests).ShouldBe((5, 5));
        await MinuteAsync(0);
        (await _reader.TotalsAsync()).Today.Requests.ShouldBe(5);
        _time.Advance(TimeSpan.FromDays(1));
        await MinuteAsync(0);
        (await _reader.TotalsAsync()).Today.Requests.ShouldBe(0);
    }

    // The clock of Berlin changes at 01:00 UTC. Havana's midnight is there twice in November, and not at all in March.
    [Theory]
    [InlineData("Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z")]
    [InlineData("Europe/Berlin", "2026-03-29T00:30:00Z", "2026-03-28T23:00:00Z")]
    [InlineData("Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z")]
    [InlineData("Europe/Berlin", "2026-10-25T22:59:00Z", "2026-10-24T22:00:00Z")]
    [InlineData("Europe/Berlin", "2026-10-25T23:00:00Z", "2026-10-25T23:00:00Z")]
    [InlineData("America/Havana", "2026-11-01T12:00:00Z", "2026-11-01T04:00:00Z")]
    [InlineData("America/Havana", "2026-11-01T05:30:00Z", "2026-11-01T04:00:00Z")]
    [InlineData("America/Havana", "2026-03-08T12:00:00Z", "2026-03-08T05:00:00Z")]
    public void Midnight_OfADayWhenTheClockChanges_IsWhereTheDayBegan(string zone, string now, string midnight)
    {
        var there = TimeZoneInfo.FindSystemTimeZoneById(zone);
        var culture = System.Globalization.CultureInfo.InvariantCulture;
        var at = TimeZoneInfo.ConvertTime(DateTimeOffset.Parse(now, culture), there);
        TrendReader.MidnightBefore(at, there).ShouldBe(DateTimeOffset.Parse(midnight, culture));
    }

    private async Task SaveAsync(ProxyConfig config, long upon = 0) =>
        await _node.EditorBeside(null).ApplyAsync(_ => config, upon, new(Actor.Local("ann"), "", "apply"), dryRun: false, _none);

    // A minute with so many answers, written.
    private async Task MinuteAsync(int answers)
    {
        _recorder.Look();
        await _recorder.SettleAsync();
        Answer(answers);
        _time.Advance(TimeSpan.FromSeconds(60));
        _recorder.Look();
        await _recorder.SettleAsync();
    }

    private void Answer(int count)
    {
        for (var index = 0; index < count; index++)
        {
            _total.Begin();
            _total.End(200, TimeSpan.FromMilliseconds(4), 0, 0);
        }
    }
}
