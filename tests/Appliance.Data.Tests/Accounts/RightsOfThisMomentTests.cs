using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Tests.Accounts;

/// <summary>People, sessions and the audit go by what the database says of the actor's session, and every refusal has its line.</summary>
public sealed class RightsOfThisMomentTests : StoresUnderTest
{
    private const string Address = "192.0.2.9";

    [Theory]
    [InlineData("session gone")]
    [InlineData("disabled")]
    [InlineData("demoted")]
    public async Task Deed_RightTakenAwayByAnotherProcess_IsRefusedAndNoted(string what)
    {
        var (ann, bob) = (await AddAsync("ann", Role.Administrator), await AddAsync("bob", Role.Administrator));
        var session = await BeginAsync(ann);
        var bobs = await BeginAsync(bob);
        var actor = new Actor("ann", Address, ann.Grant, Session: session.Id);
        (await People.ListAsync(actor, default)).Count.ShouldBe(2);
        await using (var db = Contexts.CreateDbContext())
        {
            var changed = what switch
            {
                "session gone" => await db.Sessions.Where(one => one.Id == session.Id).ExecuteDeleteAsync(),
                "disabled" => await db
                    .Accounts.Where(one => one.Id == ann.Id)
                    .ExecuteUpdateAsync(set => set.SetProperty(one => one.Disabled, true)),
                _ => await db
                    .Accounts.Where(one => one.Id == ann.Id)
                    .ExecuteUpdateAsync(set => set.SetProperty(one => one.Role, Role.Viewer)),
            };
            changed.ShouldBe(1);
        }

        (await People.DisableAsync(bob.Id, true, actor, default)).ShouldBeOfType<PeopleResult.Refused>();
        (await Sessions.EndAsync(bobs.Id, bob.Id, actor, "session.end", default)).ShouldBeOfType<EndResult.NotAllowed>();
        await Should.ThrowAsync<NotAllowedException>(() => People.ListAsync(actor, default));
        await Should.ThrowAsync<NotAllowedException>(() => People.FindAsync(bob.Id, actor, default));
        await Should.ThrowAsync<NotAllowedException>(() => Sessions.ListAsync(bob.Id, actor, default));
        await Should.ThrowAsync<NotAllowedException>(() => Audit.ListAsync(new(), 1, null, actor, default));
        (await AuditLinesAsync())[^6..]
            .Select(line => line.Split(": ")[0] + ": " + line.Split(": ")[1])
            .ShouldBe([
                "ann person.disable bob: not_allowed",
                "ann session.end bob: not_allowed",
                "ann person.view everybody: not_allowed",
                "ann person.view bob: not_allowed",
                "ann person.view sessions: not_allowed",
                "ann audit.view audit: not_allowed",
            ]);
    }

    [Fact]
    public async Task Refusals_OfChanges_AllHaveTheirLine()
    {
        var (ann, far) = (await AddAsync("ann", Role.Administrator), (await ExternalAsync("far")));
        var stale = new Actor("ann", Address, ann.Grant, IsFresh: false);
        (await People.DisableAsync(far.Id, true, stale, default)).ShouldBeOfType<PeopleResult.NotFresh>();
        (await People.AddAsync("eve", "hash", Role.Viewer, AccessScope.Everything, stale, default)).ShouldBeOfType<PeopleResult.NotFresh>();
        (await People.DisableAsync(ann.Id, true, Boss, default)).ShouldBeOfType<PeopleResult.Refused>();
        (await People.RemoveAsync(ann.Id, Boss, default)).ShouldBeOfType<PeopleResult.Refused>();
        (await People.ChangeRoleAsync(ann.Id, Role.Viewer, AccessScope.Everything, Boss, default)).ShouldBeOfType<PeopleResult.Refused>();
        (await People.ChangeRoleAsync(far.Id, Role.Viewer, AccessScope.Everything, Boss, default)).ShouldBeOfType<PeopleResult.Refused>();
        (await People.ResetPasswordAsync(far.Id, "other", Boss, null, default)).ShouldBeOfType<PeopleResult.Refused>();
        (await People.RemoveAsync(99, stale, default)).ShouldBeOfType<PeopleResult.NotFresh>();
        var lines = (await AuditLinesAsync())[^8..];
        lines
            .Select(line => line.Split(": ")[0])
            .ShouldBe([
                "ann person.disable far · Company",
                "ann person.add eve",
                "boss person.disable ann",
                "boss person.remove ann",
                "boss person.role ann",
                "boss person.role far · Company",
                "boss password.reset far · Company",
                "ann person.remove account 99",
            ]);
        lines
            .Select(line => line.Split(": ")[1])
            .ShouldBe(["not_fresh", "not_fresh", "refused", "refused", "refused", "refused", "refused", "not_fresh"]);
        (await Audit.ListAsync(new(), 8, null, Boss, default)).ShouldAllBe(entry => entry.From == Address || entry.From == "local");
    }

