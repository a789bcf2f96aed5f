using System.Net;
using Appliance.Browser.Tests.People;
using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.SignIn;

/// <summary>Break-glass, and a console without passwords of its own.</summary>
public sealed class SignInLinkTests : IAsyncLifetime
{
    private readonly ApplianceProcess _process = new();
    private IBrowserContext? _context;

    private string Url => $"http://localhost:{_process.ConsolePort}";

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_context is not null)
            await _context.CloseAsync();
        await _process.DisposeAsync();
    }

    [BrowserFact]
    public async Task Link_WhileLocalSignInIsOff_SignsInOnce()
    {
        _process.Settings["APPLIANCE_ADMIN_USER"] = "ann";
        _process.Settings["APPLIANCE_ADMIN_PASSWORD"] = "correct horse battery";
        _process.Settings["APPLIANCE_LOCAL_SIGN_IN"] = "false";
        await _process.StartAsync();
        _context = await (await Chromium.GetAsync()).NewContextAsync(new() { ReducedMotion = ReducedMotion.Reduce });
        _context.SetDefaultTimeout(Chromium.Patience);
        var page = await _context.NewPageAsync();
        PageLook.Watch(page);

        // 1. No form, and what is posted to it all the same is refused.
        await page.GotoAsync(Url + "/sign-in");
        await Assertions.Expect(page.GetByText("Signing in with a password is turned off")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByLabel("Password")).ToHaveCountAsync(0);
        var form = _context.APIRequest.CreateFormData();
        foreach (var hidden in await page.Locator("form input[type=hidden]").AllAsync())
            form.Append((await hidden.GetAttributeAsync("name"))!, (await hidden.GetAttributeAsync("value"))!);
        form.Append("Input.Name", "ann");
        form.Append("Input.Password", "correct horse battery");
        (await _context.APIRequest.PostAsync(Url + "/sign-in", new() { Form = form, MaxRedirects = 0 })).Status.ShouldBe(
            (int)HttpStatusCode.Forbidden
        );

        // 2. The link of the host: looking at it, as a chat's preview does, spends nothing.
        (await _process.RunAsync("sign-in-link", "--user", "bert")).ExitCode.ShouldBe(1);
        var (exitCode, output, _) = await _process.RunAsync("sign-in-link", "--user", "ANN");
        exitCode.ShouldBe(0);
        await page.GotoAsync(output.Trim());
        await page.GotoAsync(output.Trim());
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in as ann" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Dashboard" })).ToBeVisibleAsync();

        // 3. Once; and a new one takes the place of the one before.
        await page.GotoAsync(output.Trim());
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("or it was used");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Sign in as" })).ToHaveCountAsync(0);
        var first = (await _process.RunAsync("sign-in-link")).Output.Trim();
        await page.GotoAsync(first);
        await _process.RunAsync("sign-in-link");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in as ann" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("not the newest one");
    }
}

/// <summary>Guessing from one address, in a product of its own.</summary>
public sealed class AddressLimitTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task Guesses_FromOneAddress_AreAnswered429WhateverTheName()
    {
        var page = await console.StrangerAsync("/sign-in");
        for (var guess = 0; guess < 10; guess++)
        {
            await SomebodyElse.TypeAsync(page, $"nobody{guess}", "a wrong password");
            await Assertions.Expect(page.GetByLabel("Password")).ToHaveValueAsync("");
            await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("User name or password is wrong.");
            await Assertions.Expect(page.GetByLabel("User name")).ToHaveValueAsync($"nobody{guess}");
        }

        var answer = await page.RunAndWaitForResponseAsync(
            () => SomebodyElse.TypeAsync(page, RunningConsole.User, RunningConsole.Password),
            response => response.Request.Method == "POST"
        );
        answer.Status.ShouldBe(429);
        int.Parse((await answer.HeaderValueAsync("Retry-After")).ShouldNotBeNull(), System.Globalization.CultureInfo.InvariantCulture)
            .ShouldBeInRange(1, 30);
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Too many wrong tries from your address. Try again in");

        // A look at a link is no guess, and waits for nothing: any page could make a browser look.
        var link = await page.GotoAsync(console.Url + "/sign-in/link?token=0123");
        link.ShouldNotBeNull().Status.ShouldBe(200);
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("link");
    }
}
