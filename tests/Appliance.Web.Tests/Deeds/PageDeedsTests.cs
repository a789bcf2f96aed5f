using Appliance.Data;
using Appliance.Data.Accounts;
using Appliance.Data.Audit;
using Appliance.Data.Revisions;
using Appliance.Data.Rights;
using Appliance.Proxy.Config;
using Appliance.Testing;
using Appliance.Web.Controls;
using Appliance.Web.Deeds;
using Appliance.Web.Editing;
using Appliance.Web.Live;
using Appliance.Web.Rights;
using Appliance.Web.SignIn;
using Appliance.Web.Tests.Access;
using Appliance.Web.Tests.CommandLine;
using Appliance.Web.Tests.Live;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;

namespace Appliance.Web.Tests.Deeds;

/// <summary>The one way in which pages do something, with a real store, proxy and feed, and without a browser.</summary>
public sealed class PageDeedsTests(RunningProduct product) : IClassFixture<RunningProduct>, IAsyncLifetime
{
    private static readonly CancellationToken _none = CancellationToken.None;
    private AsyncServiceScope _page;
    private Somebody _person = null!; // set before each test
    private int _done;

    private PageDeeds Deeds => _page.ServiceProvider.GetRequiredService<PageDeeds>();

    private ConfigDeeds Config => _page.ServiceProvider.GetRequiredService<ConfigDeeds>();

    private ProxyConfig Shown => _page.ServiceProvider.GetRequiredService<ConsoleFeed>().Current.Head.Config;

    private StoreHealth Health => _page.ServiceProvider.GetRequiredService<ConfigStore>().Health;

    private IReadOnlyList<Toast> Toasts => _page.ServiceProvider.GetRequiredService<ToastBoard>().All;

    public Task InitializeAsync() => SignInAsync(Role.Operator);

    public async Task DisposeAsync()
    {
        Health.Stored();
        await _page.DisposeAsync();
    }

    [Fact]
    public async Task Done_IsDoneByThePersonAtThePage_AndSaid()
    {
        Actor? actor = null;
        var isDone = await Deeds.TellAsync(
            new Deed<int>
            {
                Do = who =>
                {
                    actor = who;
                    return Task.FromResult(3);
                },
                Said = count => new($"Closed {count}"),
            }
        );
        isDone.ShouldBeTrue();
        (actor!.Name, actor.Grant, actor.Session).ShouldBe((_person.Account.Name, _person.Account.Grant, _person.SessionId));
        Toasts.ShouldHaveSingleItem().ShouldBe(new("Closed 3"));
    }

    [Fact]
    public async Task Done_SessionEndedMeanwhile_IsAskedForWithoutAnyRight()
    {
        await product.Console.Services.GetRequiredService<SessionStore>().EndAllAsync(_person.Account.Id, null, Actor.Local("test"), _none);
        (await Config.ChangeAsync(AddRoute("late"), [], "Added route late")).ShouldBeFalse();
        Toasts
            .ShouldHaveSingleItem()
            .Text.ShouldBe("Not done: Changing the config is not possible: your session has ended. Sign in again.");
    }

    [Fact]
    public async Task Refused_ByTheDoor_IsSaidWithTheReason()
    {
        (
            await Deeds.TellAsync(
                new Deed<int> { Do = _ => throw new NotAllowedException("It is outside of your scope."), Said = _ => new("Done") }
            )
        ).ShouldBeFalse();
        Toasts.ShouldHaveSingleItem().ShouldBe(new("Not done: It is outside of your scope.", Bad: true));
    }

    [Fact]
    public async Task Refused_ByWhatTheDoorReturns_LeavesTheReasonToTheForm()
    {
        var result = await Deeds.DoAsync(
            new Deed<int>
            {
                Do = _ => Task.FromResult(7),
                Refusal = value => $"{value} is taken.",
                Said = _ => new("Done"),
            }
        );
        result.ShouldBe(new DeedResult<int>.Refused("7 is taken.", 7));
        result.Fault.ShouldBe("7 is taken.");
        Toasts.ShouldBeEmpty();
    }

    [Fact]
    public async Task Away_SaysWhatDidNotHappen_AndEveryPageHearsOfIt()
    {
        var isDone = await Deeds.TellAsync(
            new Deed<int>
            {
                Do = _ => throw new DbUpdateException("away", new SqliteException("database or disk is full", 13)),
                Said = _ => new("Done"),
                Undone = "nothing was closed",
            }
        );
        isDone.ShouldBeFalse();
        Toasts
            .ShouldHaveSingleItem()
            .ShouldBe(new("The disk of the data folder is full; nothing was closed. Make room, and try again.", Bad: true));
        Health.Problem.ShouldNotBeNull().ShouldStartWith("The disk of the data folder is full");
    }

    [Fact]
    public async Task Bug_IsNotTakenForAStoreThatIsAway()
    {
        await Should.ThrowAsync<InvalidOperationException>(() =>
            Deeds.TellAsync(new Deed<int> { Do = _ => throw new InvalidOperationException("a bug") })
        );
        (Toasts.Count, Health.Problem).ShouldBe((0, null));
    }

