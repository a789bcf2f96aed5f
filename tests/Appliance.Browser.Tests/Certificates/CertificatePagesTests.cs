using Appliance.Data.Certificates;
using Appliance.Data.Rights;
using Appliance.Proxy.Config;
using Appliance.Proxy.Routing;
using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Certificates;

/// <summary>The pages about certificates as a whole; also takes their pictures for the docs.</summary>
public sealed class CertificatePagesTests : IAsyncLifetime
{
    private readonly CertificatesConsole _certificates = new();

    private RunningConsole Console => _certificates.Console;

    public async Task InitializeAsync()
    {
        if (Chromium.Missing is not null)
            return;
        _certificates.Write("default", ["example.com", "www.example.com"], days: 61);
        _certificates.Write("legacy", ["legacy.example.com"], days: -2);
        File.WriteAllText(Path.Combine(_certificates.Folder, "lonely.pem"), Issue.Pem(["lonely.example.com"]).Chain);
        await CertificatesConsole.PrepareAsync(Console.Process.Data, async store =>
        {
            await CertificatesConsole.AddAsync(
                store,
                "Chat",
                Issue.ByAuthority(
                    ["chat.example.com", "*.chat.example.com", "chat.example.net", "*.chat.example.net", "chat.example.org"],
                    days: 10
                )
            );
            await CertificatesConsole.AddAsync(
                store,
                "Inner",
                Issue.Pem(["10.0.0.1", "inner.example.com"], days: 200),
                CertificateKind.SelfSigned
            );
            await CertificatesConsole.AddAsync(store, "www, last year's", Issue.ByAuthority(["www.example.com"], days: 40));
            var order = new AcmeOrder { DirectoryUrl = AcmeOrder.KnownDirectories[0] };
            var row = (await store.OrderAsync("Shop", ["shop.example.com"], order, AcmeSecrets.None, Actor.Local("ann"), default))
                .ShouldBeOfType<CertificateResult.Done>()
                .Row;
            await store.Orders.NoteFailureAsync(
                row.Id,
                "The authority could not reach http://shop.example.com/.well-known/acme-challenge/: connection refused.",
                DateTimeOffset.UtcNow.AddHours(4),
                default
            );
        });
        await _certificates.InitializeAsync();
        var respond = new RouteAction.Respond { Body = "ok" };
        await Console.ApplyAsync(
            new ProxyConfig
            {
                Routes =
                [
                    new()
                    {
                        Name = "chat",
                        Hosts = ["chat.example.com", "chat.example.org"],
                        Action = respond,
                    },
                    new()
                    {
                        Name = "shop",
                        Hosts = ["shop.example.com"],
                        Action = respond,
                    },
                    new()
                    {
                        Name = "legacy",
                        Hosts = ["legacy.example.com"],
                        Action = respond,
                    },
                ],
            }
        );
    }

    public async Task DisposeAsync() => await _certificates.DisposeAsync();

    [BrowserFact]
    public async Task Pages_BothThemesWideAndNarrow_HaveNoSeriousAxeFindingAndNoSidewaysScroll()
    {
        var findings = new List<string>();
        var (chain, key, _) = Issue.ByAuthority(["api.example.com", "api.example.net"], days: 90);
        foreach (var (look, width, height, scheme) in PageLook.All)
        {
            var page = await Console.OpenAsync("/certificates", width, height, scheme);
            await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Hosts without a certificate" })).ToBeVisibleAsync();
            await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(7);
            await PageLook.TakeAsync(page, "certificates", look, findings);
            await page.GetByRole(AriaRole.Link, new() { Name = "Chat", Exact = true }).ClickAsync();
            await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true })).ToBeVisibleAsync();
            (await page.Locator("progress.validity").BoundingBoxAsync()).ShouldNotBeNull().Height.ShouldBeLessThan(20);
            await PageLook.TakeAsync(page, "certificate", look, findings);
            await page.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
            await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("chat.example.org");
            await PageLook.TakeAsync(page, "certificate-delete", look, findings);
            await page.GotoAsync(Console.Url + "/certificates/new");
            await CertificatesConsole.ChooseAsync(page, ("api.pem", chain), ("api.key", key));
            await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "What was read" })).ToBeVisibleAsync();
            await PageLook.TakeAsync(page, "certificate-new", look, findings);
            await page.GotoAsync(Console.Url + "/certificates/new/self-signed?names=test.example.com");
            await Assertions.Expect(page.GetByLabel("Names")).ToHaveValueAsync("test.example.com");
            await PageLook.TakeAsync(page, "certificate-self-signed", look, findings, picture: false);
            await page.GotoAsync(Console.Url + "/");
            await Assertions.Expect(page.GetByText("Shop was not issued")).ToBeVisibleAsync();
            await PageLook.TakeAsync(page, "certificate-notices", look, findings, picture: look == "wide-light");
        }

        findings.ShouldBeEmpty();
    }
}
