using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Tests.Audit;

public sealed class AuditSecretsTests : StoresUnderTest
{
    private const string Password = "secret-old-password";
    private const string NewPassword = "secret-new-password";
    private const string Wrong = "secret-wrong-password";
    private const string Sealed = "secret-of-second-factor";
    private const string Recovery = "secret-recovery-hashes";
    private const string Code = "secret-482913";

    [Fact]
    public async Task Entries_OfEverythingThatHandlesSecrets_HaveNone()
    {
        // Everything a person's secrets pass through, with hashes that would show them.
        var setup = await Accounts.NewSetupLinkAsync(default);
        var ann = (await Accounts.SetUpAsync(setup, "Ann", Hash(Password), "192.0.2.1", default))
            .ShouldBeOfType<SetupResult.Done>()
            .Account;
        await Accounts.SetUpAsync(setup, "Eve", Hash(Password), "192.0.2.66", default);
        await SignInAsync(Password);
        await SignInAsync(Wrong);
        await Accounts.SignInAsync(Wrong, _ => false, "192.0.2.66", default); // a password typed into the field of the name
        await Accounts.ConfirmPasswordAsync(ann.Id, hash => hash == Hash(Password), "192.0.2.1", "password.check", default);
        await People.ChangeOwnPasswordAsync(ann.Id, Hash(NewPassword), null, "192.0.2.1", default);
        await People.SetOwnSecondFactorAsync(ann.Id, Sealed, 1, Recovery, "192.0.2.1", default);
        await SignInAsync(NewPassword);
        await Accounts.ConfirmSecondFactorAsync(ann.Id, _ => Code == "wrong", "192.0.2.1", default);
        await Accounts.ConfirmSecondFactorAsync(ann.Id, account => account.SecondFactor == Sealed, "192.0.2.1", default);
        var link = (await Accounts.NewSignInLinkAsync("ann", default)).ShouldNotBeNull().Token;
        (await Accounts.FollowSignInLinkAsync(link, "192.0.2.1", default)).ShouldBeOfType<SetupResult.Done>();
        await Accounts.FollowSignInLinkAsync(link, "192.0.2.66", default);
        var bob = (await People.AddAsync("bob", Hash(Password), Role.Viewer, AccessScope.Everything, Boss, default))
            .ShouldBeOfType<PeopleResult.Done>()
            .Account;
        await People.ResetPasswordAsync(bob.Id, Hash(NewPassword), Boss, null, default);
        await People.ResetSecondFactorAsync(bob.Id, Boss, default);
        var session = await Sessions.BeginAsync(ann, new("192.0.2.1", "Browser"), default);
        await Sessions.EndAsync(session.Id, null, Boss, "session.end", default);
        (await SignInAsync(NewPassword)).ShouldBeOfType<SignInResult.SecondFactor>("the right password was checked against the hash");

        await using var db = Contexts.CreateDbContext();
        var entries = await db.AuditEntries.AsNoTracking().ToListAsync();
        entries.Select(entry => entry.Action).Distinct().Count().ShouldBeGreaterThanOrEqualTo(12);
        string[] secrets =
        [
            "secret-",
            setup,
            link,
            session.Id,
            Hash(""),
            .. await db.SetupLinks.Select(row => row.TokenHash).ToListAsync(),
        ];
        foreach (var entry in entries)
        {
            var text = string.Join('\n', entry.Actor, entry.From, entry.Action, entry.Target, entry.Before, entry.After, entry.Result);
            foreach (var secret in secrets)
                text.ShouldNotContain(secret, Case.Insensitive);
        }
    }

    private static string Hash(string password) => "hash:" + password;

    private Task<SignInResult> SignInAsync(string password) =>
        Accounts.SignInAsync("ann", hash => hash == Hash(password), "192.0.2.1", default);
}
