using System.Collections.Immutable;
using System.Text.Json;
using Appliance.Data.Certificates;
using Appliance.Testing;
using Appliance.Web.Certificates.Acme;
using Appliance.Web.Forms;

namespace Appliance.Web.Tests.Certificates.Acme;

/// <summary>An order as it is typed: what is wrong with it, where, and what becomes of secrets.</summary>
public sealed class AcmeDraftTests
{
    private static readonly ImmutableArray<DnsSetting> _known = [new("HTTPREQ_ENDPOINT", "", true), new("HTTPREQ_PASSWORD", "", false)];

    [Theory]
    [InlineData("www.example.com", "www.example.com")]
    [InlineData("WWW.Example.COM. b.example.com,\nwww.example.com", "www.example.com b.example.com")]
    [InlineData("bücher.example", "xn--bcher-kva.example")]
    [InlineData("localhost", "localhost")]
    public void Names_AsPeopleTypeThem_AreThoseOfACertificate(string typed, string read) =>
        string.Join(' ', AcmeNames.Read(typed, byDns: false, "names", [])).ShouldBe(read);

    [Theory]
    [InlineData("", "at least one name")]
    [InlineData("*.example.com", "by DNS alone")]
    [InlineData("https://example.com", "its host alone")]
    [InlineData("example.com/path", "its host alone")]
    [InlineData("example.com:443", "has a port")]
    [InlineData("192.0.2.1", "is an IP address")]
    [InlineData("[2001:db8::1]", "is an IP address")]
    [InlineData("a.*.example.com", "star in its middle")]
    [InlineData("under_score.example.com", "is no name")]
    [InlineData("a..example.com", "is no name")]
    [InlineData("-a.example.com", "is no name")]
    [InlineData("--csr.example.com", "is no name")]
    public void Names_Bad_SaySoAtTheField(string typed, string says)
    {
        var problems = new List<FieldProblem>();
        AcmeNames.Read(typed, byDns: false, "names", problems);
        problems
            .ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(problem => problem.Path.ShouldBe("names"), problem => problem.Message.ShouldContain(says));
    }

    [Fact]
    public void Names_ByDns_MayBeWildcardsAndAHundred()
    {
        var problems = new List<FieldProblem>();
        AcmeNames.Read("*.example.com example.com", byDns: true, "names", problems).ShouldBe(["*.example.com", "example.com"]);
        AcmeNames
            .Read(string.Join(' ', Enumerable.Range(0, 100).Select(at => $"n{at}.example.com")), true, "names", problems)
            .Count.ShouldBe(100);
        problems.ShouldBeEmpty();
        AcmeNames.Read(string.Join(' ', Enumerable.Range(0, 101).Select(at => $"n{at}.example.com")), true, "names", problems);
        problems.ShouldHaveSingleItem().Message.ShouldContain("at most 100");
        AcmeNames.Read("*.com", true, "names", problems);
        problems[^1].Message.ShouldContain("top-level domain");
    }

