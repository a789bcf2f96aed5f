using Appliance.Web.Certificates.Acme;

namespace Appliance.Web.Tests.Certificates.Acme;

/// <summary>What the lego of this machine tells about providers of DNS.</summary>
public sealed class DnsProvidersTests
{
    [Fact]
    public async Task All_OfThisLego_HaveNamesAndAreWhatItWasBuiltWith()
    {
        using var providers = new DnsProviders(new("lego", Environment.GetEnvironmentVariable));
        var all = await providers.AllAsync(default);

        all.Length.ShouldBeGreaterThan(50);
        all.ShouldContain(provider => provider.Code == "httpreq" && provider.Name == "HTTP request" && provider.IsBuiltIn);
        all.ShouldContain(provider => provider.Code == "hetzner" && provider.Name == "Hetzner" && provider.IsBuiltIn);
        all.Select(provider => provider.Code).ShouldNotContain("exec");
        all.Select(provider => provider.Code).ShouldNotContain("manual");
        (await providers.AllAsync(default)).ShouldBe(all);
    }

    [Fact]
    public async Task Settings_OfOne_AreWhatItTakesWithoutFiles()
    {
        using var providers = new DnsProviders(new("lego", Environment.GetEnvironmentVariable));

        (await providers.SettingsAsync("httpreq", default))
            .Select(setting => (setting.Name, setting.IsCredential, setting.IsSecret))
            .ShouldBe([
                ("HTTPREQ_ENDPOINT", true, false),
                ("HTTPREQ_MODE", true, false),
                ("HTTPREQ_HTTP_TIMEOUT", false, false),
                ("HTTPREQ_PASSWORD", false, true),
                ("HTTPREQ_POLLING_INTERVAL", false, false),
                ("HTTPREQ_PROPAGATION_TIMEOUT", false, false),
                ("HTTPREQ_USERNAME", false, false),
            ]);
        (await providers.SettingsAsync("gcloud", default)).Select(setting => setting.Name).ShouldNotContain("GCE_SERVICE_ACCOUNT_FILE");
        foreach (var none in new[] { "exec", "manual", "not-there", "-h", "" })
            (await providers.SettingsAsync(none, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Settings_OfAll_AreSecretByNameByWhatIsSaidAndInDoubt()
    {
        using var providers = new DnsProviders(new("lego", Environment.GetEnvironmentVariable));
        var all = new List<DnsSetting>();
        foreach (var provider in await providers.AllAsync(default))
            all.AddRange(await providers.SettingsAsync(provider.Code, default));

        all.Count.ShouldBeGreaterThan(400);
        string[] words = ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "KEY", "OTP"];
        all.Where(setting => words.Any(word => setting.Name.Contains(word, StringComparison.Ordinal)))
            .ShouldAllBe(setting => setting.IsSecret);
        all.Where(setting =>
                words.Any(word =>
                    setting.Text.StartsWith(word, StringComparison.OrdinalIgnoreCase)
                    || setting.Text.EndsWith(word, StringComparison.OrdinalIgnoreCase)
                )
            )
            .ShouldAllBe(setting => setting.IsSecret);
        all.ShouldContain(setting => setting.Name == "NICMANAGER_API_OTP" && setting.IsSecret);
        all.Where(setting => !setting.IsSecret)
            .ShouldNotContain(setting =>
                setting.Text.Contains("password", StringComparison.OrdinalIgnoreCase)
                || setting.Text.Contains("secret", StringComparison.OrdinalIgnoreCase)
            );

        // What a person must be able to read again, and no secret by lego's list.
        foreach (
            var open in new[]
            {
                "HTTPREQ_ENDPOINT",
                "OVH_ENDPOINT",
                "AWS_REGION",
                "AWS_HOSTED_ZONE_ID",
                "PDNS_API_URL",
                "RFC2136_NAMESERVER",
                "RFC2136_TSIG_ALGORITHM",
                "INWX_USERNAME",
                "CF_API_EMAIL",
                "NETCUP_CUSTOMER_NUMBER",
                "GCE_PROJECT",
            }
        )
            all.ShouldContain(setting => setting.Name == open && !setting.IsSecret);
        all.Where(setting =>
                setting.Name.EndsWith("_TTL", StringComparison.Ordinal) || setting.Name.EndsWith("_TIMEOUT", StringComparison.Ordinal)
            )
            .ShouldAllBe(setting => !setting.IsSecret);
        new DnsSetting("NEW_CREDENTIAL", "Something that no list knows", true).IsSecret.ShouldBeTrue();
        new DnsSetting("NEW_OPTION", "Something that no list knows", false).IsSecret.ShouldBeFalse();
        all.Where(setting =>
                setting.Text.Contains("endpoint", StringComparison.OrdinalIgnoreCase)
                || setting.Text.Contains("URL", StringComparison.Ordinal)
            )
            .Where(setting => !DnsSetting.IsAddress(setting.Name))
            .Select(setting => setting.Name)
            .Distinct()
            .ShouldBeEmpty();
    }

    [Fact]
    public async Task All_ScriptInFrontOfLego_AreTakenToBeThere()
    {
        var folder = Directory.CreateTempSubdirectory("appliance-lego-").FullName;
        var script = Path.Combine(folder, "lego.sh");
        File.WriteAllText(script, $"#!/bin/sh\nexec {new LegoProgram("lego", Environment.GetEnvironmentVariable).File} \"$@\"\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        using var providers = new DnsProviders(new(script, Environment.GetEnvironmentVariable));
        (await providers.AllAsync(default)).ShouldAllBe(provider => provider.IsBuiltIn);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task All_NoLego_AreNone()
    {
        using var providers = new DnsProviders(new("/not/there/lego", Environment.GetEnvironmentVariable));
        (await providers.AllAsync(default)).ShouldBeEmpty();
        (await providers.SettingsAsync("httpreq", default)).ShouldBeEmpty();
    }

    [Fact]
    public void Parse_Help_LeavesOutWhatLeadsToFilesOrIsNoVariable()
    {
        const string Help = """
            Configuration for Amazon Route 53.
            Code:   'route53'
            Since:  'v0.3.0'

            Credentials:
              - "Application Default Credentials":  [Documentation](https://cloud.google.com/)
              - "AWS_ACCESS_KEY_ID":      Managed by the AWS client. Access key ID
              - "AWS_PROFILE":            Managed by the AWS client
              - "LD_PRELOAD":             never

            Additional Configuration:
              - "AWS_SHARED_CREDENTIALS_FILE":  Managed by the AWS client. Shared credentials file.
              - "AWS_TTL":                      The TTL of the TXT record used for the DNS challenge

            More information: https://go-acme.github.io/lego/dns/route53
            """;
        DnsProviders
            .Parse(Help)
            .ShouldBe([
                new("AWS_ACCESS_KEY_ID", "Managed by the AWS client. Access key ID", true),
                new("AWS_TTL", "The TTL of the TXT record used for the DNS challenge", false),
            ]);
    }
}