    [Fact]
    public async Task NoAnswer_NothingIsDone()
    {
        (await Deeds.TellAsync(() => Task.FromResult<string?>(null), _ => Counted())).ShouldBeFalse();
        (await Deeds.TellAsync(() => Task.FromResult<string?>("yes"), answer => Counted() with { Said = _ => new(answer) })).ShouldBeTrue();
        (_done, Toasts.ShouldHaveSingleItem().Text).ShouldBe((1, "yes"));
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task Asked_IsDoneOnceSomebodyIsSure(bool sure, int times)
    {
        var asked = "";
        _page.ServiceProvider.GetRequiredService<IDialogService>().DialogInstanceAddedAsync += dialog =>
        {
            asked = "asked";
            dialog.RenderCompleteTaskCompletionSource.TrySetResult(true);
            dialog.Dismiss(sure ? DialogResult.Ok(true) : DialogResult.Cancel());
            return Task.CompletedTask;
        };
        var result = await Deeds.DoAsync(Counted() with { Ask = new("Delete ann?", "She is gone for good.", "Delete person") });
        (asked, _done, result is DeedResult<int>.Cancelled).ShouldBe(("asked", times, !sure));
        result.Fault.ShouldBeNull();
    }

    [Fact]
    public async Task Change_IsLiveAndShownBeforeThePageGoesOn_AndCanBeUndone()
    {
        (await Config.ChangeAsync(AddRoute("fast"), [], "Added route fast")).ShouldBeTrue();
        Shown.Routes.ShouldContain(route => route.Name == "fast");
        var toast = Toasts.ShouldHaveSingleItem();
        toast.Text.ShouldMatch("^Added route fast. Revision [0-9]+ is live.$");
        await toast.Undo.ShouldNotBeNull()();
        Shown.Routes.ShouldNotContain(route => route.Name == "fast");
        Toasts[^1].Text.ShouldStartWith("Undone: added route fast. Revision ");
    }

    [Fact]
    public async Task Undo_SomebodyChangedItSince_IsRefused()
    {
        await Config.ChangeAsync(AddRoute("shared"), [], "Added route shared");
        var route = Shown.Routes.Single(one => one.Name == "shared");
        await Config.ChangeAsync(config => Items.Put(config, route with { Path = "/other" }), [SeenItem.Of(route)], "Changed route shared");
        await Toasts[0].Undo.ShouldNotBeNull()();
        Toasts[^1]
            .ShouldBe(new("Not done: it cannot be undone any more, because the same item was changed since. See History.", Bad: true));
    }

    [Fact]
    public async Task Change_SomebodyWasFaster_IsRefused()
    {
        (await Config.ChangeAsync(config => config, [new(Guid.CreateVersion7(), "{}")], "Changed route x")).ShouldBeFalse();
        Toasts.ShouldHaveSingleItem().Text.ShouldBe("Not done: it was changed a moment ago. Look again and repeat it.");
    }

    [Fact]
    public async Task Change_ByAViewer_IsRefusedAndStandsInTheAudit()
    {
        await _page.DisposeAsync();
        await SignInAsync(Role.Viewer);
        (await Config.ChangeAsync(AddRoute("viewers"), [], "Added route viewers")).ShouldBeFalse();
        Toasts.ShouldHaveSingleItem().Text.ShouldStartWith("Not done: Changing the config takes the role Operator");
        (
            await _page
                .ServiceProvider.GetRequiredService<AuditStore>()
                .ListAsync(new() { Actor = _person.Account.Name }, 10, null, Actor.Local("test"), _none)
        )
            .ShouldHaveSingleItem()
            .Result.ShouldStartWith("not_allowed");
    }

    [Fact]
    public async Task Save_OfAForm_WhileTheStoreIsAway_IsAProblemOfTheForm()
    {
        using var database = new SickDatabase(Path.Combine(product.Console.Folder, "appliance.db")) { Away = true };
        using var store = new ConfigStore(database, TimeProvider.System);
        var services = _page.ServiceProvider;
        var config = new ConfigDeeds(
            Deeds,
            services.GetRequiredService<Questions>(),
            new(store, new ConfigValidator(), services.GetRequiredService<AuditStore>(), ProxyKnowledge.None),
            product.Console.Proxy
        );
        var rejected = (await config.SaveAsync(AddRoute("x"), [], "Added route x")).ShouldBeOfType<EditResult.Rejected>();
        rejected
            .Problems.ShouldHaveSingleItem()
            .Message.ShouldBe(
                "The disk of the data folder fails (disk I/O error); nothing was stored. Look at the disk, its quota and the "
                    + "machine's log. What you typed is still here."
            );
        Toasts.ShouldBeEmpty();
        database.Recover();
        (await config.SaveAsync(AddRoute("y"), [], "Added route y", "why")).ShouldBeOfType<EditResult.Saved>();
        Toasts.ShouldHaveSingleItem().Text.ShouldStartWith("Added route y. Revision ");
    }

    private static Func<ProxyConfig, ProxyConfig> AddRoute(string name) =>
        config => config with { Routes = [.. config.Routes, Configs.Proxy(name, "/" + name, "one")] };

    private Deed<int> Counted() => new() { Do = _ => Task.FromResult(++_done) };

    private async Task SignInAsync(Role role)
    {
        _page = product.Console.Services.CreateAsyncScope();
        _person = await Somebody.SignInAsync(product.Console.Services, role);
        var circuit = (CircuitPerson)_page.ServiceProvider.GetRequiredService<AuthenticationStateProvider>();
        circuit.SetAuthenticationState(Task.FromResult(new AuthenticationState(Session.Of(_person.Account, _person.SessionId))));
    }
}
