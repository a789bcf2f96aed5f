using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Appliance.Data.Certificates;
using Appliance.Data.Rights;
using Appliance.Proxy.Certificates;
using Appliance.Testing;
using Appliance.Web.Hosting;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Certificates;

/// <summary>A console whose proxy speaks HTTPS, with a folder of certificates. One for the tests of a class.</summary>
public sealed class CertificatesConsole : IAsyncLifetime
{
    public RunningConsole Console { get; } = new();

    public int HttpsPort { get; } = FreePorts.Next();

    public string Folder { get; } = Directory.CreateTempSubdirectory("appliance-folder-").FullName;

    public async Task InitializeAsync()
    {
        Console.Process.Settings["APPLIANCE_HTTPS_PORT"] = HttpsPort.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Console.Process.Settings["APPLIANCE_CERTIFICATES"] = Folder;

        // What these tests order is asked of no authority.
        Console.Process.Settings["APPLIANCE_LEGO"] = "/not/there/lego";
        await Console.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await Console.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Writes a pair into the folder.</summary>
    public void Write(string name, string[] names, int days = 90)
    {
        var (chain, key, _) = Issue.ByAuthority(names, days);
        File.WriteAllText(Path.Combine(Folder, name + ".key"), key);
        File.WriteAllText(Path.Combine(Folder, name + ".pem"), chain);
    }

    /// <summary>The certificate that a client who asks for this name gets, by a real handshake.</summary>
    public async Task<X509Certificate2> ShownAsync(string name)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", HttpsPort, RunningConsole.Limit());
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = name,
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
            },
            RunningConsole.Limit()
        );
        return X509CertificateLoader.LoadCertificate(tls.RemoteCertificate.ShouldNotBeNull().GetRawCertData());
    }

    /// <summary>Waits until clients who ask for this name get this certificate.</summary>
    public Task IsShownAsync(string name, X509Certificate2 certificate) =>
        Eventually.TrueAsync(
            async () => (await ShownAsync(name)).Thumbprint == certificate.Thumbprint,
            $"{name} gets {certificate.Subject}"
        );

    /// <summary>Chooses files in the page's picker.</summary>
    public static Task ChooseAsync(IPage page, params (string Name, string Text)[] files) =>
        ChooseAsync(
            page,
            [
                .. files.Select(file => new FilePayload
                {
                    Name = file.Name,
                    MimeType = "application/x-pem-file",
                    Buffer = Encoding.ASCII.GetBytes(file.Text),
                }),
            ]
        );

    /// <summary>Chooses files in the page's picker.</summary>
    public static async Task ChooseAsync(IPage page, params FilePayload[] files)
    {
        // Playwright hands files to a picker that is disabled, too.
        await Assertions.Expect(page.GetByLabel("Files")).ToBeEnabledAsync();

        // And faster than Blazor listens to it, which is a round trip later.
        await page.WaitForFunctionAsync("() => document.querySelector('#f-files')._blazorInputFileNextFileId !== undefined");
        await page.GetByLabel("Files").SetInputFilesAsync(files);
    }

    /// <summary>Uploads one through the page, and stands at its page then.</summary>
    public static async Task UploadAsync(RunningConsole console, IPage page, string name, (string Chain, string Key, X509Certificate2) made)
    {
        await page.GotoAsync(console.Url + "/certificates/new");
        await ChooseAsync(page, ("site.pem", made.Chain), ("site.key", made.Key));
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "What was read" })).ToBeVisibleAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
        await page.GetByRole(AriaRole.Button, new() { Name = "Add certificate" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = name, Exact = true })).ToBeVisibleAsync();
    }

    /// <summary>Puts things into the store of a product that does not run yet.</summary>
    public static async Task PrepareAsync(string data, Func<CertificateStore, Task> fill)
    {
        using var node = await Node.OpenAsync(new() { Data = data }, CancellationToken.None);
        await fill(node.Certificates);
    }

    /// <summary>Adds one past the pages.</summary>
    public static async Task<CertificateRow> AddAsync(
        CertificateStore store,
        string name,
        (string Chain, string Key, X509Certificate2) made,
        CertificateKind kind = CertificateKind.Uploaded
    )
    {
        var material = CertificateMaterial.Of(
            CertificateParser.FromPem(made.Chain + "\n" + made.Key).ShouldBeOfType<CertificateReading.Read>()
        );
        return (await store.AddAsync(name, kind, material, Actor.Local("ann"), CancellationToken.None))
            .ShouldBeOfType<CertificateResult.Done>()
            .Row;
    }
}
