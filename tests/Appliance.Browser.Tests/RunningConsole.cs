using System.Net.WebSockets;
using Appliance.Data;
using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Appliance.Proxy.Config;
using Appliance.Testing;
using Appliance.Web.SignIn;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests;

/// <summary>The product as a child process with one administrator, and browsers signed in to it. One for the tests of a class.</summary>
public sealed class RunningConsole : IAsyncLifetime
{
    public const string User = "ann";
    public const string Password = "correct horse battery";

    private readonly List<IBrowserContext> _contexts = [];
    private string? _signedIn;

    public ApplianceProcess Process { get; } = new();

    public string Url => $"http://localhost:{Process.ConsolePort}";

    public string ProxyUrl => $"http://127.0.0.1:{Process.HttpPort}";

    public async Task InitializeAsync()
    {
        if (Chromium.Missing is not null)
            return;
        Process.Settings["APPLIANCE_ADMIN_USER"] = User;
        Process.Settings["APPLIANCE_ADMIN_PASSWORD"] = Password;
        await Process.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await ClosePagesAsync();
        await Process.DisposeAsync();
    }

    /// <summary>Closes every page that was opened here.</summary>
    public async Task ClosePagesAsync()
    {
        foreach (var context in _contexts)
            await context.CloseAsync();
        _contexts.Clear();
    }

    /// <summary>
    /// A page of somebody who is signed in, at <paramref name="path"/>. Errors of its scripts fail the test that asks for
    /// <see cref="FaultsOf"/>.
    /// </summary>
    public async Task<IPage> OpenAsync(string path, int width = 1280, int height = 800, ColorScheme scheme = ColorScheme.Light)
    {
        var context = await (await Chromium.GetAsync()).NewContextAsync(
            new()
            {
                ViewportSize = new() { Width = width, Height = height },
                ColorScheme = scheme,
                StorageState = _signedIn,
                ReducedMotion = ReducedMotion.Reduce,
                TimezoneId = "Europe/Berlin",
            }
        );
        _contexts.Add(context);
        context.SetDefaultTimeout(Chromium.Patience);
        var page = await context.NewPageAsync();
        PageLook.Watch(page);
        if (_signedIn is null)
        {
            await SignInAsync(page);

            // A page that is left before it has begun is kept by the product for minutes, as one that was cut off.
            await Assertions.Expect(page.Locator("main h1, main .empty").First).ToBeVisibleAsync();
            _signedIn = await context.StorageStateAsync();
        }

        await page.GotoAsync(Url + path);
        await Assertions.Expect(page.Locator("main h1, main .empty").First).ToBeVisibleAsync();
        return page;
    }

    /// <summary>Who may use the console, past the console: as another process would change it.</summary>
    public PeopleStore People => new(new ContextFactory(Path.Combine(Process.Data, "appliance.db")), TimeProvider.System);

    /// <summary>Adds somebody who signs in with <see cref="Password"/>.</summary>
    public async Task AddPersonAsync(string name, Role role, string scope = "")
    {
        AccessScope.TryParse(scope, out var parsed, out var fault).ShouldBeTrue(fault);
        var hash = Passwords.Hash(Password);
        var added = await People.AddAsync(name, hash, role, parsed.ShouldNotBeNull(), Actor.Local("test"), CancellationToken.None);
        await People.ChangeOwnPasswordAsync(
            added.ShouldBeOfType<PeopleResult.Done>().Account.Id,
            hash,
            null,
            "test",
            CancellationToken.None
        );
    }

    /// <summary>A page that nobody signed in to.</summary>
    public async Task<IPage> StrangerAsync(string path)
    {
        var context = await (await Chromium.GetAsync()).NewContextAsync();
        _contexts.Add(context);
        context.SetDefaultTimeout(Chromium.Patience);
        var page = await context.NewPageAsync();
        PageLook.Watch(page);
        await page.GotoAsync(Url + path);
        return page;
    }

    /// <summary>Signs in by the form.</summary>
    public async Task SignInAsync(IPage page, string user = User, string password = Password)
    {
        await page.GotoAsync(Url + "/sign-in");
        await page.GetByLabel("User name").FillAsync(user);
        await page.GetByLabel("Password").FillAsync(password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();

        // Not WaitForURLAsync: that waits for the load event, too, which nobody here needs.
        await Assertions.Expect(page).Not.ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/sign-in"));
    }

    /// <summary>A test that waits longer than this has failed.</summary>
    public static CancellationToken Limit() => new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;

    /// <summary>A client of the proxy that is no browser.</summary>
    public async Task<ClientWebSocket> ConnectAsync(string path)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new($"ws://127.0.0.1:{Process.HttpPort}{path}"), Limit());
        return socket;
    }

    /// <summary>The close code and the reason that the client hears; it answers.</summary>
    public static async Task<(int Code, string? Reason)> HearCloseAsync(ClientWebSocket socket)
    {
        while (socket.CloseStatus is null)
            await socket.ReceiveAsync(new byte[4096], Limit());
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Limit());
        return ((int)socket.CloseStatus, socket.CloseStatusDescription);
    }

    /// <summary>Makes this the whole config, by the command line.</summary>
    public async Task ApplyAsync(ProxyConfig config)
    {
        var (exitCode, output, errors) = await Process.ApplyAsync(new ConfigDocument(null, config).ToJson());
        exitCode.ShouldBe(0, output + errors);
    }
}
