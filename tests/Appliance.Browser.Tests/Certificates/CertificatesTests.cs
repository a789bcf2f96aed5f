using Appliance.Browser.Tests.People;
using Appliance.Proxy.Config;
using Appliance.Proxy.Routing;
using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Certificates;

/// <summary>The list, one certificate, and what people may do to it.</summary>
public sealed class CertificatesTests(CertificatesConsole certificates)
    : ConsoleTests(certificates.Console),
        IClassFixture<CertificatesConsole>
{
    private RunningConsole Console => certificates.Console;

    [BrowserFact]
    public async Task BareHost_GetsASelfSignedOne_WhoseDeletionSaysWhoLosesIt()
    {
        await Console.ApplyAsync(
            new ProxyConfig
            {
                Routes =
                [
                    new()
                    {
                        Name = "bare",
                        Hosts = ["bare.example.com"],
                        Action = new RouteAction.Respond { Body = "ok" },
                    },
                ],
            }
        );
        var page = await Console.OpenAsync("/certificates");
        await page.GetByRole(AriaRole.Link, new() { Name = "Add certificate for bare.example.com" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Self-signed" }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Names")).ToHaveValueAsync("bare.example.com");
        await page.GetByLabel("Names").FillAsync("bare.example.com https://x");
        await page.GetByLabel("Days").FillAsync("0");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make certificate" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("is a URL");
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("1 to 3650");
        await page.GetByLabel("Names").FillAsync("bare.example.com");
        await page.GetByLabel("Days").FillAsync("30");
        await page.GetByLabel("Key").SelectOptionAsync("RSA 2048");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make certificate" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "bare.example.com", Exact = true })).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator(".facts")).ToContainTextAsync("RSA 2048");
        await Eventually.TrueAsync(
            async () => (await certificates.ShownAsync("bare.example.com")).Subject == "CN=bare.example.com",
            "it is served"
        );
        await page.GotoAsync(Console.Url + "/certificates");
        await Assertions.Expect(page.GetByRole(AriaRole.Row, new() { Name = "bare.example.com" })).ToContainTextAsync("self-signed");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Hosts without a certificate" })).ToHaveCountAsync(0);

        await page.GetByRole(AriaRole.Button, new() { Name = "Delete bare.example.com" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("bare.example.com has none any more");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete certificate" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Deleted certificate bare.example.com")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Hosts without a certificate" })).ToBeVisibleAsync();
        await Eventually.TrueAsync(
            async () => (await certificates.ShownAsync("bare.example.com")).Subject != "CN=bare.example.com",
            "it is not served"
        );
    }

    [BrowserFact]
    public async Task Folder_CertificateAndProblem_AreShownReadOnlyAndByThemselves()
    {
        var page = await Console.OpenAsync("/certificates");
        certificates.Write("filed", ["filed.example.com"], days: 5);
        File.WriteAllText(Path.Combine(certificates.Folder, "lonely.pem"), Issue.Pem(["lonely.example.com"]).Chain);
        await Assertions.Expect(page.GetByRole(AriaRole.Row, new() { Name = "filed" })).ToContainTextAsync("folder");
        await Assertions.Expect(page.GetByRole(AriaRole.Row, new() { Name = "lonely" })).ToContainTextAsync("lonely.key is not there");
        await page.GetByRole(AriaRole.Searchbox).FillAsync("filed");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await page.GetByRole(AriaRole.Link, new() { Name = "filed", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByText("It comes from the file filed.pem")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Delete" })).ToHaveCountAsync(0);
        var download = await page.RunAndWaitForDownloadAsync(() =>
            page.GetByRole(AriaRole.Link, new() { Name = "Download chain" }).ClickAsync()
        );
        (await File.ReadAllTextAsync(await download.PathAsync())).Split("BEGIN CERTIFICATE").Length.ShouldBe(3);
        await page.GotoAsync(Console.Url + "/");
        await Assertions.Expect(page.GetByText("filed (filed.example.com) expires in 4 days.")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("lonely.key is not there")).ToBeVisibleAsync();
        File.Delete(Path.Combine(certificates.Folder, "lonely.pem"));
        await Assertions.Expect(page.GetByText("lonely.key is not there")).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task Default_IsChosenByAdministrators_AndShownToClientsWithoutAName()
    {
        var page = await Console.OpenAsync("/certificates");
        var chosen = Issue.Pem(["chosen.example.com"]);
        await CertificatesConsole.UploadAsync(Console, page, "Chosen", chosen);
        await page.GetByRole(AriaRole.Button, new() { Name = "Make default" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Chosen is the default certificate.")).ToBeVisibleAsync();
        await certificates.IsShownAsync("stranger.example.org", chosen.Certificate);
        await page.GetByRole(AriaRole.Button, new() { Name = "No default" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Make default" })).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task Rights_OfViewersAndScopedOperators_AreShownAsLocksWithReasons()
    {
        var admin = await Console.OpenAsync("/certificates");
        await CertificatesConsole.UploadAsync(Console, admin, "Foreign", Issue.Pem(["foreign.example.net"]));
        var viewer = await SomebodyElse.SignedInAsync(Console, "vera", "/certificates");
        await Assertions.Expect(viewer.GetByText("You can look at certificates, not change them")).ToBeVisibleAsync();
        await Assertions
            .Expect(viewer.Locator(".head-actions").GetByRole(AriaRole.Button, new() { Name = "Add certificate" }))
            .ToBeDisabledAsync();
        await Assertions.Expect(viewer.GetByRole(AriaRole.Button, new() { Name = "Delete Foreign" })).ToBeDisabledAsync();
        await viewer.GotoAsync(Console.Url + "/certificates/new/self-signed");
        await Assertions.Expect(viewer.GetByRole(AriaRole.Button, new() { Name = "Make certificate" })).ToBeDisabledAsync();

        // With the lock taken off in the browser, it is refused, and the audit has it.
        await viewer
            .Locator("main form")
            .EvaluateAsync("form => { form.querySelector('fieldset').disabled = false; form.requestSubmit(); }");
        await Assertions.Expect(viewer.GetByRole(AriaRole.Alert)).ToContainTextAsync("takes the role Operator");
        await admin.GotoAsync(Console.Url + "/audit");
        await Assertions
            .Expect(admin.GetByRole(AriaRole.Row).Filter(new() { HasText = "vera" }).Filter(new() { HasText = "not allowed" }).First)
            .ToBeVisibleAsync();

        // With the lock taken off in the browser, nothing that is pasted is read; as often as it takes until the page listens.
        await viewer.GotoAsync(Console.Url + "/certificates/new");
        var made = Issue.Pem(["smuggled.example.com"]);
        await Eventually.TrueAsync(
            () =>
                viewer.EvaluateAsync<bool>(
                    """
                    pem => {
                        const field = document.querySelector('textarea');
                        if (!field)
                            return false;
                        field.closest('fieldset').disabled = false;
                        field.value = pem;
                        field.dispatchEvent(new Event('input', { bubbles: true }));
                        return [...document.querySelectorAll('.error')].some(one => one.textContent.includes('takes the role Operator'));
                    }
                    """,
                    made.Chain + "\n" + made.Key
                ),
            "it says why"
        );
        await Assertions.Expect(viewer.GetByRole(AriaRole.Heading, new() { Name = "What was read" })).ToHaveCountAsync(0);

        var scoped = await SomebodyElse.SignedInAsync(Console, "sam", "/certificates", "Operator", "host:*.own.example.com");
        await scoped.GetByRole(AriaRole.Link, new() { Name = "Foreign", Exact = true }).ClickAsync();
        await Assertions
            .Expect(scoped.GetByRole(AriaRole.Button, new() { Name = "Replace" }))
            .ToHaveAttributeAsync("title", new System.Text.RegularExpressions.Regex("outside of your scope"));
        await Assertions.Expect(scoped.GetByRole(AriaRole.Button, new() { Name = "Make default" })).ToBeDisabledAsync();
        await Assertions.Expect(scoped.GetByRole(AriaRole.Button, new() { Name = "Delete" })).ToBeDisabledAsync();
        await scoped.GotoAsync(scoped.Url + "/replace");
        await Assertions.Expect(scoped.GetByRole(AriaRole.Note)).ToContainTextAsync("outside of your scope");
        await Assertions.Expect(scoped.GetByRole(AriaRole.Button, new() { Name = "Replace certificate" })).ToBeDisabledAsync();
        await scoped.GotoAsync(Console.Url + "/certificates/new/self-signed");
        await scoped.GetByLabel("Names").FillAsync("foreign.example.net");
        await scoped.GetByRole(AriaRole.Button, new() { Name = "Make certificate" }).ClickAsync();
        await Assertions.Expect(scoped.GetByRole(AriaRole.Alert)).ToContainTextAsync("foreign.example.net is outside of your scope");
        await scoped.GetByLabel("Names").FillAsync("x.own.example.com");
        await scoped.GetByRole(AriaRole.Button, new() { Name = "Make certificate" }).ClickAsync();
        await Assertions.Expect(scoped.GetByRole(AriaRole.Heading, new() { Name = "x.own.example.com", Exact = true })).ToBeVisibleAsync();
    }
}
