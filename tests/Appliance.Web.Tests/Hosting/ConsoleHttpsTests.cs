using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Appliance.Data.Certificates;
using Appliance.Data.Rights;
using Appliance.Proxy.Certificates;
using Appliance.Testing;
using Appliance.Web.Hosting;
using Appliance.Web.Startup;
using Appliance.Web.Tests.Control;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Web.Tests.Hosting;

public sealed class ConsoleHttpsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("appliance-tls-");
    private readonly FakeTimeProvider _time = TestTime.New();

    private string Certificate => Path.Combine(_folder.FullName, "console.pem");

    private string Key => Path.Combine(_folder.FullName, "console.key");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Https_WithACertificate_ServesTheConsoleWithStrictTransportAndItsOwnCookieName()
    {
        Write("console.example.com");
        await using var console = await ConsoleUnderTest.StartAsync(null, options =>
            options with
            {
                ConsoleHttpsPort = 0,
                ConsoleCertificate = Certificate,
                ConsoleKey = Key,
                PublicUrl = new("https://console.example.com"),
            }
        );
        string? seen = null;
        using var http = new HttpClient(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                SslOptions = new()
                {
                    RemoteCertificateValidationCallback = (_, certificate, _, _) => (seen = certificate?.Subject) is not null,
                    TargetHost = "console.example.com",
                },
            }
        );
        using var answer = await http.GetAsync($"https://localhost:{console.HttpsPort}/setup");
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        seen.ShouldBe("CN=console.example.com");
        answer.Headers.GetValues("Strict-Transport-Security").ShouldHaveSingleItem();
        using var plain = await http.GetAsync($"http://localhost:{console.Port}/setup");
        plain.StatusCode.ShouldBe(HttpStatusCode.OK, "this machine itself is not sent away");
        plain.Headers.Contains("Strict-Transport-Security").ShouldBeFalse();
    }

    [Fact]
    public async Task Https_WithoutFiles_ShowsWhatTheProxyHasForTheName_AndTakesWhatIsAdded()
    {
        await using var console = await ConsoleUnderTest.StartAsync(null, options => options with { ConsoleHttpsPort = 0 });
        (await ShownAsync(console, "console.example.com")).ShouldBe("CN=Appliance made at start");
        var store = console.Services.GetRequiredService<CertificateStore>();
        foreach (var name in new[] { "console.example.com", "other.example.com" })
        {
            var (chain, key, _) = Issue.Pem([name]);
            var material = CertificateMaterial.Of(CertificateParser.FromPem(chain + "\n" + key).ShouldBeOfType<CertificateReading.Read>());
            (
                await store.AddAsync(name, CertificateKind.Uploaded, material, Actor.Local("test"), CancellationToken.None)
            ).ShouldBeOfType<CertificateResult.Done>();
        }

        await Eventually.TrueAsync(
            async () => await ShownAsync(console, "other.example.com") == "CN=other.example.com",
            "the second one is shown"
        );
        (await ShownAsync(console, "console.example.com")).ShouldBe("CN=console.example.com");
        var row = (await store.ListAsync(CancellationToken.None)).Single(one => one.Name == "console.example.com");
        (
            await store.DeleteAsync(row.Id, row.Version, Actor.Local("test"), CancellationToken.None)
        ).ShouldBeOfType<CertificateResult.Done>();
        await Eventually.TrueAsync(
            async () => await ShownAsync(console, "console.example.com") == "CN=other.example.com",
            "the default is shown"
        );
    }

    [Theory]
    [InlineData("192.0.2.7", "/routes?q=a", "10.0.0.1:8081", 8443, "https://10.0.0.1:8443/routes?q=a")]
    [InlineData("192.0.2.7", "/", "[::1]:8081", 443, "https://[::1]/")]
    [InlineData("192.0.2.7", "/healthz", "10.0.0.1:8081", 8443, null)]
    [InlineData("127.0.0.1", "/routes", "localhost:8081", 8443, null)]
    [InlineData("192.0.2.7", "/routes", "10.0.0.1:8081", null, null)]
    public async Task PlainHttp_WhereHttpsIsSpoken_PeopleAreSentThere(string from, string target, string host, int? port, string? location)
    {
        var context = Context("http", host, target);
        context.Connection.RemoteIpAddress = IPAddress.Parse(from);
        var passed = false;
        await ConsoleScheme.GuardAsync(
            context,
            _ =>
            {
                passed = true;
                return Task.CompletedTask;
            },
            new(),
            () => port
        );
        passed.ShouldBe(location is null);
        context.Response.Headers.Location.ToString().ShouldBe(location ?? "");
        context.Response.StatusCode.ShouldBe(location is null ? 200 : 308);
    }

    [Theory]
    [InlineData("https://console.example.com:9443", "https://console.example.com:9443/routes")]
    [InlineData("https://other.example.com:9443", "https://console.example.com:8443/routes")]
    [InlineData("http://console.example.com:9443", "https://console.example.com:8443/routes")]
    public async Task PlainHttp_WhereHttpsIsSpoken_ThePublicUrlHasThePort(string publicUrl, string location)
    {
        var context = Context("http", "console.example.com:8081", "/routes");
        context.Connection.RemoteIpAddress = IPAddress.Parse("192.0.2.7");
        await ConsoleScheme.GuardAsync(context, _ => Task.CompletedTask, new() { PublicUrl = new(publicUrl) }, () => 8443);
        context.Response.Headers.Location.ToString().ShouldBe(location);
    }

    [Theory]
    [InlineData("https://console.example.com", "console.example.com", "https")]
    [InlineData("https://console.example.com:8443", "console.example.com:8443", "https")]
    [InlineData("https://console.example.com", "10.0.0.1:8081", "http")]
    [InlineData("http://console.example.com", "console.example.com", "http")]
    public async Task PlainHttp_BehindAProxyThatSpeaksTls_IsTheSchemeOfThePublicUrl(string publicUrl, string host, string scheme)
    {
        var context = Context("http", host, "/");
        context.Connection.RemoteIpAddress = IPAddress.Parse("192.0.2.7");
        await ConsoleScheme.GuardAsync(context, _ => Task.CompletedTask, new() { PublicUrl = new(publicUrl) }, () => null);
        context.Request.Scheme.ShouldBe(scheme);
    }

    [Fact]
    public void Renewal_OfTheFiles_IsTakenWithoutARestart()
    {
        Write("one.example.com");
        var certificate = new ConsoleCertificate(Certificate, Key, _time, NullLogger.Instance);
        certificate.Current.TargetCertificate.Subject.ShouldBe("CN=one.example.com");
        Write("two.example.com", later: 1);
        certificate.Current.TargetCertificate.Subject.ShouldBe("CN=one.example.com", "it looks every few seconds only");
        _time.Advance(TimeSpan.FromSeconds(10));
        certificate.Current.TargetCertificate.Subject.ShouldBe("CN=two.example.com");

        File.WriteAllText(Certificate, "half a renewal");
        File.SetLastWriteTimeUtc(Certificate, DateTime.UtcNow.AddMinutes(2));
        _time.Advance(TimeSpan.FromSeconds(10));
        certificate.Current.TargetCertificate.Subject.ShouldBe("CN=two.example.com");
        Write("three.example.com", later: 3);
        _time.Advance(TimeSpan.FromSeconds(10));
        certificate.Current.TargetCertificate.Subject.ShouldBe("CN=three.example.com");
    }

    [Fact]
    public void Start_KeyOfAnother_SaysWhichFilesAndWhy()
    {
        Write("one.example.com");
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(Key, other.ExportPkcs8PrivateKeyPem());
        var fault = Should.Throw<StartException>(() => new ConsoleCertificate(Certificate, Key, _time, NullLogger.Instance)).Message;
        fault.ShouldContain(Certificate);
        fault.ShouldContain(Key);
        File.Delete(Key);
        Should
            .Throw<StartException>(() => new ConsoleCertificate(Certificate, Key, _time, NullLogger.Instance))
            .Message.ShouldContain("APPLIANCE_CONSOLE_KEY");
    }

    [Fact]
    public void Settings_PartOfThem_AsksForTheOthers()
    {
        Write("one.example.com");
        ApplianceOptions
            .Read(name => name == "APPLIANCE_CONSOLE_HTTPS_PORT" ? "9443" : null, [])
            .Options.ShouldNotBeNull()
            .ConsoleHttpsPort.ShouldBe(9443);
        ApplianceOptions
            .Read(
                name =>
                    name switch
                    {
                        "APPLIANCE_CONSOLE_CERTIFICATE" => Certificate,
                        "APPLIANCE_CONSOLE_KEY" => Key,
                        _ => null,
                    },
                []
            )
            .Problems.ShouldHaveSingleItem()
            .ShouldContain("belong together");
        ApplianceOptions
            .Read(name => name == "APPLIANCE_CONSOLE_KEY" ? Key : null, [])
            .Problems.ShouldHaveSingleItem()
            .ShouldContain("belong together");
        ApplianceOptions
            .Read(
                name =>
                    name switch
                    {
                        "APPLIANCE_CONSOLE_HTTPS_PORT" => "8081",
                        "APPLIANCE_CONSOLE_CERTIFICATE" => Certificate,
                        "APPLIANCE_CONSOLE_KEY" => Key,
                        _ => null,
                    },
                []
            )
            .Problems.ShouldHaveSingleItem()
            .ShouldContain("another port");
    }

    // A real handshake; no request.
    private static async Task<string> ShownAsync(ConsoleUnderTest console, string name)
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, console.HttpsPort);
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = name,
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
            }
        );
        return tls.RemoteCertificate.ShouldNotBeNull().Subject;
    }

    private static DefaultHttpContext Context(string scheme, string host, string target)
    {
        var context = new DefaultHttpContext();
        var parts = target.Split('?');
        (context.Request.Scheme, context.Request.Host, context.Request.Path) = (scheme, new(host), parts[0]);
        context.Request.QueryString = parts.Length > 1 ? new("?" + parts[1]) : default;
        return context;
    }

    private void Write(string name, int later = 0)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1),
            DateTimeOffset.UtcNow.AddDays(90)
        );
        File.WriteAllText(Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(Key, key.ExportPkcs8PrivateKeyPem());
        File.SetLastWriteTimeUtc(Certificate, DateTime.UtcNow.AddMinutes(later));
    }
}
