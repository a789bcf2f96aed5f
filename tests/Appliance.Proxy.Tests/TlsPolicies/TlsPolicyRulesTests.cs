using System.Security.Cryptography.X509Certificates;
using System.Text;
using Appliance.Proxy.Certificates;
using Appliance.Proxy.Config;
using Appliance.Proxy.TlsPolicies;

namespace Appliance.Proxy.Tests.TlsPolicies;

/// <summary>What a policy may say, and where it is told what is wrong.</summary>
public sealed class TlsPolicyRulesTests
{
    private static readonly ClientAuthority _root = new("CN=Root");

    [Theory]
    [InlineData("""{ "name": "" }""", "tlsPolicies//name", "bad_name")]
    [InlineData("""{ "name": "p", "hosts": [ "a", "~^b" ] }""", "tlsPolicies/p/hosts/1", "bad_host")]
    [InlineData("""{ "name": "p", "hosts": [ ".a.example" ] }""", "tlsPolicies/p/hosts/0", "bad_host")]
    [InlineData("""{ "name": "p", "hosts": [ "a.*" ] }""", "tlsPolicies/p/hosts/0", "bad_host")]
    [InlineData("""{ "name": "p", "hosts": [ "https://a" ] }""", "tlsPolicies/p/hosts/0", "bad_host")]
    [InlineData("""{ "name": "p", "hosts": [ "a.example", "A.Example." ] }""", "tlsPolicies/p/hosts/1", "duplicate_host")]
    [InlineData("""{ "name": "p", "hosts": [ "bücher.example", "xn--bcher-kva.example" ] }""", "tlsPolicies/p/hosts/1", "duplicate_host")]
    [InlineData("""{ "name": "p", "hosts": [ "a" ] }, { "name": "q", "hosts": [ "b", "A" ] }""", "tlsPolicies/q/hosts/1", "duplicate_host")]
    [InlineData("""{ "name": "p" }, { "name": "q" }""", "tlsPolicies/q/hosts", "duplicate_host")]
    [InlineData("""{ "name": "p" }, { "name": "P", "hosts": [ "a" ] }""", "tlsPolicies/P/name", "duplicate_name")]
    [InlineData("""{ "name": "p", "hosts": [ "192.0.2.1" ], "minVersion": "1.3" }""", "tlsPolicies/p/hosts/0", "address_without_name")]
    [InlineData(
        """{ "name": "p", "hosts": [ "[2001:db8::1]" ], "clientCertificates": { "verify": "optional_no_ca" } }""",
        "tlsPolicies/p/hosts/0",
        "address_without_name"
    )]
    [InlineData("""{ "name": "p", "httpsPort": 0 }""", "tlsPolicies/p/httpsPort", "out_of_range")]
    [InlineData("""{ "name": "p", "httpsPort": 65536 }""", "tlsPolicies/p/httpsPort", "out_of_range")]
    [InlineData("""{ "name": "p", "hsts": { "maxAge": "4000d" } }""", "tlsPolicies/p/hsts/maxAge", "out_of_range")]
    [InlineData("""{ "name": "p", "hsts": { "maxAge": "1500ms" } }""", "tlsPolicies/p/hsts/maxAge", "out_of_range")]
    [InlineData("""{ "name": "p", "hsts": { "preload": true } }""", "tlsPolicies/p/hsts/preload", "preload_needs")]
    [InlineData(
        """{ "name": "p", "hsts": { "preload": true, "includeSubDomains": true, "maxAge": "364d" } }""",
        "tlsPolicies/p/hsts/preload",
        "preload_needs"
    )]
    [InlineData("""{ "name": "p", "clientCertificates": { } }""", "tlsPolicies/p/clientCertificates/trusted", "no_authority")]
    [InlineData("""{ "name": "p", "clientCertificates": { "trusted": "hello" } }""", "tlsPolicies/p/clientCertificates/trusted", "bad_pem")]
    [InlineData(
        """{ "name": "p", "clientCertificates": { "verify": "optional_no_ca", "depth": 11 } }""",
        "tlsPolicies/p/clientCertificates/depth",
        "out_of_range"
    )]
    public void Check_BadPolicy_ProblemAtItsField(string policies, string path, string code)
    {
        var check = new ConfigValidator().Check(ProxyConfig.Empty, Config(policies));
        check.Valid.ShouldBeNull();
        var problem = check.Errors.FirstOrDefault(one => one.Path == path && one.Code == code);
        problem.ShouldNotBeNull(string.Join("; ", check.Errors));
        problem.Message.ShouldMatch("^[A-Z\"$a-z].*[.]$");
    }

