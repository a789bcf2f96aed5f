using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Appliance.Browser.Tests.People;
using Appliance.Proxy.Config;
using Appliance.Proxy.Dialing;
using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Upstreams;

/// <summary>TLS to a pool's servers in its form, its list and its state.</summary>
public sealed class PoolTlsTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task Form_HttpsServer_ShowsWhatIsTrustedAndSavesIt()
    {
        using var authority = new Authority("Company root");
        var page = await console.OpenAsync("/pools/new");
        var card = page.GetByRole(AriaRole.Region, new() { Name = "TLS to the servers" });
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("secure");
        await page.GetByLabel("Address").FillAsync("http://10.0.0.1:80");
        await Assertions.Expect(card).ToHaveCountAsync(0);
        await page.GetByLabel("Address").FillAsync("https://10.0.0.1");
        await Assertions.Expect(card).ToBeVisibleAsync();

        // 1. What cannot be read says so there, and stays.
        var trusted = page.GetByLabel("Trusted authorities");
        await trusted.FillAsync("company root");
        await Assertions.Expect(page.Locator(".field", new() { Has = trusted })).ToContainTextAsync("There is no certificate in the text");
        await trusted.FillAsync(authority.Pem);
        await Assertions
            .Expect(page.GetByRole(AriaRole.List, new() { Name = "Certificates in it" }))
            .ToContainTextAsync("CN=Company root, valid until");
        await page.GetByLabel("Server name").FillAsync("$host");
        await Assertions.Expect(card).ToContainTextAsync("The name is fixed text");
        await page.GetByLabel("Server name").FillAsync("backend.example.com");
        await page.GetByLabel("Client certificate").FillAsync("to-backend");
        await Assertions.Expect(card).ToContainTextAsync("No certificate here is called to-backend");

        // 2. Not verified is a warning wherever the pool is seen.
        await Assertions.Expect(card).Not.ToContainTextAsync("not verified");
        await page.GetByLabel("Verify the servers' certificates").UncheckAsync();
        await Assertions.Expect(card.GetByRole(AriaRole.Heading)).ToContainTextAsync("not verified");
        await Assertions.Expect(card).ToContainTextAsync("an attacker in between can read and change everything");
        var findings = new List<string>();
        await PageLook.TakeAsync(page, "pool-tls", "wide-light", findings, picture: false);
        findings.ShouldBeEmpty();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save pool" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Row, new() { Name = "secure" })).ToContainTextAsync("not verified");

        // 3. It is what is stored, and comes back into the form.
        var pool = ConfigDocument
            .Parse(System.Text.Encoding.UTF8.GetBytes((await console.Process.RunAsync("export")).Output))
            .Document!.Config.UpstreamPools.Single(one => one.Name == "secure");
        pool.Tls.ShouldBe(
            new UpstreamTls
            {
                Verify = false,
                Trusted = authority.Pem.ReplaceLineEndings("\n").Trim(),
                ServerName = "backend.example.com",
                ClientCertificate = "to-backend",
            }
        );
        await page.GetByRole(AriaRole.Link, new() { Name = "secure", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Verify the servers' certificates")).Not.ToBeCheckedAsync();
        await page.GetByLabel("Verify the servers' certificates").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save pool" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Row, new() { Name = "secure" })).Not.ToContainTextAsync("not verified");
    }

    [BrowserFact]
    public async Task ClientCertificate_OutsideOfTheScope_IsRefusedAtTheFieldWhileItIsTyped()
    {
        var boss = await console.OpenAsync("/certificates/new/self-signed");
        foreach (var name in new[] { "x.own.example.com", "billing.example.com" })
        {
            await boss.GotoAsync(console.Url + "/certificates/new/self-signed");
            await boss.GetByLabel("Names").FillAsync(name);
            await boss.GetByRole(AriaRole.Button, new() { Name = "Make certificate" }).ClickAsync();
            await Assertions.Expect(boss.GetByRole(AriaRole.Heading, new() { Name = name, Exact = true })).ToBeVisibleAsync();
        }

        var page = await SomebodyElse.SignedInAsync(console, "sam", "/pools/new", "Operator", "host:*.own.example.com");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("scoped");
        await page.GetByLabel("Address").FillAsync("https://10.0.0.1");
        var typed = page.GetByLabel("Client certificate");
        var field = page.Locator(".field", new() { Has = typed });
        await typed.FillAsync("billing.example.com");
        await Assertions.Expect(field.Locator(".error")).ToContainTextAsync("The name billing.example.com is outside of your scope");
        await typed.FillAsync("nowhere");
        await Assertions.Expect(field.Locator(".error")).ToContainTextAsync("There is no certificate called nowhere");
        await Assertions.Expect(page.GetByText("No certificate here is called nowhere")).ToHaveCountAsync(0);
        await typed.FillAsync("x.own.example.com");
        await Assertions.Expect(field.Locator(".error")).ToHaveCountAsync(0);
        await Assertions.Expect(page.GetByText("Here, for x.own.example.com")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save pool" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Row, new() { Name = "scoped" })).ToBeVisibleAsync();

        // Whoever would delete it reads who shows it.
        await boss.GotoAsync(console.Url + "/certificates");
        await boss.GetByRole(AriaRole.Button, new() { Name = "Delete x.own.example.com" }).ClickAsync();
        var dialog = boss.GetByRole(AriaRole.Dialog);
        await Assertions.Expect(dialog.Locator(".lost-pools")).ToHaveTextAsync("scoped");
        await Assertions.Expect(dialog).ToContainTextAsync("Requests that need a new connection to its https servers get 502");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await boss.GetByRole(AriaRole.Button, new() { Name = "Delete billing.example.com" }).ClickAsync();
        await Assertions.Expect(dialog).ToContainTextAsync("No host that a route names gets it.");
        await Assertions.Expect(dialog.Locator(".lost-pools")).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task Server_BadCertificate_SaysWhyAtTheServer()
    {
        using var certificate = Authority.SelfSigned("localhost");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, certificate);
        var pool = Configs.Pool("self-signed", $"https://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}");
        await console.ApplyAsync(new() { UpstreamPools = [pool], Routes = [Configs.Proxy("all", "/", "self-signed")] });
        var page = await console.OpenAsync("/pools");
        await page.GetByRole(AriaRole.Link, new() { Name = "self-signed", Exact = true }).ClickAsync();
        (await RawHttp.GetAsync(console.Process.HttpPort, "/")).Status.ShouldBe(502);
        await Assertions
            .Expect(page.Locator(".server-row"))
            .ToContainTextAsync("The server's certificate is self-signed (CN=localhost) and not among what this machine trusts");
        listener.Stop();
        await Should.ThrowAsync<SocketException>(() => serving);
    }

    private static async Task ServeAsync(TcpListener listener, X509Certificate2 certificate)
    {
        while (true)
        {
            await using var tls = new SslStream((await listener.AcceptTcpClientAsync()).GetStream());
            try
            {
                await tls.AuthenticateAsServerAsync(certificate);
                await tls.CopyToAsync(Stream.Null);
            }
            catch (Exception refused) when (refused is IOException or System.Security.Authentication.AuthenticationException)
            {
                // That is what is tested.
            }
        }
    }
}
