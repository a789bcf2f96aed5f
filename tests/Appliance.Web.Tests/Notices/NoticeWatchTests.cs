using Appliance.Data.Notices;
using Appliance.Data.Revisions;
using Appliance.Data.Rights;
using Appliance.Proxy.Dialing;
using Appliance.Testing;
using Appliance.Web.Hosting;
using Appliance.Web.Live;
using Appliance.Web.Notices;
using Appliance.Web.Notices.Channels;
using Appliance.Web.SignIn;
using Appliance.Web.Tests.Live;
using Appliance.Web.Troubles;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Web.Tests.Notices;

/// <summary>From a trouble to the list, the database and a webhook, also while the database is away.</summary>
public sealed class NoticeWatchTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("appliance-notices-").FullName;
    private readonly FakeTimeProvider _time = TestTime.New();
    private readonly RecordingBackend _receiver = new();
    private readonly Source _source = new();
    private readonly List<IDisposable> _made = [];
    private Node _node = null!; // InitializeAsync runs before each test
    private SickDatabase _database = null!;
    private ConfigStore _config = null!;
    private NoticeStores _stores = null!;
    private ProxyUnderTest _proxy = null!;
    private ConsoleFeed _feed = null!;
    private NoticeSender _sender = null!;

    public async Task InitializeAsync()
    {
        _node = await Node.OpenAsync(new() { Data = _folder }, CancellationToken.None);
        _database = new(_node.Folder.Database);
        _config = new(_database, _time);
        _stores = new(_database, new byte[32], _time);
        await _stores.Channels.AddAsync(
            new() { Name = "hook", Url = _receiver.Address },
            ChannelSecrets.None,
            Actor.Local("ann"),
            CancellationToken.None
        );
        _proxy = await ProxyUnderTest.StartAsync(new());
        _feed = new(_config, _node.Certificates, _proxy.Host, _time, NullLogger<ConsoleFeed>.Instance);
        await _feed.RefreshAsync(CancellationToken.None);
        _sender = new(Destinations.Any, _time);
    }

    public async Task DisposeAsync()
    {
        _database.Recover();
        foreach (var made in _made)
        {
            if (made is NoticePost post)
                await post.StopAsync(CancellationToken.None);
            made.Dispose();
        }

        _sender.Dispose();
        _feed.Dispose();
        await _proxy.DisposeAsync();
        _config.Dispose();
        _node.Dispose();
        _database.Dispose();
        await _receiver.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Trouble_ThatLasts_IsInTheListTheDatabaseAndTheWebhook()
    {
        var one = await StartAsync();
        _source.IsDown = true;
        await LookAsync(one, 0, 15, 1);
        one.Book.Rows.ShouldHaveSingleItem().Sentence.ShouldBe("Server one is down.");
        one.Book.UnseenBy(7, administers: false).ShouldBe(1);
        one.Book.See(7);
        one.Book.UnseenBy(7, administers: false).ShouldBe(0);
        (await _stores.Told.ListAsync(CancellationToken.None)).ShouldHaveSingleItem().IsOpen.ShouldBeTrue();
        await UntilAsync(1);
        _receiver.Requests[0].Body.ShouldContain("\"event\":\"began\"");
    }

    [Fact]
    public void SignIn_NoticesOfIt_AreForAdministratorsAlone()
    {
        var book = new NoticeBook(_time);
        book.Put(Messages.Of().Row);
        book.Put(Messages.Of().Row with { Id = Guid.NewGuid(), Kind = "sign-in" });
        book.RowsFor(administers: true).Count.ShouldBe(2);
        book.RowsFor(administers: false).ShouldHaveSingleItem().Kind.ShouldBe("pool");
        (book.UnseenBy(7, administers: true), book.UnseenBy(7, administers: false)).ShouldBe((2, 1));
    }

    [Fact]
    public void Seen_ByAClockThatWasAhead_HidesNothing()
    {
        var book = new NoticeBook(_time);
        var now = _time.GetUtcNow().UtcDateTime;
        var ahead = Messages.Of().Row with { Id = Guid.NewGuid(), ToldUtc = now.AddDays(900), OverUtc = now.AddDays(901) };
        book.Load([ahead], [new(7, now.AddDays(1_000))]);
        book.Rows.ShouldHaveSingleItem().OverUtc.ShouldBe(now);
        book.Unsaved.Rows.ShouldHaveSingleItem().ToldUtc.ShouldBe(now);
        _time.Advance(TimeSpan.FromSeconds(1));
        book.Put(Messages.Of().Row with { ToldUtc = now.AddSeconds(1) });
        book.UnseenBy(7, administers: true).ShouldBe(1);

        // The clock is set back while the product runs.
        var other = new SetBackTime(_time);
        book = new(other);
        book.Put(Messages.Of().Row with { ToldUtc = other.GetUtcNow().UtcDateTime });
        book.See(7);
        other.Back = TimeSpan.FromDays(1_000);
        book.Put(Messages.Of().Row with { Id = Guid.NewGuid(), ToldUtc = other.GetUtcNow().UtcDateTime });
        book.UnseenBy(7, administers: true).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task SourceThatFails_KeepsNoOtherFromBeingAskedAndEndsNothing()
    {
        var sick = new Source { Id = "disk", Kind = TroubleKind.Disk };
        var one = await StartAsync(sick);
        sick.IsDown = true;
        await LookAsync(one, 0, 60, 1);
        one.Book.Rows.ShouldHaveSingleItem().Trouble.ShouldBe("disk");
        sick.Fails = _source.IsDown = true;
        await LookAsync(one, 1, 15, 60);
        one.Book.Rows.Select(row => (row.Trouble, row.IsOpen)).ShouldBe([("server/1", true), ("disk", true)]);
        (sick.Fails, sick.IsDown) = (false, false);
        await LookAsync(one, 1, 10);
        one.Book.Rows.Single(row => row.Trouble == "disk").IsOpen.ShouldBeFalse();
    }

    [Fact]
    public async Task DatabaseThatTakesNothing_IsReadAllTheSame()
    {
        var one = await StartAsync();
        _source.IsDown = true;
        await LookAsync(one, 0, 15, 1);
        await UntilAsync(1);

        // Another one is told something before it can read, and then can read and not write.
        var other = await StartAsync();
        _database.Away = true;
        _source.Id = "server/2";
        await LookAsync(other, 0, 30, 15);
        other.Book.Rows.ShouldHaveSingleItem().Trouble.ShouldBe("server/2");
        _database.Recover();
        await using (var db = _database.CreateDbContext())
            await db.Database.ExecuteSqlRawAsync(
                "CREATE TRIGGER full_disk BEFORE INSERT ON Notices BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END"
            );
        await LookAsync(other, 6);
        (await _stores.Told.ListAsync(CancellationToken.None)).Count.ShouldBe(1);
        other.Book.Rows.Count.ShouldBe(2);
        await UntilAsync(2);
        _receiver.Requests[1].Body.ShouldContain("server/2");
    }

    [Fact]
    public async Task Restart_WhileItIsOpen_TellsOnlyItsEnd()
    {
        var one = await StartAsync();
        _source.IsDown = true;
        await LookAsync(one, 0, 15, 1);
        await UntilAsync(1);
        var other = await StartAsync();
        await LookAsync(other, 0, 15, 60);
        other.Book.Rows.ShouldHaveSingleItem();
        _source.IsDown = false;
        await LookAsync(other, 1, 10, 1);
        await UntilAsync(2);
        _receiver.Requests[1].Body.ShouldContain("\"event\":\"over\"");
        (await _stores.Told.ListAsync(CancellationToken.None)).ShouldHaveSingleItem().IsOpen.ShouldBeFalse();
    }

    [Fact]
    public async Task DatabaseAway_IsToldAllTheSameAndStoredLater()
    {
        var one = await StartAsync();
        await LookAsync(one, 0);
        _database.Away = true;
        _source.IsDown = true;
        await LookAsync(one, 1, 15, 1);
        one.Book.Rows.ShouldHaveSingleItem();
        await UntilAsync(1);
        _database.Recover();
        (await _stores.Told.ListAsync(CancellationToken.None)).ShouldBeEmpty();
        await LookAsync(one, 6);
        (await _stores.Told.ListAsync(CancellationToken.None)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task DatabaseThatHangs_HoldsUpNoNotice()
    {
        var one = await StartAsync();
        await LookAsync(one, 0);
        _database.Hang();
        _source.IsDown = true;
        await LookAsync(one, 1, 15, 1);
        one.Book.Rows.ShouldHaveSingleItem();
        await UntilAsync(1);
        _database.Recover();
        await Eventually.TrueAsync(
            async () =>
            {
                await LookAsync(one, 1);
                return (await _stores.Told.ListAsync(CancellationToken.None)).Count == 1;
            },
            "it is stored"
        );
    }

    [Fact]
    public async Task DatabaseAwayAtTheStart_GoesOnAfterAWhileAndTellsNothingTwice()
    {
        var one = await StartAsync();
        _source.IsDown = true;
        await LookAsync(one, 0, 15, 1);
        await UntilAsync(1);
        _database.Away = true;
        var other = await StartAsync();
        await LookAsync(other, 0, 29);
        other.Book.Rows.ShouldBeEmpty();
        _database.Recover();
        await LookAsync(other, 6, 20, 20);
        other.Book.Rows.ShouldHaveSingleItem();
        _receiver.Requests.Count.ShouldBe(1);
    }

    private async Task<(NoticeWatch Watch, NoticeBook Book)> StartAsync(params ITroubleSource[] more)
    {
        var book = new NoticeBook(_time);
        var post = new NoticePost(_sender, _time, NullLogger<NoticePost>.Instance);
        await post.StartAsync(CancellationToken.None);
        var watch = new NoticeWatch(
            _feed,
            [_source, .. more],
            _stores.Told,
            _stores.Channels,
            book,
            post,
            new NoticeLinks(new SignInSettings { PublicUrl = new("https://console.example.com/") }, 8081),
            _time,
            NullLogger<NoticeWatch>.Instance
        );
        _made.AddRange([watch, post]);
        return (watch, book);
    }

    // Looks after so many seconds each. A database that hangs is waited for by the clock, which stands until it is moved.
    private async Task LookAsync((NoticeWatch Watch, NoticeBook Book) one, params int[] seconds)
    {
        foreach (var wait in seconds)
        {
            _time.Advance(TimeSpan.FromSeconds(wait));
            var looking = one.Watch.LookAsync(CancellationToken.None);
            await Eventually.TrueAsync(
                () =>
                {
                    if (!looking.IsCompleted)
                        _time.Advance(TimeSpan.FromMilliseconds(100));
                    return Task.FromResult(looking.IsCompleted);
                },
                "the look is over"
            );
            await looking;
        }
    }

    private Task UntilAsync(int count) =>
        Eventually.TrueAsync(() => Task.FromResult(_receiver.Requests.Count == count), $"the webhook got {count}");

    private sealed class Source : ITroubleSource
    {
        public bool IsDown { get; set; }

        public bool Fails { get; set; }

        public string Id { get; set; } = "server/1";

        public TroubleKind Kind { get; init; } = TroubleKind.Server;

        public IReadOnlyList<TroubleKind> Kinds => [Kind];

        public IEnumerable<Trouble> Of(ConsoleView view, IReadOnlySet<string> open)
        {
            if (Fails)
                throw new InvalidOperationException("A bug.");
            if (IsDown)
                yield return new()
                {
                    Id = Id,
                    Kind = Kind,
                    Severity = NoticeSeverity.Warning,
                    Sentence = "Server one is down.",
                    Path = "/pools/1",
                };
        }
    }
}