    [Theory]
    [InlineData("""{ "name": "p", "minVersion": "1.1" }""", "1.2, 1.3")]
    [InlineData("""{ "name": "p", "clientCertificates": { "verify": "require" } }""", "on, optional, optional_no_ca")]
    [InlineData("""{ "name": "p", "forceHttp": true }""", "forceHttps")]
    public void Parse_WrongWord_SaysTheRightOnes(string policy, string words) =>
        ConfigDocument
            .Parse(Encoding.UTF8.GetBytes($$"""{ "tlsPolicies": [ {{policy}} ] }"""))
            .Problems.ShouldHaveSingleItem()
            .Message.ShouldContain(words);

    [Fact]
    public void Trusted_EachText_HasItsProblem()
    {
        var between = new ClientAuthority("CN=Between", _root);
        using var leaf = _root.Issue("CN=leaf");
        using var alone = ClientAuthority.SelfSigned("CN=alone");
        using var key = _root.Certificate.GetECDsaPrivateKey()!; // it signs
        Codes(_root.Pem).ShouldBe([]);
        Codes("Bag Attributes\n  friendlyName: x\n" + _root.Pem + "\r\nand so on\r\n" + between.Pem).ShouldBe([]);
        Codes(between.Pem).ShouldBe(["no_root"]);
        Codes(leaf.ExportCertificatePem()).ShouldBe(["no_root", "not_an_authority"]);
        Codes(_root.Pem + "\n" + leaf.ExportCertificatePem()).ShouldBe(["not_an_authority"]);
        Codes(alone.ExportCertificatePem()).ShouldBe(["warning not_an_authority"]);
        Codes(new ClientAuthority("CN=Old", toDays: -2).Pem).ShouldBe(["warning expired"]);
        Codes(_root.Pem + "\n" + key.ExportPkcs8PrivateKeyPem()).ShouldBe(["key_in_trusted"]);
        Codes(_root.Pem + "\n" + _root.Pem[..^40]).ShouldBe(["bad_pem"]);
        Codes(_root.Pem.Replace("MII", "!!!", StringComparison.Ordinal)).ShouldBe(["bad_pem"]);
        Codes(new string('x', CaBundle.MaxLength + 1)).ShouldBe(["bad_pem"]);
        CaBundle.Read(_root.Pem + "\n" + between.Pem).Certificates.Select(CaBundle.NameOf).ShouldBe(["Root", "Between"]);
    }

