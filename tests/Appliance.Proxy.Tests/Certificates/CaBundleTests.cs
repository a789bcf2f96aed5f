using System.Security.Cryptography;
using Appliance.Proxy.Certificates;
using Appliance.Proxy.Config;
using Appliance.Proxy.Tests.TlsPolicies;

namespace Appliance.Proxy.Tests.Certificates;

/// <summary>Authorities as people paste them: for clients (TLS policies) and for servers (pools) the same text means the same.</summary>
public sealed class CaBundleTests
{
    private static readonly ClientAuthority _root = new("CN=Root");
    private static readonly ClientAuthority _between = new("CN=Between", _root);
    private static readonly ClientAuthority _old = new("CN=Old", toDays: -2);

    // Text, the names that are read, the code of its fault, and what a policy and a pool that trust it are told.
    [Theory]
    [InlineData("empty", "", null, "no_authority", "")]
    [InlineData("blank", "", null, "no_authority", "no_authority")]
    [InlineData("words", "", "bad_pem", "bad_pem", "bad_pem")]
    [InlineData("root", "Root", null, "", "")]
    [InlineData("chain", "Between Root", null, "", "")]
    [InlineData("windows", "Between Root", null, "", "")]
    [InlineData("mark", "Root", null, "", "")]
    [InlineData("said by openssl", "Between Root", null, "", "")]
    [InlineData("no end of line", "Between Root", null, "", "")]
    [InlineData("twice", "Root", null, "", "")]
    [InlineData("base64 alone", "Root", null, "", "")]
    [InlineData("base64 alone in lines", "Root", null, "", "")]
    [InlineData("base64 of something", "", "bad_pem", "bad_pem", "bad_pem")]
    [InlineData("between alone", "Between", null, "no_root", "no_root")]
    [InlineData("with a client's", "Root client", null, "not_an_authority", "warning not_an_authority")]
    [InlineData("expired", "Old", null, "warning expired", "warning expired")]
    [InlineData("key behind", "Root", "key_in_trusted", "key_in_trusted", "key_in_trusted")]
    [InlineData("key before", "", "key_in_trusted", "key_in_trusted", "key_in_trusted")]
    [InlineData("old key", "", "key_in_trusted", "key_in_trusted", "key_in_trusted")]
    [InlineData("request", "Root", "bad_pem", "bad_pem", "bad_pem")]
    [InlineData("cut at the end", "Root", "bad_pem", "bad_pem", "bad_pem")]
    [InlineData("cut before another", "", "bad_pem", "bad_pem", "bad_pem")]
    [InlineData("no base64", "", "bad_pem", "bad_pem", "bad_pem")]
    [InlineData("too long", "", "bad_pem", "bad_pem", "bad_pem")]
    public void Read_AsPeoplePasteIt_IsTheSameForPoliciesAndPools(string which, string names, string? fault, string policy, string pool)
    {
        var text = Text(which);
        var read = CaBundle.Read(text);
        string.Join(' ', read.Certificates.Select(CaBundle.NameOf)).ShouldBe(names);
        read.Fault?.Code.ShouldBe(fault);
        (read.Fault is null).ShouldBe(fault is null);

        Said(
                new()
                {
                    TlsPolicies =
                    [
                        new()
                        {
                            Name = "p",
                            ClientCertificates = new() { Trusted = text },
                        },
                    ],
                }
            )
            .ShouldBe(policy);
        Said(
                new()
                {
                    UpstreamPools =
                    [
                        new()
                        {
                            Name = "p",
                            Servers = [new() { Address = "https://127.0.0.1:1" }],
                            Tls = new() { Trusted = text },
                        },
                    ],
                }
            )
            .ShouldBe(pool);
    }

    private static string Said(ProxyConfig config)
    {
        var check = new ConfigValidator().Check(ProxyConfig.Empty, config);
        check.Errors.Concat(check.Warnings).ShouldAllBe(one => one.Path.EndsWith("/trusted"));
        return string.Join(' ', check.Errors.Select(one => one.Code).Concat(check.Warnings.Select(one => "warning " + one.Code)));
    }

    private static string Text(string which)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var client = _root.Issue("CN=client");
        var chain = _between.Pem + "\n" + _root.Pem + "\n";
        return which switch
        {
            "empty" => "",
            "blank" => " \n ",
            "words" => "company root",
            "root" => _root.Pem,
            "chain" => chain,
            "windows" => chain.Replace("\n", "\r\n", StringComparison.Ordinal),
            "mark" => "\uFEFF" + _root.Pem,
            "said by openssl" => $" 0 s:CN=Between\n   i:CN=Root\n{_between.Pem}\nsubject=CN=Root\nissuer=CN=Root\n{_root.Pem}\n---\n",
            "no end of line" => _between.Pem + _root.Pem,
            "twice" => _root.Pem + "\n" + _root.Pem,
            "base64 alone" => Convert.ToBase64String(_root.Certificate.RawData),
            "base64 alone in lines" => Convert.ToBase64String(_root.Certificate.RawData, Base64FormattingOptions.InsertLineBreaks) + "\r\n",
            "base64 of something" => Convert.ToBase64String(key.ExportPkcs8PrivateKey()),
            "between alone" => _between.Pem,
            "with a client's" => _root.Pem + "\n" + client.ExportCertificatePem(),
            "expired" => _old.Pem,
            "key behind" => _root.Pem + "\n" + key.ExportPkcs8PrivateKeyPem(),
            "key before" => key.ExportPkcs8PrivateKeyPem() + "\n" + _root.Pem,
            "old key" => key.ExportECPrivateKeyPem(),
            "request" => _root.Pem + "\n" + PemEncoding.WriteString("CERTIFICATE REQUEST", [1, 2, 3]),
            "cut at the end" => _root.Pem + "\n" + _root.Pem[..^40],
            "cut before another" => _between.Pem[..^40] + "\n" + _root.Pem,
            "no base64" => _root.Pem.Replace("MII", "!!!", StringComparison.Ordinal),
            "too long" => new string('x', CaBundle.MaxLength + 1),
            _ => throw new ArgumentOutOfRangeException(nameof(which)),
        };
    }
}
