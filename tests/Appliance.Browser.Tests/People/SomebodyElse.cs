using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.People;

/// <summary>People whom an administrator adds in the browser, and their ways in.</summary>
internal static class SomebodyElse
{
    public const string Password = "a password of my own";

    /// <summary>Adds somebody; returns the password that is shown once.</summary>
    public static async Task<string> AddAsync(RunningConsole console, string name, string role = "Viewer", string scope = "")
    {
        var page = await console.OpenAsync("/people/new");
        await page.GetByLabel("User name").FillAsync(name);
        await page.GetByLabel("Role").SelectOptionAsync(role);
        if (scope.Length > 0)
            await page.GetByLabel("Scope").FillAsync(scope);
        await page.GetByRole(AriaRole.Button, new() { Name = "Add person" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Assertions.Expect(dialog).ToContainTextAsync("shown only now");
        var given = await dialog.Locator("#given-password").TextContentAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = name, Exact = true })).ToBeVisibleAsync();
        return given.ShouldNotBeNull();
    }

    /// <summary>Adds somebody and signs them in for the first time; returns a page of theirs at <paramref name="path"/>.</summary>
    public static async Task<IPage> SignedInAsync(
        RunningConsole console,
        string name,
        string path = "/",
        string role = "Viewer",
        string scope = ""
    )
    {
        var given = await AddAsync(console, name, role, scope);
        var page = await console.StrangerAsync("/sign-in?to=" + Uri.EscapeDataString(path));
        await TypeAsync(page, name, given);
        await page.GetByLabel("New password").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Save password and sign in" }).ClickAsync();
        await Assertions.Expect(page).Not.ToHaveURLAsync(new Regex("/sign-in"));
        return page;
    }

    /// <summary>Name and password, and the button; whatever comes then.</summary>
    public static async Task TypeAsync(IPage page, string name, string password)
    {
        await page.GetByLabel("User name").FillAsync(name);
        await page.GetByLabel("Password").FillAsync(password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }

    /// <summary>Sets a second factor up at the account page that is open; returns the secret's text and the recovery codes.</summary>
    public static async Task<(string Secret, string[] Recovery)> SetUpSecondFactorAsync(IPage page)
    {
        await page.GetByLabel("Password, to change this").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Set up second factor" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Img, new() { Name = "The secret as a picture" })).ToBeVisibleAsync();
        var secret = (await page.Locator(".secret").TextContentAsync()).ShouldNotBeNull();
        await page.GetByLabel("Code").FillAsync("000000");
        await page.GetByRole(AriaRole.Button, new() { Name = "Turn on" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("This code is wrong");
        (await page.Locator(".secret").TextContentAsync()).ShouldBe(secret);
        await page.GetByLabel("Code").FillAsync(CodeOf(secret, 0));
        await page.GetByRole(AriaRole.Button, new() { Name = "Turn on" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("The second factor is on");
        var codes = (await page.Locator("#recovery-codes").TextContentAsync()).ShouldNotBeNull().Split('\n');
        codes.Length.ShouldBe(10);
        return (secret, codes);
    }

    /// <summary>What an app shows, some steps from now: RFC 6238 again, so that the product is not its own judge.</summary>
    public static string CodeOf(string secret, int steps)
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        var bits = string.Concat(
            secret.Where(letter => letter != ' ').Select(letter => Convert.ToString(alphabet.IndexOf(letter), 2).PadLeft(5, '0'))
        );
        byte[] key = [.. bits.Chunk(8).Where(chunk => chunk.Length == 8).Select(chunk => Convert.ToByte(new string(chunk), 2))];
        var counter = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, (DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 30) + steps);
#pragma warning disable CA5350 // what RFC 6238 says
        var hash = HMACSHA1.HashData(key, counter);
#pragma warning restore CA5350
        var number = BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(hash[^1] & 15)) & 0x7fffffff;
        return (number % 1_000_000).ToString("000000", System.Globalization.CultureInfo.InvariantCulture);
    }
}