    [Fact]
    public async Task OwnAccount_DisabledMeanwhile_StaysAsItIs()
    {
        await AddAsync("ann", Role.Administrator);
        var bob = await AddAsync("bob", Role.Viewer);
        (await People.DisableAsync(bob.Id, true, Boss, default)).ShouldBeOfType<PeopleResult.Done>();
        PeopleResult[] results =
        [
            await People.ChangeOwnPasswordAsync(bob.Id, "other", null, Address, default),
            await People.SetOwnSecondFactorAsync(bob.Id, "sealed", 1, "codes", Address, default),
            await People.SetOwnRecoveryCodesAsync(bob.Id, "codes", Address, default),
        ];
        results.ShouldAllBe(result => result is PeopleResult.Refused);
        var now = (await People.FindAsync(bob.Id, Boss, default)).ShouldNotBeNull();
        (now.PasswordHash, now.SecondFactor, now.RecoveryCodes, now.MustChangePassword).ShouldBe(("hash", null, "", true));
        (await AuditLinesAsync())[^3..]
            .ShouldBe([
                "bob password.change bob: disabled",
                "bob second_factor.on bob: disabled",
                "bob second_factor.recovery_codes bob: disabled",
            ]);
    }

    [Fact]
    public async Task EndOfSessions_SignInTooOld_EndsTheOwnOneOnly()
    {
        var (ann, bob) = (await AddAsync("ann", Role.Administrator), await AddAsync("bob", Role.Viewer));
        var (own, other, bobs) = (await BeginAsync(ann), await BeginAsync(ann), await BeginAsync(bob));
        var stale = new Actor("ann", Address, ann.Grant, IsFresh: false, Session: own.Id);
        (await Sessions.EndAsync(other.Id, ann.Id, stale, "session.end", default)).ShouldBeOfType<EndResult.NotFresh>();
        (await Sessions.EndAllAsync(ann.Id, own.Id, stale, default)).ShouldBeOfType<EndResult.NotFresh>();
        (await Sessions.EndAsync(bobs.Id, bob.Id, stale, "session.end", default)).ShouldBeOfType<EndResult.NotFresh>();
        (await Sessions.ListAsync(null, Boss, default)).Count.ShouldBe(3);
        (await Sessions.EndAsync(own.Id, null, stale, "sign_out", default)).Ended.ShouldBe(1);
        (await AuditLinesAsync())[^4..]
            .ShouldBe([
                "ann session.end ann: not_fresh",
                "ann session.end ann: not_fresh",
                "ann session.end bob: not_fresh",
                "ann sign_out ann: ok",
            ]);
    }

    [Fact]
    public async Task Changes_AreToldOnceTheyAreStored()
    {
        var changes = new RightsChanges();
        var (people, sessions) = (
            new PeopleStore(Contexts, Time, changes),
            new SessionStore(Contexts, SessionLimits.Default, Time, changes)
        );
        var ann = await AddAsync("ann", Role.Administrator);
        var (one, two) = (await BeginAsync(ann), await BeginAsync(ann));
        var told = 0L;
        async Task TellsAsync(Func<Task> deed, bool tells = true)
        {
            await deed();
            changes.Version.ShouldBe(told += tells ? 1 : 0);
        }

        await TellsAsync(() => people.DisableAsync(ann.Id, true, Boss, default), tells: false); // the last administrator
        await TellsAsync(() => people.AddAsync("bob", "hash", Role.Administrator, AccessScope.Everything, Boss, default));
        await TellsAsync(() => people.ChangeOwnPasswordAsync(ann.Id, "other", one.Id, Address, default));
        await TellsAsync(() => sessions.EndAsync(two.Id, null, Boss, "session.end", default), tells: false); // gone with the password
        await TellsAsync(() => sessions.EndAllAsync(ann.Id, null, Boss, default));
        await TellsAsync(() => people.DisableAsync(ann.Id, true, Boss, default));
    }

    private async Task<Account> AddAsync(string name, Role role) =>
        (await People.AddAsync(name, "hash", role, AccessScope.Everything, Boss, default)).ShouldBeOfType<PeopleResult.Done>().Account;

    private async Task<Account> ExternalAsync(string name) =>
        (
            await Accounts.SignInExternalAsync(
                new("https://id.example.com", name, "Company", name, Role.Viewer, AccessScope.Everything),
                Address,
                default
            )
        )
            .ShouldBeOfType<SignInResult.Welcome>()
            .Account;

    private Task<AccountSession> BeginAsync(Account account) => Sessions.BeginAsync(account, new(Address, "agent"), default);
}