    [Theory]
    [InlineData("email", "nobody", "is no mail address")]
    [InlineData("email", "", "Write an address")]
    [InlineData("email", "../../etc@example.com", "is no mail address")]
    [InlineData("email", "a/b@example.com", "is no mail address")]
    [InlineData("email", "-x@example.com", "is no mail address")]
    [InlineData("directory", "http://ca.example.com/dir", "begins with https://")]
    [InlineData("directory", "https://me:secret@ca.example.com/dir", "begins with https://")]
    [InlineData("directory", "", "Write the address")]
    [InlineData("roots", "hello", "no certificate in it")]
    [InlineData("roots", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "no certificate in PEM")]
    [InlineData("kid", "kid-1", "Write the HMAC key")]
    [InlineData("hmac", "abc", "belongs to a key identifier")]
    [InlineData("hmac", "not base64!", "letters, digits, - and _")]
    [InlineData("agreed", "", "agree to its terms")]
    [InlineData("provider", "", "Choose who serves")]
    [InlineData("dns/HTTPREQ_ENDPOINT", "http://a\nLD_PRELOAD=x", "line break")]
    [InlineData("dns/HTTPREQ_PASSWORD", "a\0b", "line break")]
    [InlineData("resolvers", "192.0.2.53:99999999", "is no name server")]
    [InlineData("resolvers", "dns server!", "is no name server")]
    [InlineData("chain", "ISRG Root X1\nISRG Root X2", "one line")]
    public void Read_BadField_SaysSoThere(string field, string typed, string says)
    {
        var draft = Good();
        switch (field)
        {
            case "email":
                draft.Email = typed;
                break;
            case "directory":
                draft.DirectoryUrl = typed;
                break;
            case "roots":
                draft.TrustedRoots = typed;
                break;
            case "kid":
                draft.Kid = typed;
                break;
            case "hmac":
                draft.Hmac.Typed = typed;
                break;
            case "agreed":
                draft.Agreed = false;
                break;
            case "provider":
                draft.Provider = typed;
                break;
            case "resolvers":
                draft.Resolvers = typed;
                break;
            case "chain":
                draft.PreferredChain = typed;
                break;
            case "dns/HTTPREQ_PASSWORD":
                draft.Secrets["HTTPREQ_PASSWORD"] = new() { Typed = typed };
                break;
            default:
                draft.Settings["HTTPREQ_ENDPOINT"] = typed;
                break;
        }

        var problems = new List<FieldProblem>();
        AcmeRules.Read(draft, _known, problems);
        problems.ShouldContain(problem => problem.Message.Contains(says, StringComparison.Ordinal));
        problems.Select(problem => problem.Path).ShouldBeSubsetOf(field is "kid" or "hmac" ? ["kid", "hmac"] : [field]);
    }

    [Fact]
    public void Read_Good_IsTheOrderAndBack()
    {
        var draft = Good();
        draft.Resolvers = "192.0.2.53, 2001:db8::53 dns.example.com:5353";
        draft.Settings["HTTPREQ_ENDPOINT"] = " https://dns.example.com ";
        draft.Settings["LD_PRELOAD"] = "/tmp/evil.so"; // of no provider
        draft.PreferredChain = " ISRG Root X1 ";
        var problems = new List<FieldProblem>();
        var (names, order) = AcmeRules.Read(draft, _known, problems);
        problems.ShouldBeEmpty();
        names.ShouldBe(["*.example.com"]);
        order.DnsSettings.ShouldBe([KeyValuePair.Create("HTTPREQ_ENDPOINT", "https://dns.example.com")]);
        order.DnsResolvers.ShouldBe(["192.0.2.53:53", "[2001:db8::53]:53", "dns.example.com:5353"]);
        order.TakesAdministrator.ShouldBeTrue();
        order.PreferredChain.ShouldBe("ISRG Root X1");

        var row = new CertificateRow
        {
            Name = "wild",
            NormalizedName = "WILD",
            Kind = CertificateKind.Acme,
            Names = [.. names],
            CreatedBy = "ann",
            AcmeJson = order.ToJson(),
        };
        var again = AcmeRules.Read(AcmeDraft.Of(row, AcmeSecrets.None), _known, problems).Order;
        again.ToJson().ShouldBe(order.ToJson());
        LegoOrder.Of(names, again, AcmeSecrets.None).PreferredChain.ShouldBe("ISRG Root X1");
        problems.ShouldBeEmpty();
    }

