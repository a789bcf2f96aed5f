using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Appliance.Proxy.TlsPolicies;

namespace Appliance.Proxy.Tests.TlsPolicies;

/// <summary>Who is let in by a certificate, and who is not.</summary>
public sealed class ClientCertificateTests
{
    private const string Host = "mtls.example.com";

    public static TheoryData<string, SslProtocols, bool> Ways =>
        new()
        {
            { "http/1.1 over 1.2", SslProtocols.Tls12, false },
            { "http/1.1 over 1.3", SslProtocols.Tls13, false },
            { "h2 over 1.2", SslProtocols.Tls12, true },
            { "h2 over 1.3", SslProtocols.Tls13, true },
        };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task On_GoodCertificate_IsLetInOthersAreNot(string way, SslProtocols version, bool http2)
    {
        await using var bed = await PolicyBed.UsualAsync();
        (await StatusAsync(bed, bed.Ours.Issue("CN=alice"), version, http2)).ShouldBe(200, way);
        (await StatusAsync(bed, null, version, http2)).ShouldBe(400, "none was shown");
        (await StatusAsync(bed, bed.Theirs.Issue("CN=alice"), version, http2)).ShouldBe(400, "of another authority");
    }

    [Theory]
    [InlineData("alice", "SUCCESS")]
    [InlineData("no use said", "SUCCESS")]
    [InlineData("expired", "FAILED:certificate has expired")]
    [InlineData("too early", "FAILED:certificate is not yet valid")]
    [InlineData("server", "FAILED:unsuitable certificate purpose")]
    [InlineData("stranger", "FAILED:unable to verify the first certificate")]
    [InlineData("alone", "FAILED:self-signed certificate")]
    [InlineData("look-alike", "FAILED:certificate signature failure")]
    public async Task Optional_EachCertificate_HasItsVerdict(string who, string verdict)
    {
        await using var bed = await PolicyBed.UsualAsync(ClientVerify.Optional);
        using var certificate = who switch
        {
            "no use said" => bed.Ours.Issue("CN=alice", use: ""),
            "expired" => bed.Ours.Issue("CN=alice", toDays: -1),
            "too early" => bed.Ours.Issue("CN=alice", fromDays: 1),
            "server" => bed.Ours.Issue("CN=alice", use: "1.3.6.1.5.5.7.3.1"),
            "stranger" => bed.Theirs.Issue("CN=alice"),
            "alone" => ClientAuthority.SelfSigned("CN=alice"),
            // Of somebody who only calls himself as our authority.
            "look-alike" => new ClientAuthority("CN=Our clients").Issue("CN=alice"),
            _ => bed.Ours.Issue("CN=alice"),
        };
        await using var client = await TlsClient.ConnectAsync(bed.Proxy, Host, certificate);
        var answer = await client.GetAsync(Host);
        if (verdict == "SUCCESS")
        {
            (answer.Status, answer.Body).ShouldBe((200, $"reached {Host} verify=SUCCESS dn=CN=alice"));
            return;
        }

        answer.Status.ShouldBe(400);
        answer.Body.ShouldStartWith("400 Bad Request\nThe SSL certificate error: the certificate that was sent is not accepted here.\n");
        VerdictOf(bed, certificate).ShouldBe(verdict);
    }

    [Theory]
    [InlineData(ClientVerify.On, "none", 400)]
    [InlineData(ClientVerify.Optional, "none", 200)]
    [InlineData(ClientVerify.Optional, "stranger", 400)]
    [InlineData(ClientVerify.OptionalNoCa, "none", 200)]
    [InlineData(ClientVerify.OptionalNoCa, "stranger", 200)]
    [InlineData(ClientVerify.OptionalNoCa, "alone", 200)]
    [InlineData(ClientVerify.OptionalNoCa, "expired", 400)]
    [InlineData(ClientVerify.OptionalNoCa, "expired stranger", 400)]
    [InlineData(ClientVerify.OptionalNoCa, "alice", 200)]
    public async Task Verify_ItsWords_AreNginxs(ClientVerify verify, string who, int status)
    {
        await using var bed = await PolicyBed.UsualAsync(verify);
        using var certificate = who switch
        {
            "none" => null,
            "stranger" => bed.Theirs.Issue("CN=alice"),
            "expired stranger" => bed.Theirs.Issue("CN=alice", toDays: -1),
            "expired" => bed.Ours.Issue("CN=alice", toDays: -1),
            "alone" => ClientAuthority.SelfSigned("CN=alice"),
            _ => bed.Ours.Issue("CN=alice"),
        };
        await using var client = await TlsClient.ConnectAsync(bed.Proxy, Host, certificate);
        var answer = await client.GetAsync(Host);
        answer.Status.ShouldBe(status, answer.Body);
        if (who == "none" && status == 200)
            answer.Body.ShouldBe($"reached {Host} verify=NONE dn=");
        if (who == "stranger" && status == 200)
            answer.Body.ShouldBe($"reached {Host} verify=FAILED:unable to verify the first certificate dn=CN=alice");
    }

    [Theory]
    [InlineData(0, 0, true, 200)]
    [InlineData(0, 1, true, 400)]
    [InlineData(1, 1, true, 200)]
    [InlineData(1, 1, false, 400)]
    [InlineData(1, 2, true, 400)]
    [InlineData(2, 2, true, 200)]
    public async Task Chain_WithAuthoritiesBetween_CountsUpToTheDepth(int depth, int between, bool sent, int status)
    {
        await using var bed = await PolicyBed.UsualAsync(depth: depth);
        var signer = bed.Ours;
        var chain = new List<X509Certificate2>();
        for (var number = 1; number <= between; number++)
            chain.Add((signer = new($"CN=Between {number}", signer)).Certificate);
        await using var client = await TlsClient.ConnectAsync(bed.Proxy, Host, signer.Issue("CN=alice"), chain: sent ? [.. chain] : []);
        (await client.GetAsync(Host)).Status.ShouldBe(status);
    }

    [Fact]
    public async Task Trusted_OnlyWhatThePolicyNames()
    {
        // The proxy's own authority is trusted by everything in this test but the policy; an intermediate that a client sends is no root,
        // even when it signed the client.
        await using var bed = await PolicyBed.UsualAsync(depth: 5);
        var between = new ClientAuthority("CN=Between", bed.Theirs);
        await using var client = await TlsClient.ConnectAsync(
            bed.Proxy,
            Host,
            between.Issue("CN=alice"),
            chain: [between.Certificate, bed.Theirs.Certificate]
        );
        (await client.GetAsync(Host)).Status.ShouldBe(400);
    }

    private static async Task<int> StatusAsync(PolicyBed bed, X509Certificate2? certificate, SslProtocols version, bool http2)
    {
        await using var client = await TlsClient.ConnectAsync(bed.Proxy, Host, certificate, http2, version);
        return http2 ? await client.Http2GetAsync(Host) : (await client.GetAsync(Host)).Status;
    }

    // A refused certificate's verdict reaches no page; the one that judges says it.
    private static string VerdictOf(PolicyBed bed, X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(bed.Ours.Certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new("1.3.6.1.5.5.7.3.2"));
        chain.Build(certificate);
        return ClientVerdict.Of(chain, 1);
    }
}
