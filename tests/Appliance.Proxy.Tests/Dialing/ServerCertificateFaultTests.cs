using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Appliance.Proxy.Dialing;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Dialing;

/// <summary>The words for what is wrong with a chain that a server cannot easily be made to show.</summary>
public sealed class ServerCertificateFaultTests
{
    private const string ForClients = "1.3.6.1.5.5.7.3.2";
    private static readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    [Fact]
    public void Of_CertificateForClients_SaysThatItIsForNoServer()
    {
        using var authority = new Authority();
        using var leaf = authority.Issue(["a.example.com"], usage: ForClients);
        Said(leaf, new() { Trusted = authority.Pem }).ShouldBe("The server's certificate is not made for servers (extended key usage).");
    }

    [Fact]
    public void Of_RootThatIsSentAndNotTrusted_NamesTheRoot()
    {
        using var authority = new Authority("Somebody");
        using var leaf = authority.Issue(["a.example.com"]);
        using var other = new Authority();
        Said(leaf, new() { Trusted = other.Pem }, authority.Pem)
            .ShouldStartWith("The authority of the server's certificate (CN=Somebody) is not among the pool's trusted certificates");
    }

    [Fact]
    public void Of_NotValidYet_SaysFromWhen()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = new CertificateRequest("CN=a.example.com", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            _now.AddDays(2),
            _now.AddDays(3)
        );
        Said(leaf, new() { Trusted = leaf.ExportCertificatePem() })
            .ShouldBe($"The server's certificate is not valid before {_now.AddDays(2).UtcDateTime:yyyy-MM-dd HH:mm} UTC.");
    }

    [Fact]
    public void Of_ManyNames_SaysHowManyMore()
    {
        using var leaf = Authority.SelfSigned([.. Enumerable.Range(1, 8).Select(number => $"n{number}.example.com")]);
        ServerCertificateFault
            .Of(leaf, null, SslPolicyErrors.RemoteCertificateNameMismatch, "b.example.com", ServerTrust.Standard, _now)
            .ShouldBe(
                "The server's certificate is for n1.example.com, n2.example.com, n3.example.com, n4.example.com, n5.example.com and 3 "
                    + "more; asked for was b.example.com."
            );
    }

    [Fact]
    public void Of_NoCertificateAndNoChain_SaysSo()
    {
        ServerCertificateFault
            .Of(null, null, SslPolicyErrors.RemoteCertificateNotAvailable, "a", ServerTrust.Standard, _now)
            .ShouldBe("The server shows no certificate.");
        using var leaf = Authority.SelfSigned("a");
        ServerCertificateFault
            .Of(leaf, null, SslPolicyErrors.RemoteCertificateChainErrors, "a", ServerTrust.Standard, _now)
            .ShouldBe("The chain of the server's certificate cannot be built.");
        ServerCertificateFault.Of(leaf, null, SslPolicyErrors.None, "a", ServerTrust.Standard, _now).ShouldBeNull();
    }

    // As a handshake builds it, from what the server sent.
    private static string? Said(X509Certificate2 leaf, UpstreamTls settings, string sent = "")
    {
        var trust = ServerTrust.Of(settings);
        using var chain = new X509Chain { ChainPolicy = trust.Policy() };
        chain.ChainPolicy.ExtraStore.ImportFromPem(sent);
        chain.Build(leaf).ShouldBeFalse();
        return ServerCertificateFault.Of(leaf, chain, SslPolicyErrors.RemoteCertificateChainErrors, "a.example.com", trust, _now);
    }
}
