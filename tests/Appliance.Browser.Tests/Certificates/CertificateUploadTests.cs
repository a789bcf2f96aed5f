using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Certificates;

/// <summary>Ways of a certificate into the product, and what clients get then.</summary>
public sealed class CertificateUploadTests(CertificatesConsole certificates)
    : ConsoleTests(certificates.Console),
        IClassFixture<CertificatesConsole>
{
    private static readonly PbeParameters _pbe = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);

    private RunningConsole Console => certificates.Console;

    [BrowserFact]
    public async Task Upload_OfTwoFiles_IsServedAtOnceAndReplacedInPlace()
    {
        var page = await Console.OpenAsync("/certificates");
        var watcher = await Console.OpenAsync("/certificates");
        var first = Issue.ByAuthority(["up.example.com", "also.example.com"]);
        await CertificatesConsole.UploadAsync(Console, page, "Twofold", first);
        await certificates.IsShownAsync("up.example.com", first.Certificate);
        await Assertions.Expect(page.GetByText("CN=Example CA R1, O=Example Trust").First).ToBeVisibleAsync();
        await Assertions.Expect(watcher.GetByRole(AriaRole.Row, new() { Name = "Twofold" })).ToContainTextAsync("served");

        // Fewer names are asked about, and nothing is lost of what was given.
        await page.GetByRole(AriaRole.Link, new() { Name = "Replace" }).ClickAsync();
        var second = Issue.ByAuthority(["up.example.com"], days: 120);
        await CertificatesConsole.ChooseAsync(page, ("new.pem", second.Chain + "\n" + second.Key));
        await Assertions.Expect(page.Locator(".error")).ToContainTextAsync("does not name also.example.com");
        await page.GetByRole(AriaRole.Button, new() { Name = "Replace certificate" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("does not name also.example.com");
        await page.GetByLabel("Upload anyway").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Replace certificate" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Replaced certificate Twofold")).ToBeVisibleAsync();
        await certificates.IsShownAsync("up.example.com", second.Certificate);
        await Assertions.Expect(watcher.GetByRole(AriaRole.Row, new() { Name = "Twofold" })).ToContainTextAsync("in 119 days");

        var download = await page.RunAndWaitForDownloadAsync(() =>
            page.GetByRole(AriaRole.Link, new() { Name = "Download chain" }).ClickAsync()
        );
        var text = await File.ReadAllTextAsync(await download.PathAsync());
        (download.SuggestedFilename, text.Split("BEGIN CERTIFICATE").Length - 1, text.Contains("KEY", StringComparison.Ordinal)).ShouldBe(
            ("Twofold.pem", 2, false)
        );
    }

    [BrowserFact]
    public async Task Replace_OfSomethingThatChangedMeanwhile_IsSaidAndOverwritesNothing()
    {
        var page = await Console.OpenAsync("/certificates");
        await CertificatesConsole.UploadAsync(Console, page, "Contested", Issue.Pem(["contested.example.com"]));
        var late = await Console.OpenAsync(new Uri(page.Url).AbsolutePath + "/replace");
        var mine = Issue.Pem(["contested.example.com"], days: 40);
        await CertificatesConsole.ChooseAsync(late, ("mine.pem", mine.Chain + "\n" + mine.Key));
        await page.GetByRole(AriaRole.Link, new() { Name = "Replace" }).ClickAsync();
        var theirs = Issue.Pem(["contested.example.com"], days: 50);
        await CertificatesConsole.ChooseAsync(page, ("theirs.pem", theirs.Chain + "\n" + theirs.Key));
        await page.GetByRole(AriaRole.Button, new() { Name = "Replace certificate" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Replaced certificate Contested")).ToBeVisibleAsync();
        await late.GetByRole(AriaRole.Button, new() { Name = "Replace certificate" }).ClickAsync();
        await Assertions.Expect(late.GetByRole(AriaRole.Alert)).ToContainTextAsync("This certificate was changed a moment ago");
        await Assertions.Expect(late.GetByText("mine.pem")).ToBeVisibleAsync();
        await certificates.IsShownAsync("contested.example.com", theirs.Certificate);
    }

    [BrowserFact]
    public async Task Upload_WithAPassword_NeitherPasswordNorKeyComesBack()
    {
        var made = Issue.Pem(["secret.example.com"]);
        using var key = ECDsa.Create();
        key.ImportFromPem(made.Key);
        var encrypted = key.ExportEncryptedPkcs8PrivateKeyPem("open sesame", _pbe);
        var page = await Console.OpenAsync("/certificates/new");
        await page.GetByLabel("Or paste").FillAsync(encrypted + "\n" + made.Chain);
        await Assertions.Expect(page.Locator(".error")).ToContainTextAsync("type its password");
        await page.GetByLabel("Password").FillAsync("open barley");
        await page.GetByLabel("Password").PressAsync("Tab");
        await Assertions.Expect(page.Locator(".error")).ToContainTextAsync("does not open it");
        await page.GetByLabel("Password").FillAsync("open sesame");
        await page.GetByLabel("Password").PressAsync("Tab");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "What was read" })).ToBeVisibleAsync();
        var content = await page.ContentAsync();
        content.ShouldContain("secret.example.com");
        content.ShouldNotContain("open sesame");
        content.ShouldNotContain(encrypted.Split('\n')[1]);
        (await page.EvaluateAsync<string>("JSON.stringify(sessionStorage) + JSON.stringify(localStorage)")).ShouldNotContain("sesame");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add certificate" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "secret.example.com", Exact = true })).ToBeVisibleAsync();
        await certificates.IsShownAsync("secret.example.com", made.Certificate);
    }

    [BrowserFact]
    public async Task Upload_OfAPkcs12File_TakesItsPassword()
    {
        var made = Issue.Pem(["box.example.com"]);
        using var own = X509Certificate2.CreateFromPem(made.Chain, made.Key);
        var page = await Console.OpenAsync("/certificates/new");
        await CertificatesConsole.ChooseAsync(
            page,
            new FilePayload
            {
                Name = "box.pfx",
                MimeType = "application/x-pkcs12",
                Buffer = own.Export(X509ContentType.Pkcs12, "secret")!,
            }
        );
        await Assertions.Expect(page.GetByText("box.pfx", new() { Exact = true })).ToBeVisibleAsync();
        await page.GetByLabel("Password").FillAsync("secret");
        await page.GetByLabel("Password").PressAsync("Tab");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "What was read" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add certificate" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "box.example.com", Exact = true })).ToBeVisibleAsync();
        await certificates.IsShownAsync("box.example.com", made.Certificate);
    }

    [BrowserFact]
    public async Task Upload_Bad_IsSaidAtItsField_AndTheRestOfTheFilesStays()
    {
        var made = Issue.Pem(["bad.example.com"]);
        var page = await Console.OpenAsync("/certificates/new?names=wanted.example.com");
        var error = page.Locator(".field .error");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add certificate" }).ClickAsync();
        await Assertions.Expect(error).ToContainTextAsync("Choose the files");
        await CertificatesConsole.ChooseAsync(page, ("bad.pem", made.Chain));
        await Assertions.Expect(error).ToContainTextAsync("no private key");
        await CertificatesConsole.ChooseAsync(page, ("bad.key", Issue.Pem(["x.example.com"]).Key));
        await Assertions.Expect(error).ToContainTextAsync("belongs to another certificate");
        await CertificatesConsole.ChooseAsync(
            page,
            new FilePayload
            {
                Name = "bad.key",
                MimeType = "text/plain",
                Buffer = new byte[300 * 1024],
            }
        );
        await Assertions.Expect(error).ToContainTextAsync("bad.key has 300 KiB");
        var expired = Issue.Pem(["bad.example.com"], days: -1);
        await CertificatesConsole.ChooseAsync(page, ("bad.pem", expired.Chain), ("bad.key", expired.Key));
        await Assertions.Expect(page.Locator(".check .error")).ToContainTextAsync("It has expired");
        var (chain, key) = Issue.Rsa(["bad.example.com"], 1024);
        await CertificatesConsole.ChooseAsync(page, ("bad.pem", chain), ("bad.key", key));
        await Assertions.Expect(error).ToContainTextAsync("1024 bits");
        await page.GetByRole(AriaRole.Button, new() { Name = "Take bad.key out" }).ClickAsync();
        await Assertions.Expect(error).ToContainTextAsync("no private key");
        var good = Issue.Pem(["bad.example.com"]);
        await CertificatesConsole.ChooseAsync(page, ("bad.pem", good.Chain), ("bad.key", good.Key));
        await Assertions.Expect(error).ToHaveCountAsync(0);
        await Assertions.Expect(page.Locator(".field .warning")).ToContainTextAsync("does not name wanted.example.com");
        await CertificatesConsole.ChooseAsync(page, [.. Enumerable.Range(0, 8).Select(at => ($"{at}.pem", good.Chain))]);
        await Assertions.Expect(error.First).ToContainTextAsync("is one too many");
        await CertificatesConsole.ChooseAsync(page, ("bad.key", good.Key));
        await Assertions.Expect(error).ToHaveCountAsync(0);
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync(new string('x', 65));
        await page.GetByRole(AriaRole.Button, new() { Name = "Add certificate" }).ClickAsync();
        await Assertions.Expect(error).ToContainTextAsync("1 to 64 characters");
    }
}
