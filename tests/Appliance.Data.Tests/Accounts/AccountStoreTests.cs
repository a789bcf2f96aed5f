using Appliance.Data.Accounts;
using Appliance.Data.Migrations;
using Appliance.Data.Rights;
using Appliance.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Data.Tests.Accounts;

public sealed class AccountStoreTests : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("appliance-");
    private readonly FakeTimeProvider _time = TestTime.New();
    private DataFolder _folder = null!; // made before every test
    private AccountStore _store = null!; // made before every test

    public async Task InitializeAsync()
    {
        _folder = DataFolder.Open(_directory.FullName);
        var contexts = new ContextFactory(_folder.Database);
        await new DatabaseMigrator(_folder, contexts).MigrateAsync(CancellationToken.None);
        _store = new(contexts, _time);
    }

    public Task DisposeAsync()
    {
        _folder.Dispose();
        _directory.Delete(recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task SetUp_WithTheLink_MakesAnAdministratorOnce()
    {
        (await _store.AnyAsync(default)).ShouldBeFalse();
        var token = await _store.NewSetupLinkAsync(default);
        var done = (await _store.SetUpAsync(token, " Ann ", "hash", "192.0.2.1", default)).ShouldBeOfType<SetupResult.Done>();
        done.Account.LastSignInUtc.ShouldNotBeNull("the setup page signs in");
        (done.Account.Name, done.Account.Role).ShouldBe(("Ann", Role.Administrator));
        (await _store.AnyAsync(default)).ShouldBeTrue();
        (await _store.SetUpAsync(token, "Bob", "hash", "192.0.2.1", default)).ShouldBeOfType<SetupResult.UnknownLink>();
        (await _store.FaultOfLinkAsync(token, default)).ShouldBeOfType<SetupResult.UnknownLink>();
        (await AuditAsync()).ShouldBe(["local setup.link ok", "Ann setup ok"]);
    }

    [Fact]
    public async Task SetUp_NewerLink_MakesTheOlderWorthless()
    {
        var old = await _store.NewSetupLinkAsync(default);
        var token = await _store.NewSetupLinkAsync(default);
        (await _store.SetUpAsync(old, "Ann", "hash", "a", default)).ShouldBeOfType<SetupResult.UnknownLink>();
        (await _store.SetUpAsync(token, "Ann", "hash", "a", default)).ShouldBeOfType<SetupResult.Done>();
    }

    [Fact]
    public async Task SetUp_TooLate_IsExpired()
    {
        var token = await _store.NewSetupLinkAsync(default);
        (await _store.FaultOfLinkAsync(token, default)).ShouldBeNull();
        _time.Advance(AccountStore.LinkLifetime);
        (await _store.FaultOfLinkAsync(token, default)).ShouldBeOfType<SetupResult.Expired>();
        (await _store.SetUpAsync(token, "Ann", "hash", "a", default)).ShouldBeOfType<SetupResult.Expired>();
        (await _store.AnyAsync(default)).ShouldBeFalse();
    }

    [Fact]
    public async Task SetUp_NameOfAnother_KeepsTheLink()
    {
        await _store.AddFirstAsync("Ann", "hash", default);
        var token = await _store.NewSetupLinkAsync(default);
        (await _store.SetUpAsync(token, "ANN", "other", "a", default))
            .ShouldBeOfType<SetupResult.BadName>()
            .Reason.ShouldBe("There is already somebody called Ann; choose another user name.");
        (await _store.SetUpAsync(token, "Bob", "other", "a", default)).ShouldBeOfType<SetupResult.Done>();
    }

    [Fact]
    public async Task AddFirst_AccountExists_ChangesNothing()
    {
        (await _store.AddFirstAsync("ann", "one", default)).ShouldBeTrue();
        (await _store.AddFirstAsync("bob", "two", default)).ShouldBeFalse();
        (await SignInAsync("bob", "two")).ShouldBeOfType<SignInResult.Wrong>();
    }

    [Fact]
    public async Task SignIn_RightAndWrong_AreTold()
    {
        await _store.AddFirstAsync("ann", "right", default);
        (await SignInAsync("Ann", "right"))
            .ShouldBeOfType<SignInResult.Welcome>()
            .Account.LastSignInUtc.ShouldBe(_time.GetUtcNow().UtcDateTime);
        (await SignInAsync("ann", "wrong")).ShouldBeOfType<SignInResult.Wrong>();
        (await SignInAsync("who", "right")).ShouldBeOfType<SignInResult.Wrong>();
        (await AuditAsync()).ShouldBe(["local setup ok", "ann sign_in ok", "ann sign_in wrong", "unknown sign_in wrong"]);
    }

    [Fact]
    public async Task SignIn_ManyWrongPasswords_LockNobodyOut()
    {
        await _store.AddFirstAsync("ann", "right", default);
        for (var failure = 0; failure < 100; failure++)
            (await SignInAsync("ann", "wrong")).ShouldBeOfType<SignInResult.Wrong>();
        (await SignInAsync("ann", "right")).ShouldBeOfType<SignInResult.Welcome>();
    }

    [Fact]
    public async Task SignIn_LockedByWrongCodes_IsToldOnlyToWhoKnowsThePassword()
    {
        await LockAsync();
        (await SignInAsync("ann", "wrong")).ShouldBeOfType<SignInResult.Wrong>();
        (await SignInAsync("ann", "right"))
            .ShouldBeOfType<SignInResult.Locked>()
            .UntilUtc.ShouldBe(_time.GetUtcNow().UtcDateTime + AccountStore.LockedFor);
        (await AuditAsync())[^2..].ShouldBe(["ann sign_in wrong", "ann sign_in locked"]);
        _time.Advance(AccountStore.LockedFor);
        (await SignInAsync("ann", "right")).ShouldBeOfType<SignInResult.SecondFactor>();
    }

    [Fact]
    public async Task SignIn_UnknownName_AsksForThePasswordAllTheSame()
    {
        var asked = 0;
        await _store.SignInAsync("nobody", hash => ++asked > 0 && hash is null, "a", default);
        asked.ShouldBe(1);
    }

    [Fact]
    public async Task SecondFactor_ManyAtOnce_CountsEveryFailure()
    {
        var id = await WithFactorAsync();
        var results = await Task.WhenAll(
            Enumerable
                .Range(0, AccountStore.FailuresUntilLocked)
                .Select(_ => Task.Run(() => _store.ConfirmSecondFactorAsync(id, _ => false, "a", default)))
        );
        results.Count(result => result is SignInResult.Locked).ShouldBe(1);
        (await SignInAsync("ann", "right")).ShouldBeOfType<SignInResult.Locked>();
    }

    [Fact]
    public async Task SecondFactor_WrongAfterALock_LocksForTwiceAsLongUpToAnHour()
    {
        var id = await WithFactorAsync();
        foreach (var minutes in new[] { 5, 10, 20, 40, 60, 60 })
        {
            SignInResult last = new SignInResult.Wrong();
            for (var failure = 0; failure < AccountStore.FailuresUntilLocked; failure++)
                last = await _store.ConfirmSecondFactorAsync(id, _ => false, "a", default);
            last.ShouldBeOfType<SignInResult.Locked>().UntilUtc.ShouldBe(_time.GetUtcNow().UtcDateTime + TimeSpan.FromMinutes(minutes));
            _time.Advance(TimeSpan.FromMinutes(minutes));
        }
    }

    [Fact]
    public async Task SignInLink_OfTheHost_SignsALockedAdministratorInOnce()
    {
        (await _store.NewSignInLinkAsync(null, default)).ShouldBeNull();
        await LockAsync();
        (await _store.NewSignInLinkAsync("bob", default)).ShouldBeNull();
        var (token, name) = (await _store.NewSignInLinkAsync("ANN", default)).ShouldNotBeNull();
        name.ShouldBe("ann");
        (await _store.SetUpAsync(token, "eve", "hash", "a", default)).ShouldBeOfType<SetupResult.UnknownLink>();
        (await _store.FollowSignInLinkAsync("other", "a", default)).ShouldBeOfType<SetupResult.UnknownLink>();
        (await _store.LookAtSignInLinkAsync("other", default)).Fault.ShouldBeOfType<SetupResult.UnknownLink>();
        (await _store.LookAtSignInLinkAsync(token, default)).ShouldBe((null, "ann"));
        (await _store.FollowSignInLinkAsync(token, "a", default)).ShouldBeOfType<SetupResult.Done>().Account.Name.ShouldBe("ann");
        (await _store.FollowSignInLinkAsync(token, "a", default)).ShouldBeOfType<SetupResult.UnknownLink>();
        (await SignInAsync("ann", "right")).ShouldBeOfType<SignInResult.SecondFactor>();
    }

    [Fact]
    public async Task SignInExternal_SameSubject_IsOneAccountWithTheRightsOfNow()
    {
        AccessScope.TryParse("tag:team-a", out var scope, out _).ShouldBeTrue();
        await _store.AddFirstAsync("Ann", "right", default);
        var first = await ExternalAsync("1", "ann", Role.Operator, scope);
        (first.Name, first.Role, first.Scope, first.PasswordHash).ShouldBe(("ann · Company", Role.Operator, "tag:team-a", null));
        var second = await ExternalAsync("1", "Anna", Role.Viewer, AccessScope.Everything);
        (second.Id, second.Name, second.Role, second.Scope).ShouldBe((first.Id, "Anna · Company", Role.Viewer, ""));
        (await ExternalAsync("2", "Anna", Role.Viewer, AccessScope.Everything)).Name.ShouldBe("Anna (2) · Company");
        (await SignInAsync("Anna · Company", "")).ShouldBeOfType<SignInResult.Wrong>();
        (await AuditAsync()).ShouldBe([
            "local setup ok",
            "ann · Company person.add ok",
            "ann · Company sign_in.oidc ok",
            "Anna · Company person.role ok",
            "Anna · Company sign_in.oidc ok",
            "Anna (2) · Company person.add ok",
            "Anna (2) · Company sign_in.oidc ok",
            "Anna · Company sign_in wrong",
        ]);
    }

    [Fact]
    public async Task SignIn_Disabled_IsToldOnlyToWhoKnowsThePassword()
    {
        await _store.AddFirstAsync("ann", "right", default);
        await using (var db = new ContextFactory(_folder.Database).CreateDbContext())
            await db.Accounts.ExecuteUpdateAsync(set => set.SetProperty(one => one.Disabled, true));
        (await SignInAsync("ann", "wrong")).ShouldBeOfType<SignInResult.Wrong>();
        (await SignInAsync("ann", "right")).ShouldBeOfType<SignInResult.Disabled>();
        (await _store.NewSignInLinkAsync("ann", default)).ShouldBeNull();
    }

    [Fact]
    public async Task SecondFactor_AskedAfterThePassword_CountsItsFailures()
    {
        var id = await WithFactorAsync();
        for (var failure = 1; failure < AccountStore.FailuresUntilLocked; failure++)
        {
            // Knowing the password must not buy new guesses.
            (await SignInAsync("ann", "right")).ShouldBeOfType<SignInResult.SecondFactor>();
            (await _store.ConfirmSecondFactorAsync(id, _ => false, "a", default)).ShouldBeOfType<SignInResult.Wrong>();
        }

        (await _store.ConfirmSecondFactorAsync(id, _ => false, "a", default)).ShouldBeOfType<SignInResult.Locked>();

        // A code that is right is not spent while it helps nobody.
        var taken = false;
        (await _store.ConfirmSecondFactorAsync(id, _ => taken = true, "a", default)).ShouldBeOfType<SignInResult.Locked>();
        taken.ShouldBeFalse();
        _time.Advance(AccountStore.LockedFor);
        (
            await _store.ConfirmSecondFactorAsync(id, account => (account.SecondFactorStep = 7) == 7, "a", default)
        ).ShouldBeOfType<SignInResult.Welcome>();
        (await _store.FindAsync(id, default)).ShouldNotBeNull().SecondFactorStep.ShouldBe(7);
    }

    [Fact]
    public async Task Stored_TokenAndPasswords_AreNowhereInClear()
    {
        var token = await _store.NewSetupLinkAsync(default);
        await using var db = new ContextFactory(_folder.Database).CreateDbContext();
        (await db.SetupLinks.SingleAsync()).TokenHash.ShouldNotContain(token);
        token.Length.ShouldBeGreaterThanOrEqualTo(40);
    }

    private async Task<long> WithFactorAsync()
    {
        await _store.AddFirstAsync("ann", "right", default);
        await using (var db = new ContextFactory(_folder.Database).CreateDbContext())
            await db.Accounts.ExecuteUpdateAsync(set => set.SetProperty(one => one.SecondFactor, "sealed"));
        return (await SignInAsync("ann", "right")).ShouldBeOfType<SignInResult.SecondFactor>().Account.Id;
    }

    private async Task LockAsync()
    {
        var id = await WithFactorAsync();
        for (var failure = 0; failure < AccountStore.FailuresUntilLocked; failure++)
            await _store.ConfirmSecondFactorAsync(id, _ => false, "a", default);
    }

    private Task<SignInResult> SignInAsync(string name, string password) =>
        _store.SignInAsync(name, hash => hash == password, "192.0.2.7", default);

    private async Task<Account> ExternalAsync(string subject, string name, Role role, AccessScope scope) =>
        (await _store.SignInExternalAsync(new("https://id.example.com", subject, "Company", name, role, scope), "192.0.2.7", default))
            .ShouldBeOfType<SignInResult.Welcome>()
            .Account;

    private async Task<string[]> AuditAsync()
    {
        await using var db = new ContextFactory(_folder.Database).CreateDbContext();
        return await db
            .AuditEntries.OrderBy(entry => entry.Id)
            .Select(entry => entry.Actor + " " + entry.Action + " " + entry.Result)
            .ToArrayAsync();
    }
}