    [Fact]
    public void Secrets_Stored_StayAreReplacedOrRemovedAndNeverShown()
    {
        var stored = new AcmeSecrets
        {
            EabKeyId = "kid-1",
            EabHmac = "old-hmac",
            DnsVariables = ImmutableDictionary.CreateRange([
                KeyValuePair.Create("HTTPREQ_PASSWORD", "old"),
                KeyValuePair.Create("OVH_KEY", "of another"),
            ]),
        };
        var row = new CertificateRow
        {
            Name = "wild",
            NormalizedName = "WILD",
            Kind = CertificateKind.Acme,
            Names = ["*.example.com"],
            CreatedBy = "ann",
            AcmeJson = AcmeRules.Read(Good(), _known, []).Order.ToJson(),
        };
        var draft = AcmeDraft.Of(row, stored);
        System.Text.Json.JsonSerializer.Serialize(draft).ShouldNotContain("old");
        AcmeRules.Read(draft, [], []); // while lego is away nothing is known, and nothing is lost
        draft.Secrets.Count.ShouldBe(2);
        draft.Zone.Choose("httpreq", _known); // what the provider does not take goes

        draft
            .ReadSecrets(stored)
            .ShouldSatisfyAllConditions(
                kept => kept.EabHmac.ShouldBe("old-hmac"),
                kept => kept.DnsVariables.ShouldBe([KeyValuePair.Create("HTTPREQ_PASSWORD", "old")])
            );
        draft.Secrets["HTTPREQ_PASSWORD"].Typed = "new";
        draft.Hmac.Typed = "a+b/c==";
        draft
            .ReadSecrets(stored)
            .ShouldSatisfyAllConditions(
                kept => kept.EabHmac.ShouldBe("a-b_c"),
                kept => kept.DnsVariables["HTTPREQ_PASSWORD"].ShouldBe("new")
            );
        draft.Secrets["HTTPREQ_PASSWORD"].Typed = "";
        draft.Secrets["HTTPREQ_PASSWORD"].IsRemoved = true;
        draft.Kid = "";
        draft.ReadSecrets(stored).IsEmpty.ShouldBeTrue();
        draft.Way = "http";
        draft.ReadSecrets(stored).DnsVariables.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("endpoint", "dns/HTTPREQ_PASSWORD")]
    [InlineData("no endpoint", "dns/HTTPREQ_PASSWORD")]
    [InlineData("directory", "hmac")]
    [InlineData("another provider's name", "dns/HTTPREQ_PASSWORD")]
    [InlineData("resolvers", null)]
    [InlineData("another mode", null)]
    public void Secrets_Stored_GoNowhereElse(string change, string? asked)
    {
        var (draft, stored) = Stored();
        switch (change)
        {
            case "endpoint":
                draft.Settings["HTTPREQ_ENDPOINT"] = "https://evil.example.com";
                break;
            case "no endpoint":
                draft.Settings["HTTPREQ_ENDPOINT"] = "";
                break;
            case "directory":
                draft.DirectoryUrl = "https://evil.example.com/dir";
                break;
            case "another provider's name":
                draft.Provider = "other";
                break;
            case "resolvers":
                draft.Resolvers = "192.0.2.53";
                break;
            default:
                draft.Settings["HTTPREQ_MODE"] = "RAW";
                break;
        }

        var problems = new List<FieldProblem>();
        AcmeRules.Read(draft, _known, problems);
        if (asked is null)
        {
            problems.ShouldBeEmpty();
            draft.ReadSecrets(stored).DnsVariables.ShouldNotBeEmpty();
            return;
        }

        problems
            .ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(
                problem => problem.Path.ShouldBe(asked),
                problem => problem.Message.ShouldContain("is another one now")
            );
        (asked == "hmac" ? draft.Hmac : draft.Secrets["HTTPREQ_PASSWORD"]).Typed = "anew";
        problems.Clear();
        AcmeRules.Read(draft, _known, problems);
        problems.ShouldBeEmpty();
    }

    [Fact]
    public void Choose_AnotherProvider_HasNoneOfTheSecretsUnderTheSameNames()
    {
        var (draft, stored) = Stored();
        draft.Zone.Choose("other", _known);
        draft.Secrets["HTTPREQ_PASSWORD"].IsStored.ShouldBeFalse();
        draft.ReadSecrets(stored).DnsVariables.ShouldBeEmpty();
        draft.Zone.Choose("httpreq", _known);
        AcmeRules.Read(draft, _known, []);
        draft.ReadSecrets(stored).DnsVariables["HTTPREQ_PASSWORD"].ShouldBe("old");
    }

