using Appliance.Data.Accounts;
using Appliance.Data.Rights;

namespace Appliance.Data.Tests.Accounts;

public sealed class SessionStoreTests : StoresUnderTest
{
    [Fact]
    public async Task Use_WhileUsed_LastsUntilItsAbsoluteEnd()
    {
        var session = await BeginAsync(await AnnAsync());
        var most = SessionLimits.Default.Absolute;
        var step = SessionLimits.Default.Idle - TimeSpan.FromMinutes(1);
        for (var at = step; at < most; at += step)
        {
            Time.Advance(step);
            (await Sessions.UseAsync(session.Id, default)).ShouldNotBeNull($"after {at}");
        }

        Time.Advance(step);
        (await Sessions.UseAsync(session.Id, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Use_NotUsed_EndsIdle_AndItsRowGoes()
    {
        var ann = await AnnAsync();
        var session = await BeginAsync(ann);
        Time.Advance(SessionLimits.Default.Idle);
        (await Sessions.UseAsync(session.Id, default)).ShouldBeNull();
        (await Sessions.ListAsync(null, Boss, default)).ShouldBeEmpty();
        await BeginAsync(ann);
        await using var db = Contexts.CreateDbContext();
        db.Sessions.Count().ShouldBe(1);
    }

    [Fact]
    public async Task End_OfSomebodyElse_IsNotFound()
    {
        var ann = await AnnAsync();
        var bob = (await People.AddAsync("bob", "hash", Role.Viewer, AccessScope.Everything, Boss, default))
            .ShouldBeOfType<PeopleResult.Done>()
            .Account;
        var (anns, bobs) = (await BeginAsync(ann), await BeginAsync(bob));
        (await Sessions.EndAsync(anns.Id, bob.Id, Boss, "session.end", default)).Ended.ShouldBe(0);
        (await Sessions.UseAsync(anns.Id, default)).ShouldNotBeNull().Account.Name.ShouldBe("ann");
        (await Sessions.EndAsync(bobs.Id, bob.Id, Boss, "session.end", default)).Ended.ShouldBe(1);
        (await Sessions.UseAsync(bobs.Id, default)).ShouldBeNull();
        (await AuditLinesAsync())[^1].ShouldBe("boss session.end bob: ok");
    }

    [Fact]
    public async Task EndAll_But_KeepsThatOne()
    {
        var ann = await AnnAsync();
        var sessions = new[] { await BeginAsync(ann), await BeginAsync(ann), await BeginAsync(ann) };
        (await Sessions.EndAllAsync(ann.Id, sessions[1].Id, Boss, default)).Ended.ShouldBe(2);
        (await Sessions.ListAsync(ann.Id, Boss, default)).ShouldHaveSingleItem().Id.ShouldBe(sessions[1].Id);
        (await Sessions.EndAllAsync(ann.Id, sessions[1].Id, Boss, default)).Ended.ShouldBe(0);
    }

    [Fact]
    public async Task End_ByItsOwner_IsAllowed()
    {
        var (ann, bob) = (await AnnAsync(), await BobAsync());
        var (first, second, third) = (await BeginAsync(bob), await BeginAsync(bob), await BeginAsync(bob));
        var actor = new Actor("Bob", "192.0.2.9", bob.Grant);
        (await Sessions.EndAsync(first.Id, bob.Id, actor, "session.end", default)).Ended.ShouldBe(1);
        (await Sessions.EndAllAsync(bob.Id, second.Id, actor, default)).Ended.ShouldBe(1);
        (await Sessions.UseAsync(second.Id, default)).ShouldNotBeNull();
        (await Sessions.UseAsync(third.Id, default)).ShouldBeNull();
        (await AuditLinesAsync())[^2..].ShouldBe(["Bob session.end bob: ok", "Bob session.end bob: ok"]);
        ann.Name.ShouldBe("ann");
    }

    [Fact]
    public async Task End_ByAnotherOrAfterOnesOwnHasEnded_IsRefusedAndNoted()
    {
        var (ann, bob) = (await AnnAsync(), await BobAsync());
        var session = await BeginAsync(ann);
        var viewer = new Actor(bob.Name, "192.0.2.9", bob.Grant);
        (await Sessions.EndAsync(session.Id, null, viewer, "session.end", default)).Ended.ShouldBe(0);
        (await Sessions.EndAllAsync(ann.Id, null, viewer, default)).Ended.ShouldBe(0);
        (await Sessions.EndAllAsync(ann.Id, null, new("ann", "192.0.2.9", Grant.Nothing), default)).Ended.ShouldBe(0);
        (await Sessions.UseAsync(session.Id, default)).ShouldNotBeNull();
        (await AuditLinesAsync())[^3..]
            .ShouldBe(["bob session.end ann: not_allowed", "bob session.end ann: not_allowed", "ann session.end ann: not_allowed"]);
    }

    [Fact]
    public async Task Proved_ByAProvider_IsWhenItSaysSo_NotWhenTheSessionBegan()
    {
        var ann = await AnnAsync();
        var now = Time.GetUtcNow().UtcDateTime;
        async Task<DateTime> ProvedAsync(SessionOrigin origin) =>
            (await Sessions.UseAsync((await Sessions.BeginAsync(ann, origin, default)).Id, default)).ShouldNotBeNull().ProvedUtc;
        (await ProvedAsync(new("a", "agent"))).ShouldBe(now);
        (await ProvedAsync(new("a", "agent", "https://id.example.com", null, now.AddHours(-3)))).ShouldBe(now.AddHours(-3));
        (await ProvedAsync(new("a", "agent", "https://id.example.com", null, now.AddHours(3)))).ShouldBe(
            now,
            "a clock that is ahead buys no time"
        );
        (await ProvedAsync(new("a", "agent", "https://id.example.com"))).ShouldBe(DateTime.UnixEpoch, "it does not say");
    }

    [Fact]
    public async Task EndOfProvider_SessionOrSubject_EndsThoseOnly()
    {
        const string id = "https://id.example.com";
        var result = await Accounts.SignInExternalAsync(new(id, "1", "Company", "ann", Role.Viewer, AccessScope.Everything), "a", default);
        var ann = result.ShouldBeOfType<SignInResult.Welcome>().Account;
        var one = await Sessions.BeginAsync(ann, new("a", "agent", id, "sid-1"), default);
        var two = await Sessions.BeginAsync(ann, new("a", "agent", id, "sid-2"), default);
        var local = await BeginAsync(await AnnAsync());
        (await Sessions.EndOfProviderAsync(id, null, null, "Company", "a", default)).ShouldBeEmpty();
        (await Sessions.EndOfProviderAsync("https://other.example.com", null, "sid-1", "Company", "a", default)).ShouldBeEmpty();
        (await Sessions.EndOfProviderAsync(id, "2", "sid-1", "Company", "a", default)).ShouldBeEmpty("sid of another subject");
        (await Sessions.EndOfProviderAsync(id, null, "sid-1", "Company", "a", default)).ShouldBe([one.Id]);
        (await Sessions.EndOfProviderAsync(id, "1", null, "Company", "a", default)).ShouldBe([two.Id]);
        (await Sessions.UseAsync(local.Id, default)).ShouldNotBeNull();
    }

    private async Task<Account> AnnAsync()
    {
        await Accounts.AddFirstAsync("ann", "hash", default);
        return (await People.ListAsync(Boss, default)).FirstOrDefault(one => one.Provider is null)
            ?? (await People.AddAsync("lotte", "hash", Role.Viewer, AccessScope.Everything, Boss, default))
                .ShouldBeOfType<PeopleResult.Done>()
                .Account;
    }

    private async Task<Account> BobAsync() =>
        (await People.AddAsync("bob", "hash", Role.Viewer, AccessScope.Everything, Boss, default))
            .ShouldBeOfType<PeopleResult.Done>()
            .Account;

    private Task<AccountSession> BeginAsync(Account account) => Sessions.BeginAsync(account, new("192.0.2.7", "agent"), default);
}
