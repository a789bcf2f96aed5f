using System.Security.Claims;
using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Appliance.Testing;
using Appliance.Web.Hosting;
using Appliance.Web.SignIn;
using Appliance.Web.Tests.Live;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Web.Tests.SignIn;

public sealed class LiveSessionsTests : IAsyncLifetime
{
    private static readonly CancellationToken _none = CancellationToken.None;
    private readonly string _folder = Directory.CreateTempSubdirectory("appliance-sessions-").FullName;
    private readonly FakeTimeProvider _time = TestTime.New();
    private Node _node = null!; // InitializeAsync runs before each test
    private SickDatabase _database = null!;
    private SessionStore _store = null!;
    private RightsChanges _changes = null!;
    private LiveSessions _sessions = null!;
    private ClaimsPrincipal _person = null!;

    public async Task InitializeAsync()
    {
        _node = await Node.OpenAsync(new() { Data = _folder }, _none);
        await _node.Accounts.AddFirstAsync("ann", "hash", _none);
        var account = (await _node.Accounts.FindAsync(1, _none)).ShouldNotBeNull();
        _database = new(_node.Folder.Database);
        _store = new(_database, SessionLimits.Default, _time);
        _person = Session.Of(account, (await _store.BeginAsync(account, new("192.0.2.7", "tests"), _none)).Id);
        _changes = new();
        _sessions = new(_store, _changes, _time);
    }

    public Task DisposeAsync()
    {
        _database.Recover();
        _node.Dispose();
        _database.Dispose();
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task IsGood_PasswordChanged_IsNotOnceTheAnswerIsTooOld()
    {
        (await _sessions.IsGoodAsync(_person, _none)).ShouldBeTrue();
        await _node.People.ChangeOwnPasswordAsync(1, "other hash", null, "local", _none);
        (await _sessions.IsGoodAsync(_person, _none)).ShouldBeTrue();
        _time.Advance(LiveSessions.Freshness + TimeSpan.FromSeconds(1));
        (await _sessions.IsGoodAsync(_person, _none)).ShouldBeFalse();
    }

    [Fact]
    public async Task IsGood_Forgotten_IsLookedUpAtOnce()
    {
        (await _sessions.IsGoodAsync(_person, _none)).ShouldBeTrue();
        await _node.People.ChangeOwnPasswordAsync(1, "other hash", null, "local", _none);
        _changes.Raise();
        (await _sessions.IsGoodAsync(_person, _none)).ShouldBeFalse();
    }

    [Fact]
    public async Task IsGood_DatabaseAway_WhoWasSignedInStays()
    {
        (await _sessions.IsGoodAsync(_person, _none)).ShouldBeTrue();
        _database.Away = true;
        _time.Advance(LiveSessions.Freshness + TimeSpan.FromSeconds(1));
        (await _sessions.IsGoodAsync(_person, _none)).ShouldBeTrue();
        await _node.People.ChangeOwnPasswordAsync(1, "other hash", null, "local", _none);
        _database.Recover();
        _time.Advance(LiveSessions.Freshness + TimeSpan.FromSeconds(1));
        (await _sessions.IsGoodAsync(_person, _none)).ShouldBeFalse();
    }

    [Fact]
    public async Task IsGood_DatabaseAwayAndNeverSeen_IsNoAnswer()
    {
        _database.Away = true;
        await Should.ThrowAsync<SqliteException>(async () => await _sessions.IsGoodAsync(_person, _none));
    }

    [Fact]
    public async Task IsGood_DatabaseThatHangs_OnlyOneWaits()
    {
        (await _sessions.IsGoodAsync(_person, _none)).ShouldBeTrue();
        _time.Advance(LiveSessions.Freshness + TimeSpan.FromSeconds(1));
        _database.Hang();
        var asked = _database.Asked;
        var one = Task.Run(async () => await _sessions.IsGoodAsync(_person, _none));
        await Eventually.TrueAsync(() => Task.FromResult(_database.Asked > asked), "one looks");
        (await _sessions.IsGoodAsync(_person, _none)).ShouldBeTrue();
        one.IsCompleted.ShouldBeFalse();
        _database.Recover();
        (await one).ShouldBeTrue();
    }

    [Fact]
    public async Task IsGood_ChangedWhileItWasRead_IsReadAgain()
    {
        _database.Hang();
        var asked = _database.Asked;
        var one = Task.Run(async () => await _sessions.IsGoodAsync(_person, _none));
        await Eventually.TrueAsync(() => Task.FromResult(_database.Asked > asked), "one looks");
        _changes.Raise();
        _database.Recover();
        (await one).ShouldBeTrue();
        _database.Asked.ShouldBe(asked + 2, "what was read before the change is worth nothing");
        (await _sessions.IsGoodAsync(_person, _none)).ShouldBeTrue();
        _database.Asked.ShouldBe(asked + 2);
    }

    [Fact]
    public async Task IsGood_OtherRole_IsNotAtOnceAndTheAccountSaysTheNewOne()
    {
        await _node.People.AddAsync("bob", "hash", Role.Administrator, AccessScope.Everything, Actor.Local("test"), _none);
        (await _sessions.IsGoodAsync(_person, _none)).ShouldBeTrue();
        var told = 0;
        _sessions.Changed += () => told++;
        AccessScope.TryParse("host:*.a.example.com", out var scope, out _).ShouldBeTrue();
        (await _node.People.ChangeRoleAsync(1, Role.Operator, scope, Actor.Local("test"), _none)).ShouldBeOfType<PeopleResult.Done>();
        _changes.Raise();
        (await _sessions.IsGoodAsync(_person, _none)).ShouldBeFalse();
        (await _sessions.AccountOfAsync(_person, _none)).ShouldNotBeNull().Grant.ShouldBe(new(Role.Operator, scope));
        told.ShouldBe(1);
    }

    [Fact]
    public async Task AccountOf_PrincipalOfNobody_IsNull() => (await _sessions.AccountOfAsync(new(), _none)).ShouldBeNull();
}
