using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.SignIn;

/// <summary>
/// The product, and a certified provider that signs in whoever types a name. The one is at localhost, the other at 127.0.0.1: two sites for
/// a browser.
/// </summary>
public sealed class ConsoleWithProvider : IAsyncLifetime
{
    private readonly List<IBrowserContext> _contexts = [];

    public ApplianceProcess Process { get; } = new();

    public BackendProcess Provider { get; private set; } = null!; // InitializeAsync comes first

    public string Url => $"http://localhost:{Process.ConsolePort}";

    public async Task InitializeAsync()
    {
        if (Chromium.Missing is not null)
            return;
        Provider = await BackendProcess.OidcProviderAsync(Url);
        Process.Settings["APPLIANCE_ADMIN_USER"] = RunningConsole.User;
        Process.Settings["APPLIANCE_ADMIN_PASSWORD"] = RunningConsole.Password;
        Process.Settings["APPLIANCE_OIDC_AUTHORITY"] = Provider.Address;
        Process.Settings["APPLIANCE_OIDC_CLIENT_ID"] = "console";
        Process.Settings["APPLIANCE_OIDC_CLIENT_SECRET"] = "the secret of the console";
        Process.Settings["APPLIANCE_OIDC_SCOPES"] = "openid profile email groups";
        Process.Settings["APPLIANCE_OIDC_ROLE_RULES"] =
            "groups:admins=Administrator;groups:ops=Operator;groups:team-a=Operator(host:*.a.example.com)";
        Process.Settings["APPLIANCE_OIDC_NAME"] = "Staff";
        await Process.StartAsync();
    }

    public async Task DisposeAsync()
    {
        foreach (var context in _contexts)
            await context.CloseAsync();
        await Process.DisposeAsync();
        if (Provider is not null)
            await Provider.DisposeAsync();
    }

    /// <summary>A browser that nobody used yet.</summary>
    public async Task<IPage> StrangerAsync(string path, int width = 1280, int height = 800, ColorScheme scheme = ColorScheme.Light)
    {
        var context = await (await Chromium.GetAsync()).NewContextAsync(
            new()
            {
                ViewportSize = new() { Width = width, Height = height },
                ColorScheme = scheme,
                ReducedMotion = ReducedMotion.Reduce,
            }
        );
        _contexts.Add(context);
        context.SetDefaultTimeout(Chromium.Patience);
        var page = await context.NewPageAsync();
        PageLook.Watch(page);
        await page.GotoAsync(Url + path);
        return page;
    }

    /// <summary>Signs in at the provider, from the sign-in page that is open.</summary>
    public static async Task SignInAsync(IPage page, string user)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in with Staff" }).ClickAsync();
        await AtProviderAsync(page, user);
    }

    /// <summary>The provider's own two pages.</summary>
    public static async Task AtProviderAsync(IPage page, string user)
    {
        await page.Locator("input[name=login]").FillAsync(user);
        await page.Locator("input[name=password]").FillAsync("anything");
        await page.Locator("button[type=submit]").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
    }
}
