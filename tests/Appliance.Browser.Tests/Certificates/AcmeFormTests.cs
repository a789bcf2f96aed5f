using Appliance.Data;
using Appliance.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Certificates;

/// <summary>Certificates ordered by the form, at a real authority; also takes the pictures of it for the docs.</summary>
public sealed class AcmeFormTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task Order_ByTheForm_IsIssuedWhileOneLooks()
    {
        await using var pebble = await PebbleAuthority.StartAsync(new(console.Process.HttpPort));
        var page = await console.OpenAsync("/certificates/new/acme");
        await FillAsync(page, pebble, "a.example.com");
        await page.GetByRole(AriaRole.Button, new() { Name = "Ask it for its terms" }).ClickAsync();
        await Assertions.Expect(page.GetByText("It answers.")).ToBeVisibleAsync();

        // What stands there for a second or two is noted by the page: a busy machine may look too late.
        await page.EvaluateAsync(
            """
            () => {
              window.seen = '';
              new MutationObserver(() => { window.seen += document.querySelector('.acme-state')?.textContent ?? ''; })
                .observe(document.body, { subtree: true, childList: true, characterData: true });
            }
            """
        );
        await page.GetByRole(AriaRole.Button, new() { Name = "Order certificate" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "a.example.com", Exact = true })).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator(".acme-state")).ToContainTextAsync("issued", new() { Timeout = 60_000 });
        (await page.EvaluateAsync<string>("window.seen")).ShouldContain("Waiting for the authority to check a.example.com");
        await Assertions.Expect(page.Locator(".acme-state")).ToContainTextAsync("It is renewed in");
        await page.GetByText("What lego said").ClickAsync();
        await Assertions.Expect(page.Locator(".said-by-lego pre")).ToContainTextAsync("The server validated our request");

        await page.GetByRole(AriaRole.Button, new() { Name = "Renew now" }).ClickAsync();
        await Assertions.Expect(page.GetByText("was issued less than 10 minutes ago")).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task Order_PreferredChain_IsShownWithTheCertificateAndKeptOverAnEdit()
    {
        await using var pebble = await PebbleAuthority.StartAsync(new(console.Process.HttpPort) { OtherChains = 1 });
        using var other = await pebble.RootAsync(1);
        var chain = other.GetNameInfo(System.Security.Cryptography.X509Certificates.X509NameType.SimpleName, forIssuer: false);
        var page = await console.OpenAsync("/certificates/new/acme");
        await FillAsync(page, pebble, "chain.example.com");
        await Assertions.Expect(page.GetByLabel("Preferred chain")).ToBeHiddenAsync();
        await page.GetByText("More options of the authority").ClickAsync();
        await page.GetByLabel("Preferred chain").FillAsync(chain);
        await page.GetByRole(AriaRole.Button, new() { Name = "Order certificate" }).ClickAsync();
        var stands = page.Locator(".acme-state");
        await Assertions.Expect(stands).ToContainTextAsync($"Preferred chain: {chain}, which it has.", new() { Timeout = 60_000 });

        await page.GetByRole(AriaRole.Link, new() { Name = "Change order" }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Preferred chain")).ToHaveValueAsync(chain);
        await page.GetByLabel("E-mail").FillAsync("you@example.com");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save and try now" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Changed the order of chain.example.com.")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByLabel("E-mail")).ToHaveValueAsync("you@example.com");
        await Assertions.Expect(page.GetByLabel("Preferred chain")).ToHaveValueAsync(chain);
    }

    [BrowserFact]
    public async Task Issued_DatabaseRefusesIt_SaysThatItIsKeptUntilItIsStored()
    {
        await using var pebble = await PebbleAuthority.StartAsync(new(console.Process.HttpPort));
        await using var db = new ContextFactory(Path.Combine(console.Process.Data, "appliance.db")).CreateDbContext();
        await db.Database.ExecuteSqlRawAsync(
            "CREATE TRIGGER full BEFORE UPDATE OF Pem ON Certificates WHEN NEW.Name = 'kept.example.com' BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
        );
        var page = await console.OpenAsync("/certificates/new/acme");
        await FillAsync(page, pebble, "kept.example.com");
        await page.GetByRole(AriaRole.Button, new() { Name = "Order certificate" }).ClickAsync();
        var stands = page.Locator(".acme-state");
        await Assertions.Expect(stands).ToContainTextAsync("Issued, and not stored yet.", new() { Timeout = 60_000 });
        await Assertions.Expect(stands).ToContainTextAsync("database or disk is full");
        await Assertions.Expect(stands).ToContainTextAsync("kept sealed in the data folder");

        await db.Database.ExecuteSqlRawAsync("DROP TRIGGER full");
        await page.GetByRole(AriaRole.Button, new() { Name = "Try again now" }).ClickAsync();
        await Assertions.Expect(stands).ToContainTextAsync("Valid until", new() { Timeout = 60_000 });
        pebble.Issued.ShouldBe(1);
    }

    [BrowserFact]
    public async Task Order_Refused_SaysWhyAndWhenAndIsIssuedOnceItIsMended()
    {
        await using var pebble = await PebbleAuthority.StartAsync(new(console.Process.HttpPort));
        await pebble.LeadAllToAsync("");
        var page = await console.OpenAsync("/certificates/new/acme");
        await FillAsync(page, pebble, "b.example.com c.example.com");
        await page.GetByRole(AriaRole.Button, new() { Name = "Order certificate" }).ClickAsync();

        var stands = page.Locator(".acme-state");
        await Assertions.Expect(stands).ToContainTextAsync("Not issued.", new() { Timeout = 60_000 });
        await Assertions
            .Expect(stands)
            .ToContainTextAsync("The authority found no address for b.example.com. Add an A or AAAA record for b.example.com");
        await Assertions.Expect(stands).ToContainTextAsync("could not resolve URL");
        await Assertions.Expect(stands).ToContainTextAsync("found no address for c.example.com");
        await Assertions.Expect(stands).ToContainTextAsync("Tried once");
        await Assertions.Expect(stands).ToContainTextAsync("The next try is in");

        await pebble.LeadAllToAsync("127.0.0.1");
        await page.GetByRole(AriaRole.Button, new() { Name = "Try again now" }).ClickAsync();
        await Assertions.Expect(stands).ToContainTextAsync("Valid until", new() { Timeout = 60_000 });
    }

    [BrowserFact]
    public async Task Order_ByDns_KeepsItsSecretUnseenAndChangesIt()
    {
        await using var pebble = await PebbleAuthority.StartAsync(new(console.Process.HttpPort));
        await using var provider = await DnsApi.StartAsync(pebble, "the right one");
        var page = await console.OpenAsync("/certificates/new/acme");
        await FillAsync(page, pebble, "*.example.com");
        await page.GetByRole(AriaRole.Button, new() { Name = "Order certificate" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("by DNS alone");

        await page.GetByLabel("Method").SelectOptionAsync("dns");
        await page.GetByLabel("Provider", new() { Exact = true }).SelectOptionAsync("cloudflare");
        await Assertions.Expect(page.GetByText("was built without Cloudflare")).ToBeVisibleAsync();
        await page.GetByLabel("Provider", new() { Exact = true }).SelectOptionAsync("httpreq");
        await page.GetByLabel("HTTPREQ_ENDPOINT").FillAsync(provider.Address);
        await page.GetByText("More settings of HTTP request").ClickAsync();
        await page.GetByLabel("HTTPREQ_USERNAME").FillAsync("me");
        await page.GetByLabel("HTTPREQ_PASSWORD").FillAsync("the wrong one");
        await page.GetByLabel("HTTPREQ_POLLING_INTERVAL").FillAsync("1");
        await page.GetByLabel("Do not look for the record first").CheckAsync();
        await page.GetByLabel("Resolvers").FillAsync(pebble.Resolver);
        await page.GetByRole(AriaRole.Button, new() { Name = "Order certificate" }).ClickAsync();
        var stands = page.Locator(".acme-state");
        await Assertions
            .Expect(stands)
            .ToContainTextAsync("The provider HTTP request refused the credentials.", new() { Timeout = 60_000 });

        await page.GetByRole(AriaRole.Link, new() { Name = "Change order" }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("HTTPREQ_ENDPOINT")).ToHaveValueAsync(provider.Address);
        await page.GetByText("More settings of HTTP request").ClickAsync();
        await Assertions.Expect(page.GetByLabel("HTTPREQ_PASSWORD")).ToHaveCountAsync(0);
        (await page.ContentAsync()).ShouldNotContain("the wrong one");
        await page.GetByRole(AriaRole.Button, new() { Name = "Replace" }).ClickAsync();
        await page.GetByLabel("HTTPREQ_PASSWORD").FillAsync("the right one");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save and try now" }).ClickAsync();
        await Assertions.Expect(stands).ToContainTextAsync("Valid until", new() { Timeout = 60_000 });
        console.Process.Output.ShouldNotContain("the right one");
    }

    [BrowserFact]
    public async Task Pages_BothThemesWideAndNarrow_HaveNoSeriousAxeFindingAndNoSidewaysScroll()
    {
        await using var pebble = await PebbleAuthority.StartAsync(new(console.Process.HttpPort));
        await pebble.LeadAllToAsync("");
        var ordering = await console.OpenAsync("/certificates/new/acme");
        await FillAsync(ordering, pebble, "shop.example.com");
        await ordering.GetByRole(AriaRole.Button, new() { Name = "Order certificate" }).ClickAsync();
        await Assertions.Expect(ordering.Locator(".acme-state")).ToContainTextAsync("Not issued.", new() { Timeout = 60_000 });
        var failed = new Uri(ordering.Url).AbsolutePath;
        var findings = new List<string>();
        foreach (var (look, width, height, scheme) in PageLook.All)
        {
            var page = await console.OpenAsync("/certificates/new/acme", width, height, scheme);
            await page.GetByLabel("Names", new() { Exact = true }).FillAsync("www.example.com\n*.shop.example.com");
            await page.GetByLabel("E-mail").FillAsync("admin@example.com");
            await page.GetByLabel("Method").SelectOptionAsync("dns");
            await page.GetByLabel("Provider", new() { Exact = true }).SelectOptionAsync("hetzner");
            await Assertions.Expect(page.GetByLabel("HETZNER_API_KEY")).ToBeVisibleAsync();
            await PageLook.TakeAsync(page, "acme-form", look, findings);
            await page.GetByText("More settings of Hetzner").ScrollIntoViewIfNeededAsync();
            await page.EvaluateAsync("window.scrollBy(0, 200)");
            await PageLook.TakeAsync(page, "acme-dns", look, findings);
            var stands = await console.OpenAsync(failed, width, height, scheme);
            await stands.GetByText("What lego said").ClickAsync();
            await PageLook.TakeAsync(stands, "acme-failed", look, findings);
        }

        findings.ShouldBeEmpty();
    }

    private static async Task FillAsync(IPage page, PebbleAuthority pebble, string names)
    {
        await page.GetByLabel("Names", new() { Exact = true }).FillAsync(names);
        await page.GetByLabel("Authority").SelectOptionAsync("other");
        await page.GetByLabel("Directory").FillAsync(pebble.Directory.AbsoluteUri);
        await page.GetByLabel("Its root certificate").FillAsync(pebble.TrustedRoots);
        await page.GetByLabel("E-mail").FillAsync("me@example.com");
        await page.GetByLabel("I agree to the terms").CheckAsync();
    }
}
