using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Appliance.Data.Rights;
using Appliance.Proxy.Config;
using Appliance.Proxy.TlsPolicies;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.TlsPolicies;

public sealed class PolicyFormTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    private static readonly string _root = Authority("CN=Partners root", 400);
    private static readonly string _old = Authority("CN=Old root", -3);

    [BrowserFact]
    public async Task NewPolicy_WithEverything_IsSavedAsTyped()
    {
        await console.ApplyAsync(new());
        var page = await console.OpenAsync("/tls-policies");
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("what hosts demand of their clients");
        await page.GetByRole(AriaRole.Link, new() { Name = "Add TLS policy" }).ClickAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("partners");
        await page.GetByLabel("Hosts", new() { Exact = true }).FillAsync("api.example.com *.partners.example.com");
        await page.GetByLabel("Force HTTPS").CheckAsync();
        await Assertions
            .Expect(page.Locator(".field", new() { Has = page.GetByLabel("Force HTTPS") }))
            .ToContainTextAsync("api.example.com is not served by https here");
        await page.GetByLabel("Port of the redirect").FillAsync("8443");
        await page.GetByLabel("Minimum TLS version").SelectOptionAsync(new SelectOptionValue { Label = "TLS 1.3" });
        await page.GetByLabel("Send Strict-Transport-Security").CheckAsync();
        await page.GetByLabel("Max age").FillAsync("400d");
        await page.GetByLabel("Preload").CheckAsync();
        await Assertions.Expect(page.GetByText("Preload is hard to take back")).ToBeVisibleAsync();
        await Assertions
            .Expect(page.Locator(".field", new() { Has = page.GetByLabel("Preload") }))
            .ToContainTextAsync("includes subdomains");
        await page.GetByLabel("Subdomains, too").CheckAsync();
        await page.GetByLabel("Client certificates").SelectOptionAsync(new SelectOptionValue { Label = "Required (on)" });
        await page.GetByLabel("Trusted authorities").FillAsync(_root);
        await Assertions.Expect(page.Locator(".read-certificates tbody tr")).ToContainTextAsync("CN=Partners root");
        await page.GetByLabel("Depth").FillAsync("2");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save TLS policy" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Added TLS policy partners. Revision")).ToBeVisibleAsync();

        var row = page.GetByRole(AriaRole.Row).Filter(new() { HasText = "partners" }).First;
        foreach (
            var text in new[]
            {
                "api.example.com, *.partners.example.com",
                "forced, port 8443",
                "400d, subdomains, preload",
                "TLS 1.3",
                "required",
            }
        )
            await Assertions.Expect(row).ToContainTextAsync(text);
        var policy = (await ExportAsync()).TlsPolicies.ShouldHaveSingleItem();
        (policy.ForceHttps, policy.HttpsPort, policy.MinVersion).ShouldBe((true, 8443, TlsVersion.Tls13));
        policy.Hsts.ShouldBe(
            new()
            {
                MaxAge = TimeSpan.FromDays(400),
                IncludeSubDomains = true,
                Preload = true,
            }
        );
        policy.ClientCertificates.ShouldBe(
            new()
            {
                Verify = ClientVerify.On,
                Trusted = _root,
                Depth = 2,
            }
        );

        // It is there again in its form, and switched off it is gone.
        await page.GetByRole(AriaRole.Link, new() { Name = "partners", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Trusted authorities")).ToHaveValueAsync(_root);
        await page.GetByLabel("Client certificates").SelectOptionAsync(new SelectOptionValue { Label = "Do not ask" });
        await page.GetByLabel("Send Strict-Transport-Security").UncheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save TLS policy" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Changed TLS policy partners. Revision")).ToBeVisibleAsync();
        policy = (await ExportAsync()).TlsPolicies.ShouldHaveSingleItem();
        (policy.Hsts, policy.ClientCertificates).ShouldBe((null, null));
    }

    [BrowserTheory]
    [InlineData("Hosts", "a.example.com ~^b", "regular expression")]
    [InlineData("Hosts", "taken.example.com", "Policy other names taken.example.com already")]
    [InlineData("Port of the redirect", "https", "not a whole number")]
    [InlineData("Port of the redirect", "70000", "1 to 65535")]
    [InlineData("Trusted authorities", "hello", "no certificate in the text")]
    [InlineData("Trusted authorities", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "private key")]
    [InlineData("Depth", "11", "0 to 10")]
    [InlineData("Max age", "soon", "is not a time")]
    public async Task Field_BadValue_SaysSoAndKeepsTheText(string label, string text, string expected)
    {
        await console.ApplyAsync(new() { TlsPolicies = [new() { Name = "other", Hosts = ["taken.example.com"] }] });
        var page = await console.OpenAsync("/tls-policies/new");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("mine");
        await page.GetByLabel("Send Strict-Transport-Security").CheckAsync();
        await page.GetByLabel("Client certificates").SelectOptionAsync(new SelectOptionValue { Label = "Required (on)" });
        await page.GetByLabel("Trusted authorities").FillAsync(_root);
        var control = page.GetByLabel(label, new() { Exact = true });
        await control.FillAsync(text);
        await Assertions.Expect(page.Locator(".field", new() { Has = control })).ToContainTextAsync(expected);
        await page.GetByRole(AriaRole.Button, new() { Name = "Save TLS policy" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Not saved");
        await Assertions.Expect(control).ToHaveValueAsync(text);
    }

    [BrowserFact]
    public async Task File_OfAuthorities_IsAddedToTheTextAndReadBack()
    {
        await console.ApplyAsync(new());
        var page = await console.OpenAsync("/tls-policies/new");
        await page.GetByLabel("Client certificates").SelectOptionAsync(new SelectOptionValue { Label = "Required (on)" });
        var file = page.GetByLabel("Add from a file");
        // Blazor listens
        await page.WaitForFunctionAsync("() => document.querySelector('input[type=file]')?._blazorInputFileNextFileId !== undefined");
        await file.SetInputFilesAsync(
            new FilePayload
            {
                Name = "root.pem",
                MimeType = "application/x-pem-file",
                Buffer = Encoding.ASCII.GetBytes(_root.ReplaceLineEndings("\r\n")),
            }
        );
        await Assertions.Expect(page.Locator(".read-certificates tbody tr")).ToHaveCountAsync(1);
        using var old = X509Certificate2.CreateFromPem(_old);
        await file.SetInputFilesAsync(
            new FilePayload
            {
                Name = "old.der",
                MimeType = "application/x-x509-ca-cert",
                Buffer = old.RawData,
            }
        );
        await Assertions.Expect(page.Locator(".read-certificates tbody tr")).ToHaveCountAsync(2);
        await Assertions.Expect(page.Locator(".read-certificates tbody tr").Nth(1)).ToContainTextAsync("expired");
        await Assertions
            .Expect(page.Locator(".field", new() { Has = page.GetByLabel("Trusted authorities") }))
            .ToContainTextAsync("Old root has expired");
        await file.SetInputFilesAsync(
            new FilePayload
            {
                Name = "key.pem",
                MimeType = "application/x-pem-file",
                Buffer = Encoding.ASCII.GetBytes("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
            }
        );
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("key.pem has a private key in it and was not read");
        (await page.GetByLabel("Trusted authorities").InputValueAsync()).ShouldBe($"{_root.TrimEnd()}\n{old.ExportCertificatePem()}\n");
    }

    [BrowserFact]
    public async Task ListSearchDeleteAndUndo()
    {
        await ApplySomeAsync();
        var page = await console.OpenAsync("/tls-policies");
        await page.GetByPlaceholder("name, host or tag").FillAsync("PARTNERS");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete partners" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("every client that can reach them gets in");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete TLS policy" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Deleted TLS policy partners")).ToBeVisibleAsync();
        (await ExportAsync()).TlsPolicies.Length.ShouldBe(2);
        await page.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "partners", Exact = true })).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Combobox, new() { Name = "Find anything" }).FillAsync("partners.example");
        await page.GetByRole(AriaRole.Option).Filter(new() { HasText = "partners" }).First.ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "partners", Exact = true })).ToBeVisibleAsync();
        var head = ConfigDocument
            .Parse(Encoding.UTF8.GetBytes((await console.Process.RunAsync("export")).Output))
            .Document.ShouldNotBeNull()
            .Revision;
        await page.GotoAsync($"{console.Url}/history/{head}");
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("TLS policy");
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("-----BEGIN CERTIFICATE-----");
    }

    [BrowserFact]
    public async Task Pages_BothThemesWideAndNarrow_AreAccessibleAndClosedToViewers()
    {
        await ApplySomeAsync();
        await console.AddPersonAsync("vic", Role.Viewer);
        var findings = new List<string>();
        foreach (var (look, width, height, scheme) in PageLook.All)
        {
            var page = await console.OpenAsync("/tls-policies", width, height, scheme);
            await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Add TLS policy" })).ToBeVisibleAsync();
            await PageLook.TakeAsync(page, "tls-policies", look, findings);
            await page.GetByRole(AriaRole.Link, new() { Name = "partners", Exact = true }).ClickAsync();
            await Assertions.Expect(page.Locator(".read-certificates tbody tr")).ToHaveCountAsync(2);
            await PageLook.TakeAsync(page, "tls-policy", look, findings);
            await page.Locator(".read-certificates").EvaluateAsync("table => table.scrollIntoView({ block: 'center' })");
            await PageLook.TakeAsync(page, "tls-policy-clients", look, findings);
        }

        findings.ShouldBeEmpty();
        var viewer = await console.StrangerAsync("/sign-in");
        await viewer.GetByLabel("Name").FillAsync("vic");
        await viewer.GetByLabel("Password").FillAsync(RunningConsole.Password);
        await viewer.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(viewer.Locator(".person")).ToContainTextAsync("Viewer");
        await viewer.GotoAsync(console.Url + "/tls-policies");
        await Assertions.Expect(viewer.GetByRole(AriaRole.Note)).ToContainTextAsync("You can look at TLS policies");
        await Assertions.Expect(viewer.GetByRole(AriaRole.Button, new() { Name = "Add TLS policy" })).ToBeDisabledAsync();
        await Assertions.Expect(viewer.GetByRole(AriaRole.Button, new() { Name = "Delete partners" })).ToBeDisabledAsync();
        await viewer.GetByRole(AriaRole.Link, new() { Name = "partners", Exact = true }).ClickAsync();
        await Assertions.Expect(viewer.GetByRole(AriaRole.Note)).ToContainTextAsync("You can look at this TLS policy, not change it.");
        await Assertions.Expect(viewer.GetByRole(AriaRole.Button, new() { Name = "Save TLS policy" })).ToBeDisabledAsync();
        await Assertions.Expect(viewer.GetByLabel("Add from a file")).ToBeDisabledAsync();
    }

    private Task ApplySomeAsync() =>
        console.ApplyAsync(
            new()
            {
                TlsPolicies =
                [
                    new()
                    {
                        Name = "everybody",
                        ForceHttps = true,
                        Hsts = new(),
                    },
                    new()
                    {
                        Name = "partners",
                        Hosts = ["api.example.com", "*.partners.example.com"],
                        Tags = ["partners"],
                        ForceHttps = true,
                        MinVersion = TlsVersion.Tls13,
                        Hsts = new() { IncludeSubDomains = true },
                        ClientCertificates = new() { Trusted = _root + _old },
                    },
                    new()
                    {
                        Name = "devices",
                        Hosts = ["devices.example.com"],
                        ClientCertificates = new() { Verify = ClientVerify.Optional, Trusted = _root },
                    },
                ],
            }
        );

    private async Task<ProxyConfig> ExportAsync() =>
        ConfigDocument.Parse(Encoding.UTF8.GetBytes((await console.Process.RunAsync("export")).Output)).Document.ShouldNotBeNull().Config;

    private static string Authority(string subject, int toDays)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-60), DateTimeOffset.UtcNow.AddDays(toDays));
        return made.ExportCertificatePem() + "\n";
    }
}
