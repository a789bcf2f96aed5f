using System.Net;
using System.Security.Claims;
using Appliance.Data.Accounts;
using Appliance.Data.Audit;
using Appliance.Data.Certificates;
using Appliance.Data.Rights;
using Appliance.Web.SignIn;
using Appliance.Web.Tests.CommandLine;
using Appliance.Web.Tests.SignIn;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Appliance.Web.Tests.Access;

/// <summary>Deeds by somebody whose rights were others when the deed was asked for, and what asks for the password again.</summary>
public sealed class RightsOfThisMomentTests(RunningProduct product) : IClassFixture<RunningProduct>, IAsyncLifetime
{
    private const string Password = "a long password of somebody";
    private static readonly CancellationToken _none = CancellationToken.None;
    private static readonly Actor _boss = Actor.Local("test");
    private Door _door = null!; // set before each test

    private IServiceProvider Services => product.Console.Services;

    public async Task InitializeAsync()
    {
        _door = new(product);
        await Somebody.SignInAsync(Services, Role.Administrator);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("demoted")]
    [InlineData("ended")]
    public async Task Deed_JudgedBeforeTheChange_IsRefusedAndNoted(string what)
    {
        var ann = await Somebody.SignInAsync(Services, Role.Administrator);
        var actor = new Actor(ann.Account.Name, "192.0.2.1", ann.Account.Grant, Session: ann.SessionId);
        (await Door.OpensAsync(() => _door.EditAsync(actor, "chat"))).ShouldBeTrue();
        if (what == "demoted")
            await Services
                .GetRequiredService<PeopleStore>()
                .ChangeRoleAsync(ann.Account.Id, Role.Viewer, AccessScope.Everything, _boss, _none);
        else
            await Services.GetRequiredService<SessionStore>().EndAllAsync(ann.Account.Id, null, _boss, _none);
        var before = await _door.ConfigAsync();
        (await Door.OpensAsync(() => _door.EditAsync(actor, "chat"))).ShouldBeFalse();
        (await _door.ConfigAsync()).ShouldBe(before);
        var line = await _door.NewestAuditAsync();
        (line.Actor, line.From, line.Action, line.Target).ShouldBe((ann.Account.Name, "192.0.2.1", "config.console", "config"));
        line.Result.ShouldStartWith("not_allowed: ");
        foreach (var deed in new[] { "CertificateStore.AddAsync", "CertificateStore.DeleteAsync", "CertificateStore.MarkDefaultAsync" })
            (await new CertificateDeeds(_door.Get<CertificateStore>()).DoAsync(deed, actor, "x.example.com")).ShouldBeFalse(deed);
    }

    [Fact]
    public async Task OpenPage_SessionEnded_IsStillKnownByNameAndAddressAndMayNothing()
    {
        var ann = await Somebody.SignInAsync(Services, Role.Administrator);
        var sessions = Services.GetRequiredService<LiveSessions>();
        using var person = new CircuitPerson(NullLoggerFactory.Instance, sessions);
        var who = new ClaimsPrincipal([
            .. Session.Of(ann.Account, ann.SessionId).Identities,
            new ClaimsIdentity([new Claim("from", "192.0.2.7")]),
        ]);
        person.SetAuthenticationState(Task.FromResult(new AuthenticationState(who)));
        person.Watch();
        var current = new CurrentActor(person, sessions);
        (await current.WhoAsync()).ShouldBe(new(ann.Account.Name, "192.0.2.7", ann.Account.Grant, IsFresh: true, ann.SessionId));
        await Services.GetRequiredService<SessionStore>().EndAllAsync(ann.Account.Id, null, _boss, _none);
        await Appliance.Testing.Eventually.TrueAsync(
            async () => (await person.GetAuthenticationStateAsync()).User.Identity?.IsAuthenticated != true,
            "the page has left"
        );
        var left = await current.WhoAsync();
        (left.Name, left.From, left.Grant).ShouldBe((ann.Account.Name, "192.0.2.7", Grant.Nothing));
    }

    [Fact]
    public async Task SecondFactor_WithoutThePassword_IsNotBegun()
    {
        using var browser = await BrowserAsync();
        using var without = await browser.PostAsync("/account", ("_handler", "second-factor"), ("Input.Do", "begin"));
        without.StatusCode.ShouldBe(HttpStatusCode.OK, without.Headers.Location?.ToString());
        browser.Page.ShouldNotContain("Input.Setup");
        browser.Page.ShouldContain("password is wrong");
        await browser.PostAsync("/account", ("_handler", "second-factor"), ("Input.Do", "begin"), ("Input.Password", Password));
        browser.Page.ShouldContain("Input.Setup");
    }

    [Fact]
    public async Task OtherSessions_SignInTooOld_AreEndedAfterAnotherOneOnly()
    {
        using var browser = await BrowserAsync();
        var account = await NewestAccountAsync();
        var other = await Services.GetRequiredService<SessionStore>().BeginAsync(account, new("192.0.2.9", "elsewhere"), _none);
        await using (var db = new Data.ContextFactory(Path.Combine(product.Console.Folder, "appliance.db")).CreateDbContext())
        {
            var long_ago = DateTime.UtcNow.AddHours(-1);
            await db
                .Sessions.Where(one => one.AccountId == account.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(one => one.ProvedUtc, long_ago));
        }

        Services.GetRequiredService<RightsChanges>().Raise();
        using var answer = await browser.PostAsync("/account", ("_handler", "sessions"), ("Input.End", "others"));
        answer.StatusCode.ShouldBeOneOf(HttpStatusCode.Found, HttpStatusCode.SeeOther);
        answer.Headers.Location?.ToString().ShouldContain("/sign-in/again");
        (await Services.GetRequiredService<SessionStore>().UseAsync(other.Id, _none)).ShouldNotBeNull();
        var line = await _door.NewestAuditAsync();
        (line.Actor, line.Action, line.Target, line.Result).ShouldBe((account.Name, "session.end", account.Name, AuditEntry.NotFresh));
        using var again = await browser.PostAsync("/sign-in/again?to=%2Faccount", ("Input.Password", Password));
        again.StatusCode.ShouldBeOneOf(HttpStatusCode.Found, HttpStatusCode.SeeOther);
        using var ended = await browser.PostAsync("/account", ("_handler", "sessions"), ("Input.End", "others"));
        ended.Headers.Location?.ToString().ShouldContain("done=sessions");
        (await Services.GetRequiredService<SessionStore>().UseAsync(other.Id, _none)).ShouldBeNull();
    }

    private async Task<FormBrowser> BrowserAsync()
    {
        var who = await Somebody.SignInAsync(Services, Role.Viewer);
        await Services
            .GetRequiredService<PeopleStore>()
            .ChangeOwnPasswordAsync(who.Account.Id, Passwords.Hash(Password), null, "test", _none);
        var browser = new FormBrowser(product.Console.Port);
        (await browser.SignInAsync(who.Account.Name, Password)).StatusCode.ShouldBe(HttpStatusCode.Found);
        return browser;
    }

    private async Task<Account> NewestAccountAsync() =>
        (await Services.GetRequiredService<PeopleStore>().ListAsync(_boss, _none)).MaxBy(one => one.Id).ShouldNotBeNull();
}
