using Appliance.Data;
using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Appliance.Testing;
using Appliance.Web.Frame;
using Appliance.Web.Tests.CommandLine;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.Access;

/// <summary>Connections of pages that were opened before something happened to their person or session.</summary>
public sealed class OpenPageTests(RunningProduct product) : IClassFixture<RunningProduct>, IAsyncLifetime
{
    private const string Issuer = "https://id.example.com";
    private const string Drawn = "Add person";
    private static readonly CancellationToken _none = CancellationToken.None;
    private static readonly Actor _boss = Actor.Local("test");

    private PeopleStore People => product.Console.Services.GetRequiredService<PeopleStore>();

    private SessionStore Sessions => product.Console.Services.GetRequiredService<SessionStore>();

    // The last administrator cannot be taken away; this one stays.
    public Task InitializeAsync() => Somebody.SignInAsync(product.Console.Services, Role.Administrator);

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Draw_WhileTheSessionHolds_ShowsThePage()
    {
        var ann = await Somebody.SignInAsync(product.Console.Services, Role.Administrator);
        await using var page = await OpenAsync(ann);
        await page.DrawAsync(await MarkersAsync(ann), "/people");
        (
            await page.SeesAsync(text =>
                text.Contains(Drawn, StringComparison.Ordinal) && text.Contains(ann.Account.Name, StringComparison.Ordinal)
            )
        ).ShouldBeTrue();
    }

    [Theory]
    [InlineData("disabled")]
    [InlineData("demoted")]
    [InlineData("removed")]
    [InlineData("signed out")]
    [InlineData("ended by another")]
    [InlineData("signed out everywhere")]
    [InlineData("password changed")]
    [InlineData("password reset")]
    [InlineData("ended by the provider")]
    [InlineData("other role by the provider")]
    [InlineData("renewed")]
    [InlineData("ended by another process")]
    [InlineData("disabled by another process")]
    [InlineData("run out")]
    public async Task Connection_OpenedBefore_IsClosedAndDrawsNothing(string what)
    {
        var provider = what.EndsWith("the provider", StringComparison.Ordinal) ? Issuer : null;
        var ann = await Somebody.SignInAsync(product.Console.Services, Role.Administrator, provider: provider);
        var other = await ann.OnceMoreAsync();
        var markers = await MarkersAsync(ann);
        await using var page = await OpenAsync(ann);
        await using var drawn = await OpenAsync(ann);
        await drawn.DrawAsync(markers, "/people");
        (await drawn.SeesAsync(text => text.Contains(Drawn, StringComparison.Ordinal))).ShouldBeTrue();
        await EndAsync(what, ann, other);
        await page.ClosedAsync();
        await drawn.ClosedAsync();
        await Should.ThrowAsync<IOException>(() => page.DrawAsync(markers, "/people"));
        page.Seen.ShouldNotContain(Drawn);
    }

    [Theory]
    [InlineData("disabled")]
    [InlineData("signed out everywhere")]
    public async Task Message_RightAfterTheEnd_IsRefused(string what)
    {
        // Nobody closes the connection here but the door itself.
        await using var console = await Control.ConsoleUnderTest.StartAsync();
        await console.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<PageWatch>().Single().StopAsync(_none);
        await Somebody.SignInAsync(console.Services, Role.Administrator);
        var ann = await Somebody.SignInAsync(console.Services, Role.Administrator);
        var markers = await RawPage.MarkersAsync(console.Port, ann.Cookie);
        await using var page = await RawPage.OpenAsync(console.Port, ann.Cookie);
        (await page.AskAsync("StartCircuit", page.Home, page.Home + "people", "[]", "")).ShouldNotBeNull();
        if (what == "disabled")
            await console.Services.GetRequiredService<PeopleStore>().DisableAsync(ann.Account.Id, true, _boss, _none);
        else
            await console.Services.GetRequiredService<SessionStore>().EndAllAsync(ann.Account.Id, null, _boss, _none);
        page.IsClosed.ShouldBeFalse();
        await RefusedAsync(() => page.PutAsync(markers));
        await page.ClosedAsync();
        page.Seen.ShouldNotContain(Drawn);
    }

    [Fact]
    public async Task Circuit_OfAnotherSessionOrOfOtherRights_IsNotComeBackTo()
    {
        var (ann, bob) = (
            await Somebody.SignInAsync(product.Console.Services, Role.Administrator),
            await Somebody.SignInAsync(product.Console.Services, Role.Viewer)
        );
        string? secret;
        await using (var page = await OpenAsync(ann))
        {
            secret = await page.AskAsync("StartCircuit", page.Home, page.Home + "people", "[]", "");
            var markers = await MarkersAsync(ann);
            await page.PutAsync(markers);
            (await page.SeesAsync(text => text.Contains(Drawn, StringComparison.Ordinal))).ShouldBeTrue();
        }

        await using var theirs = await OpenAsync(bob);
        (await theirs.AskAsync("ConnectCircuit", secret)).ShouldBe("false");
        await using (var own = await OpenAsync(ann))
            await Eventually.TrueAsync(async () => await own.AskAsync("ConnectCircuit", secret) == "true", "the own session comes back");

        // With other rights the page has to be drawn again.
        (
            await People.ChangeRoleAsync(ann.Account.Id, Role.Viewer, AccessScope.Everything, _boss, _none)
        ).ShouldBeOfType<PeopleResult.Done>();
        await using var demoted = await OpenAsync(ann);
        (await demoted.AskAsync("ConnectCircuit", secret)).ShouldBe("false");
    }