    [Fact]
    public void Document_WithPolicies_IsCanonicalAndLeavesDefaultsOut()
    {
        var config = new ProxyConfig
        {
            TlsPolicies =
            [
                new() { Name = "z", Hosts = ["z.example"] },
                new()
                {
                    Name = "a",
                    ForceHttps = true,
                    HttpsPort = 8443,
                    Hsts = new() { MaxAge = TimeSpan.FromDays(400), IncludeSubDomains = true },
                    MinVersion = TlsVersion.Tls13,
                    ClientCertificates = new() { Verify = ClientVerify.Optional, Trusted = _root.Pem },
                },
            ],
        };
        var text = new ConfigDocument(null, config).ToJson();
        text.IndexOf("\"a\"", StringComparison.Ordinal).ShouldBeLessThan(text.IndexOf("\"z\"", StringComparison.Ordinal));
        text.ShouldContain("\"minVersion\": \"1.3\"");
        text.ShouldContain("\"verify\": \"optional\"");
        text.ShouldContain("\"maxAge\": \"400d\"");
        text.ShouldNotContain("depth");
        var read = ConfigDocument.Parse(Encoding.UTF8.GetBytes(text)).Document.ShouldNotBeNull();
        new ConfigDocument(null, read.Config).ToJson().ShouldBe(text);
        ConfigMerge
            .ByName(config, read.Config)
            .TlsPolicies.ShouldAllBe(policy => config.TlsPolicies.Any(one => ReferenceEquals(one, policy)));
        ConfigDiff
            .Between(config, config with { TlsPolicies = [config.TlsPolicies[0] with { ForceHttps = true }] })
            .Changes.ShouldBe([new(ChangeKind.Changed, "TLS policy", "z"), new(ChangeKind.Removed, "TLS policy", "a")]);
        new ConfigDocument(null, ProxyConfig.Empty).ToJson().ShouldNotContain("tlsPolicies");
    }

    [Theory]
    [InlineData("a.example.com", "exact")]
    [InlineData("b.example.com", "one level")]
    [InlineData("x.b.example.com", "two levels")]
    [InlineData("x.y.b.example.com", "two levels")]
    [InlineData("example.com", "default")]
    [InlineData("", "default")]
    [InlineData("192.0.2.1", "default")]
    [InlineData(".example.com", "default")]
    public void For_AName_IsExactThenLongestWildcardThenDefault(string host, string name)
    {
        TlsPolicy[] all =
        [
            new() { Name = "default" },
            new() { Name = "one level", Hosts = ["*.Example.com"] },
            new() { Name = "two levels", Hosts = ["*.b.example.com"] },
            new() { Name = "exact", Hosts = ["A.example.com."] },
        ];
        TlsPolicyTable.Build([.. all.Select(CompiledTlsPolicy.Compile)]).For(host)!.Policy.Name.ShouldBe(name);
        TlsPolicyTable
            .Build([.. all.Skip(1).Select(CompiledTlsPolicy.Compile)])
            .For(host)
            ?.Policy.Name.ShouldBe(name == "default" ? null : name);
        TlsPolicyTable.Empty.For(host).ShouldBeNull();
    }

    [Theory]
    [InlineData("TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384")]
    [InlineData("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384")]
    [InlineData("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305")]
    [InlineData("TLS_DHE_RSA_WITH_AES_128_CBC_SHA256", "DHE-RSA-AES128-SHA256")]
    [InlineData("TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA")]
    [InlineData("TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", "ECDHE-ECDSA-AES128-CCM8")]
    public void Cipher_OfTheRegistry_IsOpenSslsName(string registry, string openssl) =>
        Appliance.Proxy.Variables.TlsNames.OfCipher(registry).ShouldBe(openssl);

    private static ProxyConfig Config(string policies) =>
        ConfigDocument.Parse(Encoding.UTF8.GetBytes($$"""{ "tlsPolicies": [ {{policies}} ] }""")).Document!.Config;

    private static IEnumerable<string> Codes(string trusted)
    {
        var check = new ConfigValidator().Check(
            ProxyConfig.Empty,
            new()
            {
                TlsPolicies =
                [
                    new()
                    {
                        Name = "p",
                        ClientCertificates = new() { Trusted = trusted },
                    },
                ],
            }
        );
        var all = check
            .Errors.Select(one => (one.Path, Word: one.Code))
            .Concat(check.Warnings.Select(one => (one.Path, Word: "warning " + one.Code)))
            .ToList();
        all.ShouldAllBe(one => one.Path == "tlsPolicies/p/clientCertificates/trusted");
        return all.Select(one => one.Word);
    }
}
