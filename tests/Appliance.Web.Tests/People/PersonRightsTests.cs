using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Appliance.Testing;
using Appliance.Web.Forms;
using Appliance.Web.People;
using Appliance.Web.SignIn;
using Appliance.Web.Tests.Access;
using Appliance.Web.Tests.CommandLine;
using Appliance.Web.Tests.Controls;
using Appliance.Web.Tests.Forms;
using Bunit;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.People;

/// <summary>The form of a person's rights, with a real store and without a browser.</summary>
public sealed class PersonRightsTests(RunningProduct product) : Rendering, IClassFixture<RunningProduct>
{
    private readonly Tab _tab = new();
    private AsyncServiceScope _page;
    private Account _account = null!; // set by OpenAsync

    private PeopleStore People => product.Console.Services.GetRequiredService<PeopleStore>();

    [Fact]
    public async Task OthersChangeTheRights_NothingTyped_FieldsFollow()
    {
        var form = await OpenAsync();
        await ChangeAsync(Role.Operator, "tag:a");
        await ShowAsync(form);
        (Chosen(form), form.Find("#f-scope").GetAttribute("value")).ShouldBe(("Operator", "tag:a"));
    }

    [Fact]
    public async Task OthersChangeTheRights_WhileSomebodyTypes_TypedStays_AndTheFirstSaveSaysIt()
    {
        var form = await OpenAsync();
        await form.Find("#f-role").ChangeAsync(new() { Value = "Administrator" });
        await ChangeAsync(Role.Operator, "tag:a");
        await ShowAsync(form);
        Chosen(form).ShouldBe("Administrator");

        await form.Find("form").SubmitAsync();
        form.WaitForAssertion(() => form.Find("#problems").TextContent.ShouldContain($"{_account.Name} is Operator of tag:a now."));
        (await StoredAsync()).Role.ShouldBe(Role.Operator);

        await form.Find("form").SubmitAsync();
        form.WaitForAssertion(() => form.FindAll("#problems").ShouldBeEmpty());
        (await StoredAsync()).Role.ShouldBe(Role.Administrator);
    }

    [Fact]
    public async Task DraftOfAnEarlierPage_ComesBack()
    {
        var form = await OpenAsync(id => _tab.Leave($"people/{id}", "Viewer ", null, ("role", "Administrator")));
        form.WaitForAssertion(() => form.Find(".notice").TextContent.ShouldContain("Your unsaved changes were restored."));
        Chosen(form).ShouldBe("Administrator");
    }

    private static string? Chosen(IRenderedComponent<PersonRights> form) =>
        form.FindAll("#f-role option").Single(option => option.HasAttribute("selected")).GetAttribute("value");

    private async Task<IRenderedComponent<PersonRights>> OpenAsync(Action<long>? before = null)
    {
        _page = product.Console.Services.CreateAsyncScope();
        var admin = await Somebody.SignInAsync(product.Console.Services, Role.Administrator);
        var circuit = (CircuitPerson)_page.ServiceProvider.GetRequiredService<AuthenticationStateProvider>();
        circuit.SetAuthenticationState(Task.FromResult(new AuthenticationState(Session.Of(admin.Account, admin.SessionId))));
        _account = (await Somebody.SignInAsync(product.Console.Services, Role.Viewer)).Account;
        Services.AddSingleton(_page.ServiceProvider.GetRequiredService<PeopleDeeds>());
        Services.AddSingleton(_page.ServiceProvider.GetRequiredService<DiscardOffer>());
        Services.AddSingleton<IDraftKeeper>(_tab);
        Services.AddSingleton<TimeProvider>(TestTime.New());
        before?.Invoke(_account.Id);
        return Render<PersonRights>(parameters => parameters.Add(rights => rights.Of, _account));
    }

    private async Task ChangeAsync(Role role, string scope)
    {
        AccessScope.TryParse(scope, out var parsed, out _).ShouldBeTrue();
        (
            await People.ChangeRoleAsync(_account.Id, role, parsed!, Actor.Local("test"), CancellationToken.None)
        ) // it was parsed
        .ShouldBeOfType<PeopleResult.Done>();
    }

    private async Task ShowAsync(IRenderedComponent<PersonRights> form)
    {
        var now = await StoredAsync();
        form.Render(parameters => parameters.Add(rights => rights.Of, now));
    }

    private async Task<Account> StoredAsync() =>
        await People.FindAsync(_account.Id, Actor.Local("test"), CancellationToken.None)
        ?? throw new InvalidOperationException("It is stored.");
}
