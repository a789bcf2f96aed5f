using System.Security.Claims;
using Appliance.Data.Accounts;
using Appliance.Testing;
using Appliance.Web.Hosting;
using Appliance.Web.SignIn;
using Appliance.Web.Tests.Live;
using Microsoft.Data.Sqlite;

namespace Appliance.Web.Tests.SignIn;

public sealed class SessionStampsTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly string folder = Directory.CreateTempSubdirectory("appliance-stamps-").FullName;
    private readonly SteppedTime time = new();
    private Node node = null!; // InitializeAsync runs before each test
    private SickDatabase database = null!;
    private SessionStamps stamps = null!;
    private ClaimsPrincipal person = null!;

    public async Task InitializeAsync()
    {
        node = await Node.OpenAsync(new() { Data = folder }, None);
        await node.Accounts.AddFirstAsync("ann", "hash", None);
        person = Session.Of((await node.Accounts.FindAsync(1, None)).ShouldNotBeNull());
        database = new(node.Folder.Database);
        stamps = new(new AccountStore(database, time), time);
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
        (await stamps.IsGoodAsync(person, None)).ShouldBeTrue();
        await node.Accounts.ChangePasswordAsync(1, "other hash", "ann", "local", None);
        (await stamps.IsGoodAsync(person, None)).ShouldBeTrue();
        time.Step(SessionStamps.Freshness + TimeSpan.FromSeconds(1));
        (await stamps.IsGoodAsync(person, None)).ShouldBeFalse();
    }

    [Fact]
    public async Task IsGood_Forgotten_IsLookedUpAtOnce()
    {
        (await stamps.IsGoodAsync(person, None)).ShouldBeTrue();
        await node.Accounts.ChangePasswordAsync(1, "other hash", "ann", "local", None);
        stamps.Forget(1);
        (await stamps.IsGoodAsync(person, None)).ShouldBeFalse();
    }

    [Fact]
    public async Task IsGood_DatabaseAway_WhoWasSignedInStays()
    {
        (await stamps.IsGoodAsync(person, None)).ShouldBeTrue();
        database.Away = true;
        time.Step(SessionStamps.Freshness + TimeSpan.FromSeconds(1));
        (await stamps.IsGoodAsync(person, None)).ShouldBeTrue();
        await node.Accounts.ChangePasswordAsync(1, "other hash", "ann", "local", None);
        database.Recover();
        time.Step(SessionStamps.Freshness + TimeSpan.FromSeconds(1));
        (await stamps.IsGoodAsync(person, None)).ShouldBeFalse();
    }

    [Fact]
    public async Task IsGood_DatabaseAwayAndNeverSeen_IsNoAnswer()
    {
        database.Away = true;
        await Should.ThrowAsync<SqliteException>(async () => await stamps.IsGoodAsync(person, None));
    }

    [Fact]
    public async Task IsGood_DatabaseThatHangs_OnlyOneWaits()
    {
        (await stamps.IsGoodAsync(person, None)).ShouldBeTrue();
        time.Step(SessionStamps.Freshness + TimeSpan.FromSeconds(1));
        database.Hang();
        var asked = database.Asked;
        var one = Task.Run(async () => await stamps.IsGoodAsync(person, None));
        await Eventually.TrueAsync(() => Task.FromResult(database.Asked > asked), "one looks");
        (await stamps.IsGoodAsync(person, None)).ShouldBeTrue();
        one.IsCompleted.ShouldBeFalse();
        database.Recover();
        (await one).ShouldBeTrue();
    }
}
