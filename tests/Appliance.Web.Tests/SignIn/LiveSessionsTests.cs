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
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly string folder = Directory.CreateTempSubdirectory("appliance-sessions-").FullName;
    private readonly FakeTimeProvider time = TestTime.New();
    private Node node = null!; // InitializeAsync runs before each test
    private SickDatabase database = null!;
    private SessionStore store = null!;
    private RightsChanges changes = null!;
    private LiveSessions sessions = null!;
    private ClaimsPrincipal person = null!;

    public async Task InitializeAsync()
    {
        node = await Node.OpenAsync(new() { Data = folder }, None);
        await node.Accounts.AddFirstAsync("ann", "hash", None);
        var account = (await node.Accounts.FindAsync(1, None)).ShouldNotBeNull();
        database = new(node.Folder.Database);
        store = new(database, SessionLimits.Default, time);
        person = Session.Of(account, (await store.BeginAsync(account, new("192.0.2.7", "tests"), None)).Id);
        changes = new();
        sessions = new(store, changes, time);
    }

    public Task DisposeAsync()
    {
        database.Recover();
        node.Dispose();
        database.Dispose();
        Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task IsGood_PasswordChanged_IsNotOnceTheAnswerIsTooOld()
    {
        (await sessions.IsGoodAsync(person, None)).ShouldBeTrue();
        await node.People.ChangeOwnPasswordAsync(1, "other hash", null, "local", None);
        (await sessions.IsGoodAsync(person, None)).ShouldBeTrue();
        time.Advance(LiveSessions.Freshness + TimeSpan.FromSeconds(1));
        (await sessions.IsGoodAsync(person, None)).ShouldBeFalse();
    }

    [Fact]
    public async Task IsGood_Forgotten_IsLookedUpAtOnce()
    {
        (await sessions.IsGoodAsync(person, None)).ShouldBeTrue();
        await node.People.ChangeOwnPasswordAsync(1, "other hash", null, "local", None);
        changes.Raise();
        (await sessions.IsGoodAsync(person, None)).ShouldBeFalse();
    }

    [Fact]
    public async Task IsGood_DatabaseAway_WhoWasSignedInStays()
    {
        (await sessions.IsGoodAsync(person, None)).ShouldBeTrue();
        database.Away = true;
        time.Advance(LiveSessions.Freshness + TimeSpan.FromSeconds(1));
        (await sessions.IsGoodAsync(person, None)).ShouldBeTrue();
        await node.People.ChangeOwnPasswordAsync(1, "other hash", null, "local", None);
        database.Recover();
        time.Advance(LiveSessions.Freshness + TimeSpan.FromSeconds(1));
        (await sessions.IsGoodAsync(person, None)).ShouldBeFalse();
    }

    [Fact]
    public async Task IsGood_DatabaseAwayAndNeverSeen_IsNoAnswer()
    {
        database.Away = true;
        await Should.ThrowAsync<SqliteException>(async () => await sessions.IsGoodAsync(person, None));
    }

    [Fact]
    public async Task IsGood_DatabaseThatHangs_OnlyOneWaits()
    {
        (await sessions.IsGoodAsync(person, None)).ShouldBeTrue();
        time.Advance(LiveSessions.Freshness + TimeSpan.FromSeconds(1));
        database.Hang();
        var asked = database.Asked;
        var one = Task.Run(async () => await sessions.IsGoodAsync(person, None));
        await Eventually.TrueAsync(() => Task.FromResult(database.Asked > asked), "one looks");
        (await sessions.IsGoodAsync(person, None)).ShouldBeTrue();
        one.IsCompleted.ShouldBeFalse();
        database.Recover();
        (await one).ShouldBeTrue();
    }

    [Fact]
    public async Task IsGood_ChangedWhileItWasRead_IsReadAgain()
    {
        database.Hang();
        var asked = database.Asked;
        var one = Task.Run(async () => await sessions.IsGoodAsync(person, None));
        await Eventually.TrueAsync(() => Task.FromResult(database.Asked > asked), "one looks");
        changes.Raise();
        database.Recover();
        (await one).ShouldBeTrue();
        database.Asked.ShouldBe(asked + 2, "what was read before the change is worth nothing");
        (await sessions.IsGoodAsync(person, None)).ShouldBeTrue();
        database.Asked.ShouldBe(asked + 2);
    }

    [Fact]
    public async Task IsGood_OtherRole_IsNotAtOnceAndTheAccountSaysTheNewOne()
    {
        await node.People.AddAsync("bob", "hash", Role.Administrator, AccessScope.Everything, Actor.Local("test"), None);
        (await sessions.IsGoodAsync(person, None)).ShouldBeTrue();
        var told = 0;
        sessions.Changed += () => told++;
        AccessScope.TryParse("host:*.a.example.com", out var scope, out _).ShouldBeTrue();
        (await node.People.ChangeRoleAsync(1, Role.Operator, scope, Actor.Local("test"), None)).ShouldBeOfType<PeopleResult.Done>();
        changes.Raise();
        (await sessions.IsGoodAsync(person, None)).ShouldBeFalse();
        (await sessions.AccountOfAsync(person, None)).ShouldNotBeNull().Grant.ShouldBe(new(Role.Operator, scope));
        told.ShouldBe(1);
    }

    [Fact]
    public async Task AccountOf_PrincipalOfNobody_IsNull() => (await sessions.AccountOfAsync(new(), None)).ShouldBeNull();
}
