using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Appliance.Proxy.Tls;

namespace Appliance.Proxy.Tests.Tls;

public sealed class CertificateParsingTests : IDisposable
{
    private static readonly PbeParameters Pbe = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);
    private readonly Issued issued = new();

    public void Dispose() => issued.Dispose();

    [Fact]
    public void Pem_AnyOrderWithTheKeyAnywhere_IsReadAndMended()
    {
        issued.Write("a", ["a.example.com"], outOfOrder: true);
        var text = File.ReadAllText(issued.PathOf("a.key")) + "\nwords between\n" + File.ReadAllText(issued.PathOf("a.pem"));
        var read = CertificateParsing.FromPem(text).ShouldBeOfType<CertificateReading.Read>();
        read.Leaf.Subject.ShouldBe("CN=a.example.com");
        read.Leaf.HasPrivateKey.ShouldBeTrue();
        read.Chain.ShouldHaveSingleItem().Subject.ShouldBe("CN=Test intermediate");
        read.Notes.ShouldHaveSingleItem().ShouldContain("out of order");
    }

    [Theory]
    [InlineData("right", null)]
    [InlineData("wrong", CertificateFault.WrongPassword)]
    [InlineData("", CertificateFault.PasswordNeeded)]
    [InlineData(null, CertificateFault.PasswordNeeded)]
    public void Pem_EncryptedKey_TakesItsPassword(string? password, CertificateFault? fault)
    {
        issued.Write("a", ["a.example.com"]);
        foreach (var make in new Func<string>[] { EcKey, RsaKey })
            FaultOf(CertificateParsing.FromPem(make(), password)).ShouldBe(fault);

        string EcKey()
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(File.ReadAllText(issued.PathOf("a.key")));
            return File.ReadAllText(issued.PathOf("a.pem")) + "\n" + key.ExportEncryptedPkcs8PrivateKeyPem("right", Pbe);
        }

        string RsaKey()
        {
            using var key = RSA.Create(2048);
            var made = new CertificateRequest("CN=rsa", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
            return made.ExportCertificatePem() + "\n" + key.ExportEncryptedPkcs8PrivateKeyPem("right", Pbe);
        }
    }

    [Theory]
    [InlineData("a.key", null, CertificateFault.NoCertificate)]
    [InlineData("a.pem", null, CertificateFault.NoKey)]
    [InlineData("a.pem", "b.key", CertificateFault.OtherKey)]
    [InlineData("a.pem", "noise.key", CertificateFault.Unreadable)]
    [InlineData("a.pem", "old.key", CertificateFault.Unreadable)]
    [InlineData("noise.pem", "a.key", CertificateFault.Unreadable)]
    public void Pem_Bad_SaysWhy(string one, string? other, CertificateFault fault)
    {
        issued.Write("a", ["a.example.com"]);
        issued.Write("b", ["b.example.com"]);
        File.WriteAllText(issued.PathOf("noise.key"), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        File.WriteAllText(issued.PathOf("noise.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        File.WriteAllText(issued.PathOf("old.key"), "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n");
        var text = File.ReadAllText(issued.PathOf(one)) + "\n" + (other is null ? "" : File.ReadAllText(issued.PathOf(other)));
        FaultOf(CertificateParsing.FromPem(text)).ShouldBe(fault);
    }

    [Theory]
    [InlineData("secret", null)]
    [InlineData("wrong", CertificateFault.WrongPassword)]
    [InlineData(null, CertificateFault.PasswordNeeded)]
    public void Pkcs12_TakesItsPassword(string? password, CertificateFault? fault)
    {
        issued.WritePfx("box", ["a.example.com"]);
        var reading = CertificateParsing.FromPkcs12(File.ReadAllBytes(issued.PathOf("box.pfx")), password);
        FaultOf(reading).ShouldBe(fault);
        if (reading is CertificateReading.Read read)
            read.Leaf.GetECDsaPrivateKey()!.ExportPkcs8PrivateKey().Length.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Pkcs12_NoiseOrWithoutKey_SaysSo()
    {
        issued.Write("a", ["a.example.com"]);
        FaultOf(CertificateParsing.FromPkcs12("noise"u8, null)).ShouldBe(CertificateFault.Unreadable);
        FaultOf(CertificateParsing.FromPkcs12([], null)).ShouldBe(CertificateFault.Unreadable);
        var bare = X509Certificate2.CreateFromPem(File.ReadAllText(issued.PathOf("a.pem")));
        FaultOf(CertificateParsing.FromPkcs12(bare.Export(X509ContentType.Pkcs12), null)).ShouldBe(CertificateFault.NoKey);
    }

    [Fact]
    public void Facts_OfACertificate_AreWhatItSays()
    {
        var made = issued.Write("a", ["A.example.com", "*.b.example.com"]);
        var facts = CertificateFacts.OfPem(File.ReadAllText(issued.PathOf("a.pem")));
        facts.Length.ShouldBe(2);
        facts[0].Names.ShouldBe(["a.example.com", "*.b.example.com"]);
        (facts[0].IssuerName, facts[0].Key, facts[0].RsaBits, facts[0].IsAuthority, facts[0].IsSelfSigned).ShouldBe(("Test intermediate", "EC P-256", null, false, false));
        facts[0].Sha256.ShouldBe(Convert.ToHexString(SHA256.HashData(made.RawData)));
        facts[1].IsAuthority.ShouldBeTrue();
        CertificateFacts.Of(issued.Root).IsSelfSigned.ShouldBeTrue();
        CertificateFacts.OfPem("noise").ShouldBeEmpty();
    }

    private static CertificateFault? FaultOf(CertificateReading reading) => (reading as CertificateReading.Refused)?.Fault;
}
