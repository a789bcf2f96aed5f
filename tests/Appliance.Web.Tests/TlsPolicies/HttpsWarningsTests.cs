using Appliance.Data.Certificates;
using Appliance.Data.Rights;
using Appliance.Proxy.Certificates;
using Appliance.Proxy.Config;
using Appliance.Proxy.Items;
using Appliance.Proxy.Routing;
using Appliance.Testing;
using Appliance.Web.Editing;
using Appliance.Web.Hosting;
using Appliance.Web.Tests.Control;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.TlsPolicies;

public sealed class HttpsWarningsTests
{
    [Theory]
    [InlineData("a.example.com", true, true, "forceHttps hsts")]
    [InlineData("a.example.com", true, false, "forceHttps")]
    [InlineData("a.example.com", false, true, "hsts")]
    [InlineData("a.example.com", false, false, "")]
    [InlineData("good.example.com", true, true, "")]
    [InlineData("x.wild.example.com", true, true, "")]
    [InlineData("*.wild.example.com", true, true, "")]
    [InlineData("*.example.com", true, false, "forceHttps")]
    [InlineData("old.example.com", true, false, "forceHttps")]
    [InlineData("", true, true, "forceHttps hsts")] // a.example.com is of a route, and of no other policy
    public async Task Check_HostWithoutAValidCertificate_IsWarnedOfAtItsField(string host, bool force, bool hsts, string fields)
    {
        await using var console = await StartAsync();
        var config = new ProxyConfig
        {
            Routes =
            [
                new()
                {
                    Name = "r",
                    Hosts = ["a.example.com", "good.example.com"],
                    Action = new RouteAction.Respond { Status = 204 },
                },
            ],
            TlsPolicies =
            [
                new()
                {
                    Name = "p",
                    Hosts = host.Length == 0 ? [] : [host],
                    ForceHttps = force,
                    Hsts = hsts ? new() : null,
                },
            ],
        };
        var check = console.Services.GetRequiredService<ConfigEditor>().Check(ProxyConfig.Empty, config);
        check.Valid.ShouldNotBeNull();
        check
            .Warnings.Where(one => one.Code == "no_certificate")
            .Select(one => one.Path["tlsPolicies/p/".Length..])
            .ShouldBe(fields.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Apply_CommandLine_WarnsAndSaves()
    {
        await using var console = await StartAsync();
        var config = new ProxyConfig
        {
            TlsPolicies =
            [
                new()
                {
                    Name = "p",
                    Hosts = ["old.example.com", "a.example.com"],
                    ForceHttps = true,
                    Hsts = new() { MaxAge = TimeSpan.Zero },
                },
            ],
        };
        var saved = (
            await console
                .Services.GetRequiredService<ConfigEditor>()
                .ApplyAsync(_ => config, seen: null, new(Actor.Local("me"), "", "apply"), dryRun: false, default)
        ).ShouldBeOfType<EditResult.Saved>();
        var warning = saved.Notes.ShouldHaveSingleItem();
        (warning.Path, warning.Severity).ShouldBe(("tlsPolicies/p/forceHttps", ProblemSeverity.Warning));
        warning.Message.ShouldStartWith("old.example.com has the certificate old, which expired at ");
        warning.Message.ShouldContain("; a.example.com has no certificate here. Browsers");
    }

    [Fact]
    public async Task Check_NoPortForHttps_IsTheReasonUnlessAProxyStandsInFront()
    {
        var config = new ProxyConfig
        {
            TlsPolicies =
            [
                new()
                {
                    Name = "p",
                    Hosts = ["good.example.com"],
                    ForceHttps = true,
                },
            ],
        };
        await using (var bare = await ConsoleUnderTest.StartAsync(with: options => options with { HttpsPort = null }))
            (await WarningsAsync(bare)).ShouldHaveSingleItem().Message.ShouldContain("APPLIANCE_HTTPS_PORT is off");
        await using (
            var behind = await ConsoleUnderTest.StartAsync(with: options =>
                options with
                {
                    HttpsPort = null,
                    TrustedProxies = [new(System.Net.IPAddress.Loopback, 32)],
                }
            )
        )
            (await WarningsAsync(behind)).ShouldBeEmpty();

        Task<IReadOnlyList<ConfigProblem>> WarningsAsync(ConsoleUnderTest console) =>
            Task.FromResult(console.Services.GetRequiredService<ConfigEditor>().Check(ProxyConfig.Empty, config).Warnings);
    }

    private static async Task<ConsoleUnderTest> StartAsync()
    {
        var console = await ConsoleUnderTest.StartAsync(folder =>
        {
            using var node = Node.OpenAsync(new() { Data = folder }, default).GetAwaiter().GetResult();
            Add(node, "good", Issue.Pem(["good.example.com", "*.wild.example.com"]));
            Add(node, "old", Issue.Pem(["old.example.com"], days: -1));
        });
        await Eventually.TrueAsync(() => Task.FromResult(console.Proxy.Certificates.Choice.All.Length == 2), "both are read");
        return console;
    }

    private static void Add(
        Node node,
        string name,
        (string Chain, string Key, System.Security.Cryptography.X509Certificates.X509Certificate2) made
    )
    {
        var material = CertificateMaterial.Of(
            CertificateParser.FromPem(made.Chain + "\n" + made.Key).ShouldBeOfType<CertificateReading.Read>()
        );
        node.Certificates.AddAsync(name, CertificateKind.Uploaded, material, Actor.Local("boss"), default)
            .GetAwaiter()
            .GetResult()
            .ShouldBeOfType<CertificateResult.Done>();
    }
}
