using Appliance.Data.Certificates;
using Appliance.Testing;
using Appliance.Web.Certificates.Acme;

namespace Appliance.Web.Tests.Certificates.Acme;

public sealed class ChainWordsTests
{
    private static readonly AcmeOrder _order = new() { DirectoryUrl = AcmeOrder.KnownDirectories[0] };

    [Fact]
    public void Of_PreferredChain_SaysWhetherTheCertificateHasIt()
    {
        using var issued = Authority.SelfSigned("a.example.com");
        var pem = issued.ExportCertificatePem();
        var root = issued.GetNameInfo(System.Security.Cryptography.X509Certificates.X509NameType.SimpleName, forIssuer: true);

        ChainWords.Of(_order, pem).ShouldBeNull();
        ChainWords.Of(_order with { PreferredChain = "Elsewhere" }, null).ShouldBe("Preferred chain: Elsewhere.");
        ChainWords.Of(_order with { PreferredChain = root }, pem).ShouldBe($"Preferred chain: {root}, which it has.");
        ChainWords
            .Of(_order with { PreferredChain = "Elsewhere" }, pem)!
            .ShouldStartWith($"Preferred chain: Elsewhere. The certificate has one to {root}: the authority offered none to Elsewhere,");
    }
}