    [Theory]
    [InlineData("httpreq", true)]
    [InlineData("other", false)]
    public void TakeBack_WhatABrowserKept_IsEverythingButSecrets(string provider, bool staysSecret)
    {
        var (typed, stored) = Stored();
        typed.Zone.Choose(provider, _known);
        typed.Secrets["HTTPREQ_PASSWORD"].Typed = "typed-secret";
        typed.Hmac.Typed = "typed-hmac";
        typed.Settings["HTTPREQ_MODE"] = "RAW";
        (typed.Names, typed.Email, typed.TrustedRoots, typed.SkipCheck, typed.PreferredChain) = (
            "*.typed.example.com",
            "typed@example.com",
            "typed root",
            true,
            "typed chain"
        );
        var text = KeptDraft.Write(typed);
        text.ShouldNotContain("typed-secret");
        text.ShouldNotContain("typed-hmac");

        // Of a control that the draft had not heard yet, by its name.
        var kept = new KeptDraft(
            null,
            text,
            new Dictionary<string, JsonElement> { ["roots"] = JsonSerializer.SerializeToElement("typed last") }
        );
        var (back, _) = Stored();
        back.TakeBack(kept.To(back).ShouldNotBeNull());
        (
            back.Names,
            back.Email,
            back.TrustedRoots,
            back.SkipCheck,
            back.Provider,
            back.Settings["HTTPREQ_MODE"],
            back.PreferredChain
        ).ShouldBe(("*.typed.example.com", "typed@example.com", "typed last", true, provider, "RAW", "typed chain"));
        back.Zone.Take(_known);
        back.ReadSecrets(stored).DnsVariables.ContainsKey("HTTPREQ_PASSWORD").ShouldBe(staysSecret);
    }

    [Fact]
    public void Take_SettingThatIsKnownAsASecretByNow_IsSealedWithTheNextSave()
    {
        var draft = Good();
        draft.Settings["NICMANAGER_API_OTP"] = "123";
        ImmutableArray<DnsSetting> known = [new("NICMANAGER_API_OTP", "TOTP Secret (optional)", false)];
        draft.Zone.Take(known);
        AcmeRules.Read(draft, known, []).Order.DnsSettings.ShouldBeEmpty();
        draft.ReadSecrets(AcmeSecrets.None).DnsVariables["NICMANAGER_API_OTP"].ShouldBe("123");
    }

    [Fact]
    public void Authorities_ThatCanBeChosen_AreThoseThatOperatorsMayOrderFrom()
    {
        CertificateAuthority
            .All.Where(one => one.Directory is not null)
            .Select(one => one.Directory!.AbsoluteUri)
            .ShouldBe(AcmeOrder.KnownDirectories);
        new AcmeOrder
        {
            DirectoryUrl = AcmeOrder.KnownDirectories[0],
            TrustedRoots = Issue.Pem(["a"]).Chain,
        }.TakesAdministrator.ShouldBeTrue();
    }

    private static (AcmeDraft Draft, AcmeSecrets Secrets) Stored()
    {
        var good = Good();
        good.Settings["HTTPREQ_ENDPOINT"] = "https://dns.example.com";
        var secrets = new AcmeSecrets
        {
            EabKeyId = "kid-1",
            EabHmac = "old-hmac",
            DnsVariables = ImmutableDictionary.CreateRange([KeyValuePair.Create("HTTPREQ_PASSWORD", "old")]),
        };
        var row = new CertificateRow
        {
            Name = "wild",
            NormalizedName = "WILD",
            Kind = CertificateKind.Acme,
            Names = ["*.example.com"],
            CreatedBy = "ann",
            AcmeJson = AcmeRules.Read(good, _known, []).Order.ToJson(),
        };
        var draft = AcmeDraft.Of(row, secrets);
        draft.Zone.Take(_known);
        return (draft, secrets);
    }

    private static AcmeDraft Good() =>
        new()
        {
            Names = "*.example.com",
            Authority = CertificateAuthority.Other,
            DirectoryUrl = "https://ca.example.com/dir",
            Email = "me@example.com",
            Agreed = true,
            Way = "dns",
            Provider = "httpreq",
        };
}
