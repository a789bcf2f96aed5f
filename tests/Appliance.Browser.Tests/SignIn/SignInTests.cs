using System.Net;
using System.Net.WebSockets;
using Appliance.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.SignIn;

public sealed class SignInTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task SignIn_WrongPassword_SaysSoAndKeepsTheName()
    {
        var page = await console.StrangerAsync("/routes");
        await TryAsync(page, RunningConsole.User, "wrong");
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("User name or password is wrong.");
        await Assertions.Expect(page.GetByLabel("User name")).ToHaveValueAsync(RunningConsole.User);

        // Then the right one, and on to where one wanted to go.
        await TryAsync(page, RunningConsole.User, RunningConsole.Password);
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Routes", Exact = true })).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task SignOut_EndsTheSession()
    {
        var page = await console.StrangerAsync("/");
        await console.SignInAsync(page);
        await page.GotoAsync(console.Url + "/account");
        await page.Locator("main").GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await page.GotoAsync(console.Url + "/routes");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task Save_InTheConsole_TheAuditSaysWhoAndFromWhere()
    {
        var page = await console.OpenAsync("/pools/new");
        await page.GetByLabel("Name").FillAsync("audited");
        await page.GetByLabel("Address").FillAsync("http://127.0.0.1:1");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save pool" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Added pool audited. Revision")).ToBeVisibleAsync();
        await using var db = new ContextFactory(Path.Combine(console.Process.Data, "appliance.db")).CreateDbContext();
        var entries = await db.AuditEntries.AsNoTracking().OrderBy(entry => entry.Id).ToListAsync();
        var saved = entries.Last(entry => entry.Action == "config.console");
        saved.Actor.ShouldBe(RunningConsole.User);
        saved.From.ShouldBeOneOf("127.0.0.1", "::1");
        entries.ShouldContain(entry => entry.Action == "sign_in" && entry.From == saved.From);
    }

    [BrowserFact]
    public async Task ReturnAddress_OfAnotherSite_IsNotFollowed()
    {
        var page = await console.StrangerAsync("/sign-in?to=//evil.example/");
        await TryAsync(page, RunningConsole.User, RunningConsole.Password);
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Dashboard" })).ToBeVisibleAsync();
        page.Url.ShouldStartWith(console.Url);
    }

    [BrowserFact]
    public async Task Circuit_WithoutSignInOrFromAnotherSite_IsRefused()
    {
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var negotiate = await client.PostAsync(console.Url + "/_blazor/negotiate?negotiateVersion=1", null);
        negotiate.StatusCode.ShouldBeOneOf(HttpStatusCode.Redirect, HttpStatusCode.Unauthorized);
        using var socket = new ClientWebSocket();
        var refused = await Should.ThrowAsync<WebSocketException>(() =>
            socket.ConnectAsync(new(console.Url.Replace("http", "ws", StringComparison.Ordinal) + "/_blazor?id=x"), CancellationToken.None)
        );
        refused.WebSocketErrorCode.ShouldBe(WebSocketError.NotAWebSocket);
        using var foreign = new HttpRequestMessage(HttpMethod.Post, console.Url + "/_blazor/negotiate?negotiateVersion=1")
        {
            Headers = { { "Origin", "http://evil.example" } },
        };
        using var answer = await client.SendAsync(foreign);
        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [BrowserFact]
    public async Task Forms_WithoutTheirToken_AreRefused()
    {
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var signIn = await client.PostAsync(
            console.Url + "/sign-in",
            new FormUrlEncodedContent([
                new("_handler", "sign-in"),
                new("Input.Name", RunningConsole.User),
                new("Input.Password", RunningConsole.Password),
            ])
        );
        signIn.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        signIn.Headers.Contains("Set-Cookie").ShouldBeFalse();
        using var signOut = await client.PostAsync(console.Url + "/sign-out", null);
        signOut.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [BrowserTheory]
    [InlineData("192.0.2.7", true)]
    [InlineData("localhost", false)]
    public async Task Page_OverPlainHttp_WarnsWhereOthersCanReadAlong(string host, bool warns)
    {
        using var client = new HttpClient { DefaultRequestHeaders = { Host = host } };
        (await client.GetStringAsync(console.Url + "/sign-in"))
            .Contains("can be read on the network", StringComparison.Ordinal)
            .ShouldBe(warns);
    }

    private static async Task TryAsync(IPage page, string user, string password)
    {
        await page.GetByLabel("User name").FillAsync(user);
        await page.GetByLabel("Password").FillAsync(password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }
}

/// <summary>What spoils the account, in a product of its own.</summary>
public sealed class LockoutTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task Account_PasswordChangedThenGuessed_OthersAreSignedOutAndTheGuesserWaits()
    {
        // 1. A change of password ends the session of the other browser while its page is open, and not one's own.
        var other = await console.StrangerAsync("/");
        await console.SignInAsync(other);
        var page = await console.StrangerAsync("/");
        await console.SignInAsync(page);
        await page.GotoAsync(console.Url + "/account");
        await page.GetByLabel("Current password").FillAsync(RunningConsole.Password);
        await page.GetByLabel("New password").FillAsync("another long password");
        await page.GetByRole(AriaRole.Button, new() { Name = "Change password" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status).First).ToContainTextAsync("changed");
        await Assertions.Expect(other.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await page.GotoAsync(console.Url + "/routes");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Routes", Exact = true })).ToBeVisibleAsync();

        // 2. After five wrong ones this browser waits, with the right one, too.
        for (var guess = 0; guess < 5; guess++)
        {
            await other.GetByLabel("User name").FillAsync(RunningConsole.User);
            await other.GetByLabel("Password").FillAsync($"guess number {guess}");
            await other.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
            await Assertions.Expect(other.GetByLabel("Password")).ToHaveValueAsync("");
        }

        await Assertions.Expect(other.GetByRole(AriaRole.Alert)).ToHaveTextAsync("User name or password is wrong.");
        await other.GetByLabel("Password").FillAsync("another long password");
        await other.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(other.GetByRole(AriaRole.Alert)).ToContainTextAsync("Try again in 5 minutes");
    }
}
