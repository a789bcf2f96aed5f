using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Certificates;

/// <summary>What is typed into the forms of certificates is there after a restart of the server, but for secrets.</summary>
public sealed class CertificateDraftTests(CertificatesConsole certificates)
    : ConsoleTests(certificates.Console),
        IClassFixture<CertificatesConsole>
{
    private const string Back = "Your unsaved changes were restored";

    private RunningConsole Console => certificates.Console;

    [BrowserFact]
    public async Task ServerStartedAgain_WhatWasTyped_IsThereButForSecrets()
    {
        var self = await Console.OpenAsync("/certificates/new/self-signed");
        await self.GetByLabel("Names").FillAsync("typed.example.com");
        await self.GetByLabel("Days").FillAsync("77");
        await KeptAsync(self, "77");

        var order = await Console.OpenAsync("/certificates/new/acme?names=wanted.example.com");
        await Assertions.Expect(order.GetByLabel("Names")).ToHaveValueAsync("wanted.example.com");
        await order.GetByLabel("E-mail").FillAsync("me@example.com");
        await order.GetByLabel("Authority").SelectOptionAsync("other");
        await order.GetByLabel("Directory").FillAsync("https://ca.example.com/directory");
        await order.GetByLabel("HMAC key").FillAsync("c2VjcmV0");
        await order.GetByLabel("Its root certificate").FillAsync("typed root");
        await order.GetByLabel("Method").SelectOptionAsync("dns");
        await KeptAsync(order, "\\\"way\\\":\\\"dns\\\"");
        (await order.EvaluateAsync<string>("() => JSON.stringify(sessionStorage)")).ShouldNotContain("c2VjcmV0");

        await Console.Process.KillAsync();
        await Assertions.Expect(order.GetByText("Reconnecting")).ToBeVisibleAsync();
        await Assertions.Expect(self.GetByText("Reconnecting")).ToBeVisibleAsync();
        await order.GetByLabel("E-mail").FillAsync("away@example.com");
        await self.GetByLabel("Days").FillAsync("78");
        await Console.Process.StartAsync();

        await Assertions.Expect(order.GetByText(Back + ", but for secrets.")).ToBeVisibleAsync();
        await Assertions.Expect(order.GetByLabel("Names")).ToHaveValueAsync("wanted.example.com");
        await Assertions.Expect(order.GetByLabel("E-mail")).ToHaveValueAsync("away@example.com");
        await Assertions.Expect(order.GetByLabel("Directory")).ToHaveValueAsync("https://ca.example.com/directory");
        await Assertions.Expect(order.GetByLabel("Its root certificate")).ToHaveValueAsync("typed root");
        await Assertions.Expect(order.GetByLabel("Method")).ToHaveValueAsync("dns");
        await Assertions.Expect(order.GetByLabel("HMAC key")).ToHaveValueAsync("");
        await order.GetByRole(AriaRole.Button, new() { Name = "Discard them" }).ClickAsync();
        await Assertions.Expect(order.GetByLabel("E-mail")).ToHaveValueAsync("");
        await Assertions.Expect(order.GetByLabel("Names")).ToHaveValueAsync("wanted.example.com");

        // Made is made: nothing comes back.
        await Assertions.Expect(self.GetByText(Back + ".")).ToBeVisibleAsync();
        await Assertions.Expect(self.GetByLabel("Days")).ToHaveValueAsync("78");
        await Assertions.Expect(self.GetByLabel("Names")).ToHaveValueAsync("typed.example.com");
        await self.GetByRole(AriaRole.Button, new() { Name = "Make certificate" }).ClickAsync();
        await Assertions.Expect(self.GetByRole(AriaRole.Heading, new() { Name = "typed.example.com", Exact = true })).ToBeVisibleAsync();
        await self.GotoAsync(Console.Url + "/certificates/new/self-signed");
        await Assertions.Expect(self.GetByLabel("Names")).ToHaveValueAsync("");
        await Assertions.Expect(self.GetByText(Back)).ToHaveCountAsync(0);
    }

    private static async Task KeptAsync(IPage page, string words) =>
        await page.WaitForFunctionAsync(
            "words => Object.values(sessionStorage).some(kept => JSON.parse(kept).draft && kept.includes(words))",
            words
        );
}
