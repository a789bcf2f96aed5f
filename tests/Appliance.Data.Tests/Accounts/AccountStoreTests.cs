using Appliance.Data.Accounts;
using Appliance.Data.Migrations;
using Appliance.Testing;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Tests.Accounts;

public sealed class AccountStoreTests : IAsyncLifetime
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("appliance-");
    private readonly SteppedTime time = new();
    private DataFolder folder = null!; // made before every test
    private AccountStore store = null!; // made before every test

    public async Task InitializeAsync()
    {
        folder = DataFolder.Open(directory.FullName);
        var contexts = new ContextFactory(SqliteSetup.Options(folder.Database));
        await new DatabaseMigrator(folder, contexts).MigrateAsync(CancellationToken.None);
        store = new(contexts, time);
    }

    public Task DisposeAsync()
    {
        folder.Dispose();
        directory.Delete(recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task SetUp_WithTheLink_MakesAnAdministratorOnce()
    {
        (await store.AnyAsync(default)).ShouldBeFalse();
        var token = await store.NewSetupLinkAsync(default);
        var done = (await store.SetUpAsync(token, " Ann ", "hash", "192.0.2.1", default)).ShouldBeOfType<SetupResult.Done>();
        (done.Account.Name, done.Account.Role).ShouldBe(("Ann", AccountStore.Administrator));
        (await store.AnyAsync(default)).ShouldBeTrue();
        (await store.SetUpAsync(token, "Bob", "hash", "192.0.2.1", default)).ShouldBeOfType<SetupResult.UnknownLink>();
        (await store.FaultOfLinkAsync(token, default)).ShouldBeOfType<SetupResult.UnknownLink>();
        (await AuditAsync()).ShouldBe(["local setup.link ok", "Ann setup ok"]);
    }

    [Fact]
    public async Task SetUp_NewerLink_MakesTheOlderWorthless()
    {
        var old = await store.NewSetupLinkAsync(default);
        var token = await store.NewSetupLinkAsync(default);
        (await store.SetUpAsync(old, "Ann", "hash", "a", default)).ShouldBeOfType<SetupResult.UnknownLink>();
        (await store.SetUpAsync(token, "Ann", "hash", "a", default)).ShouldBeOfType<SetupResult.Done>();
    }

    [Fact]
    public async Task SetUp_TooLate_IsExpired()
    {
        var token = await store.NewSetupLinkAsync(default);
        (await store.FaultOfLinkAsync(token, default)).ShouldBeNull();
        time.Step(AccountStore.LinkLifetime);
        (await store.FaultOfLinkAsync(token, default)).ShouldBeOfType<SetupResult.Expired>();
        (await store.SetUpAsync(token, "Ann", "hash", "a", default)).ShouldBeOfType<SetupResult.Expired>();
        (await store.AnyAsync(default)).ShouldBeFalse();
    }

    [Fact]
    public async Task SetUp_NameOfAnother_KeepsTheLink()
    {
        await store.AddFirstAsync("Ann", "hash", default);
        var token = await store.NewSetupLinkAsync(default);
        (await store.SetUpAsync(token, "ANN", "other", "a", default)).ShouldBeOfType<SetupResult.NameTaken>();
        (await store.SetUpAsync(token, "Bob", "other", "a", default)).ShouldBeOfType<SetupResult.Done>();
    }

    [Fact]
    public async Task AddFirst_AccountExists_ChangesNothing()
    {
        (await store.AddFirstAsync("ann", "one", default)).ShouldBeTrue();
        (await store.AddFirstAsync("bob", "two", default)).ShouldBeFalse();
        (await SignInAsync("bob", "two")).ShouldBeOfType<SignInResult.Wrong>();
    }

    [Fact]
    public async Task SignIn_RightAndWrong_AreTold()
    {
        await store.AddFirstAsync("ann", "right", default);
        (await SignInAsync("Ann", "right")).ShouldBeOfType<SignInResult.Welcome>().Account.LastSignInUtc.ShouldBe(time.GetUtcNow().UtcDateTime);
        (await SignInAsync("ann", "wrong")).ShouldBeOfType<SignInResult.Wrong>();
        (await SignInAsync("who", "right")).ShouldBeOfType<SignInResult.Wrong>();
        (await AuditAsync()).ShouldBe(["local setup ok", "ann sign_in ok", "ann sign_in wrong", "unknown sign_in wrong"]);
    }

    [Fact]
    public async Task SignIn_ManyWrong_LocksEvenTheRightOneForAWhile()
    {
        await store.AddFirstAsync("ann", "right", default);
        for (var failure = 1; failure < AccountStore.FailuresUntilLocked; failure++)
            (await SignInAsync("ann", "wrong")).ShouldBeOfType<SignInResult.Wrong>();
        (await SignInAsync("ann", "wrong")).ShouldBeOfType<SignInResult.Locked>();
        (await SignInAsync("ann", "right")).ShouldBeOfType<SignInResult.Locked>().UntilUtc.ShouldBe(time.GetUtcNow().UtcDateTime + AccountStore.LockedFor);
        time.Step(AccountStore.LockedFor);
        (await SignInAsync("ann", "wrong")).ShouldBeOfType<SignInResult.Wrong>();
        (await SignInAsync("ann", "right")).ShouldBeOfType<SignInResult.Welcome>().Account.FailedSignIns.ShouldBe(0);
    }

    [Fact]
    public async Task SignIn_UnknownName_AsksForThePasswordAllTheSame()
    {
        var asked = 0;
        await store.SignInAsync("nobody", hash => ++asked > 0 && hash is null, "a", default);
        asked.ShouldBe(1);
    }

    [Fact]
    public async Task SignIn_ManyAtOnce_CountsEveryFailure()
    {
        await store.AddFirstAsync("ann", "right", default);
        var results = await Task.WhenAll(Enumerable.Range(0, AccountStore.FailuresUntilLocked).Select(_ => Task.Run(() => SignInAsync("ann", "wrong"))));
        results.Count(result => result is SignInResult.Locked).ShouldBe(1);
        (await SignInAsync("ann", "right")).ShouldBeOfType<SignInResult.Locked>();
    }

    [Fact]
    public async Task ChangePassword_Done_GivesANewStampAndLiftsTheLock()
    {
        await store.AddFirstAsync("ann", "old", default);
        var before = (await SignInAsync("ann", "old")).ShouldBeOfType<SignInResult.Welcome>().Account;
        for (var failure = 0; failure < AccountStore.FailuresUntilLocked; failure++)
            await SignInAsync("ann", "wrong");
        (await store.ChangePasswordAsync(before.Id, "new", "ann", "a", default)).ShouldBeTrue();
        var after = (await SignInAsync("ann", "new")).ShouldBeOfType<SignInResult.Welcome>().Account;
        after.SessionStamp.ShouldNotBe(before.SessionStamp);
        (await store.FindAsync(after.Id, default))!.SessionStamp.ShouldBe(after.SessionStamp);
        (await SignInAsync("ann", "old")).ShouldBeOfType<SignInResult.Wrong>();
        (await store.ChangePasswordAsync(99, "x", "ann", "a", default)).ShouldBeFalse();
    }

    [Fact]
    public async Task Stored_TokenAndPasswords_AreNowhereInClear()
    {
        var token = await store.NewSetupLinkAsync(default);
        await using var db = new ContextFactory(SqliteSetup.Options(folder.Database)).CreateDbContext();
        (await db.SetupLinks.SingleAsync()).TokenHash.ShouldNotContain(token);
        token.Length.ShouldBeGreaterThanOrEqualTo(40);
    }

    private Task<SignInResult> SignInAsync(string name, string password) => store.SignInAsync(name, hash => hash == password, "192.0.2.7", default);

    private async Task<string[]> AuditAsync()
    {
        await using var db = new ContextFactory(SqliteSetup.Options(folder.Database)).CreateDbContext();
        return await db.AuditEntries.OrderBy(entry => entry.Id).Select(entry => entry.Actor + " " + entry.Action + " " + entry.Result).ToArrayAsync();
    }
}