    [Fact]
    public async Task Connection_ThatDrawsNothing_IsClosedAfterAWhile()
    {
        var ann = await Somebody.SignInAsync(product.Console.Services, Role.Viewer);
        var watch = product.Console.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<PageWatch>().Single();
        await using var empty = await OpenAsync(ann);
        await using var begun = await OpenAsync(ann);
        await begun.AskAsync("StartCircuit", begun.Home, begun.Home, "[]", "");
        await using var drawn = await OpenAsync(ann);
        await drawn.DrawAsync(await MarkersAsync(ann), "/");
        await watch.LookAsync(DateTimeOffset.UtcNow + (PageWatch.WithoutPage / 2), _none);
        (empty.IsClosed || begun.IsClosed).ShouldBeFalse();
        await watch.LookAsync(DateTimeOffset.UtcNow + PageWatch.WithoutPage + TimeSpan.FromSeconds(1), _none);
        await empty.ClosedAsync();
        await begun.ClosedAsync();
        drawn.IsClosed.ShouldBeFalse();
    }

    private async Task EndAsync(string what, Somebody ann, Somebody other)
    {
        var id = ann.Account.Id;
        var self = new Actor(ann.Account.Name, "127.0.0.1", ann.Account.Grant, Session: ann.SessionId);
        switch (what)
        {
            case "disabled":
                (await People.DisableAsync(id, true, _boss, _none)).ShouldBeOfType<PeopleResult.Done>();
                break;
            case "demoted":
                (await People.ChangeRoleAsync(id, Role.Viewer, AccessScope.Everything, _boss, _none)).ShouldBeOfType<PeopleResult.Done>();
                break;
            case "removed":
                (await People.RemoveAsync(id, _boss, _none)).ShouldBeOfType<PeopleResult.Done>();
                break;
            case "signed out":
                (await Sessions.EndAsync(ann.SessionId, null, self, "sign_out", _none)).Ended.ShouldBe(1);
                break;
            case "ended by another":
                (await Sessions.EndAsync(ann.SessionId, id, _boss, "session.end", _none)).Ended.ShouldBe(1);
                break;
            case "signed out everywhere":
                (await Sessions.EndAllAsync(id, other.SessionId, self with { Session = other.SessionId }, _none)).Ended.ShouldBe(1);
                break;
            case "password changed":
                (await People.ChangeOwnPasswordAsync(id, "other", other.SessionId, "127.0.0.1", _none)).ShouldBeOfType<PeopleResult.Done>();
                break;
            case "password reset":
                (await People.ResetPasswordAsync(id, "other", _boss, null, _none)).ShouldBeOfType<PeopleResult.Done>();
                break;
            case "ended by the provider":
                (await Sessions.EndOfProviderAsync(Issuer, ann.Account.Subject, null, "Company", "192.0.2.1", _none)).ShouldNotBeEmpty();
                break;
            case "other role by the provider":
                await product
                    .Console.Services.GetRequiredService<AccountStore>()
                    .SignInExternalAsync(
                        new(Issuer, ann.Account.Subject!, "Company", null, Role.Viewer, AccessScope.Everything),
                        "192.0.2.1",
                        _none
                    ); // of a provider: it has a subject
                break;
            case "renewed":
                (await Sessions.EndAsync(ann.SessionId, id, self, "session.renew", _none)).Ended.ShouldBe(1);
                break;
            default:
                await ElsewhereAsync(what, ann);
                break;
        }
    }

    // As another process on the same database does it: nobody tells this one.
    private async Task ElsewhereAsync(string what, Somebody ann)
    {
        await using var db = new ContextFactory(Path.Combine(product.Console.Folder, "appliance.db")).CreateDbContext();
        var long_ago = DateTime.UtcNow.AddDays(-30);
        var changed = what switch
        {
            "ended by another process" => await db.Sessions.Where(one => one.Id == ann.SessionId).ExecuteDeleteAsync(),
            "disabled by another process" => await db
                .Accounts.Where(one => one.Id == ann.Account.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(one => one.Disabled, true)),
            "run out" => await db
                .Sessions.Where(one => one.Id == ann.SessionId)
                .ExecuteUpdateAsync(set => set.SetProperty(one => one.ExpiresUtc, long_ago)),
            _ => throw new ArgumentOutOfRangeException(nameof(what), what, null),
        };
        changed.ShouldBe(1);
    }

    private static async Task RefusedAsync(Func<Task> deed)
    {
        try
        {
            await deed();
        }
        catch (Exception exception) when (exception is IOException)
        {
            // Closed before the answer, or with it.
        }
    }

    private Task<RawPage> OpenAsync(Somebody who) => RawPage.OpenAsync(product.Console.Port, who.Cookie);

    private Task<string[]> MarkersAsync(Somebody who) => RawPage.MarkersAsync(product.Console.Port, who.Cookie);
}
