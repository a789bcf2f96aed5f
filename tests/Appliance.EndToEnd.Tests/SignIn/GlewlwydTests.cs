using Appliance.Testing;

namespace Appliance.EndToEnd.Tests.SignIn;

/// <summary>A provider that nobody here wrote, and that requires pushed requests.</summary>
public sealed class GlewlwydTests : IAsyncLifetime
{
    private readonly ApplianceProcess _product = new();
    private GlewlwydProvider _provider = null!; // InitializeAsync comes first

    private string Url => $"http://127.0.0.1:{_product.ConsolePort}";

    public async Task InitializeAsync()
    {
        _provider = await GlewlwydProvider.StartAsync(Url);
        _product.Settings["APPLIANCE_ADMIN_USER"] = ConsoleWithProvider.Administrator;
        _product.Settings["APPLIANCE_ADMIN_PASSWORD"] = ConsoleWithProvider.Password;
        ConsoleWithProvider.AddProvider(_product, 1, _provider.Issuer, "Glewlwyd");
        _product.Settings["APPLIANCE_OIDC_SCOPES"] = "openid";
        await _product.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _product.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task WorkingDay_FromSignInToSignOut()
    {
        // In, with the role of the group.
        using var olga = ConsoleWithProvider.Browser();
        var (way, _, page) = await ConsoleWithProvider.FollowAsync(
            olga,
            (await AnswerAsync(olga, "olga", "/sign-in/oidc/1?to=/account")).ToString()
        );
        way[^1].ShouldBe(Url + "/account", _product.Output);
        System.Net.WebUtility.HtmlDecode(page).ShouldContain("olga \u00b7 Glewlwyd");
        page.ShouldContain("Operator");

        // Out, by the rules.
        using var nora = ConsoleWithProvider.Browser();
        (way, _, page) = await ConsoleWithProvider.FollowAsync(nora, (await AnswerAsync(nora, "nora", "/sign-in/oidc/1")).ToString());
        way[^1].ShouldContain("refused=no_role");
        page.ShouldContain("Glewlwyd says staff.");

        // Signing out: it has no page for that here.
        var there = await ConsoleWithProvider.SignOutAsync(olga, Url);
        (await ConsoleWithProvider.FollowAsync(olga, new Uri(new(Url), there).ToString())).Page.ShouldContain(
            "You are signed out here. Glewlwyd has no sign-out page"
        );
        (await ConsoleWithProvider.FollowAsync(olga, Url + "/account")).Way[^1].ShouldContain("/sign-in");
    }

    [Fact]
    public async Task ProviderAway_AtEachStep_IsToldAndTheNextSignInWorks()
    {
        // When the code is to be redeemed.
        using var browser = ConsoleWithProvider.Browser();
        var answer = await AnswerAsync(browser, "olga", "/sign-in/oidc/1?to=/account");
        await _provider.StopAsync();
        (await ConsoleWithProvider.FollowAsync(browser, answer.ToString())).Way[^1].ShouldContain("refused=provider_away");

        // Before anybody goes there.
        await Eventually.TrueAsync(
            async () =>
                (await ConsoleWithProvider.FollowAsync(browser, Url + "/sign-in/oidc/1"))
                    .Way[^1]
                    .Contains("refused=provider_away", StringComparison.Ordinal),
            "it counts as away"
        );
        await _provider.StartAgainAsync();
        await Eventually.TrueAsync(
            async () =>
            {
                using var start = await browser.GetAsync(Url + "/sign-in/oidc/1");
                return !start.Headers.Location!.OriginalString.Contains("refused", StringComparison.Ordinal);
            },
            "it counts as there"
        );
        answer = await AnswerAsync(browser, "olga", "/sign-in/oidc/1?to=/account");
        (await ConsoleWithProvider.FollowAsync(browser, answer.ToString())).Way[^1].ShouldBe(Url + "/account", _product.Output);

        // And when one signs out.
        await _provider.StopAsync();
        var there = await ConsoleWithProvider.SignOutAsync(browser, Url);
        there.OriginalString.ShouldStartWith("/sign-in?signed-out=");
    }

    private async Task<Uri> AnswerAsync(HttpClient browser, string name, string path)
    {
        using var start = await browser.GetAsync(Url + path);
        start.Headers.Location.ShouldNotBeNull().IsAbsoluteUri.ShouldBeTrue($"{start.Headers.Location}\n{_product.Output}");
        return await _provider.SignInAsync(browser, start.Headers.Location, name);
    }
}
