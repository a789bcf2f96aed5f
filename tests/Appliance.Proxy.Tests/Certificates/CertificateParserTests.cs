using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Appliance.Proxy.Certificates;

namespace Appliance.Proxy.Tests.Certificates;

public sealed class CertificateParserTests : IDisposable
{
    private static readonly PbeParameters _pbe = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);
    private readonly Issued _issued = new();

    public void Dispose() => _issued.Dispose();

    [Fact]
    public void Pem_AnyOrderWithTheKeyAnywhere_IsReadAndMended()
    {
        _issued.Write("a", ["a.example.com"], outOfOrder: true);
        var text = File.ReadAllText(_issued.PathOf("a.key")) + "\nwords between\n" + File.ReadAllText(_issued.PathOf("a.pem"));
        var read = CertificateParser.FromPem(text).ShouldBeOfType<CertificateReading.Read>();
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
        _issued.Write("a", ["a.example.com"]);
        foreach (var make in new Func<string>[] { EcKey, RsaKey })
            FaultOf(CertificateParser.FromPem(make(), password)).ShouldBe(fault);

        string EcKey()
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(File.ReadAllText(_issued.PathOf("a.key")));
            return File.ReadAllText(_issued.PathOf("a.pem")) + "\n" + key.ExportEncryptedPkcs8PrivateKeyPem("right", _pbe);
        }

        string RsaKey()
        {
            using var key = RSA.Create(2048);
            var made = new CertificateRequest("CN=rsa", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(
                DateTimeOffset.UtcNow,
                DateTimeOffset.UtcNow.AddDays(1)
            );
            return made.ExportCertificatePem() + "\n" + key.ExportEncryptedPkcs8PrivateKeyPem("right", _pbe);
        }
    }

    [Theory]
    [InlineData("1.2.840.113549.1.5.13", 10_000_001, true)]
    [InlineData("1.2.840.113549.1.5.13", long.MaxValue, true)]
    [InlineData("1.2.840.113549.1.12.1.3", 10_000_001, true)]
    [InlineData("1.2.840.113549.1.5.13", 2048, false)]
    [InlineData("1.2.840.113549.1.5.13", -1, false)]
    public void Pem_KeyThatTakesTooLong_IsNotOpened(string algorithm, long count, bool isRefused)
    {
        _issued.Write("a", ["a.example.com"]);
        var text =
            File.ReadAllText(_issued.PathOf("a.pem"))
            + "\n"
            + new string(PemEncoding.Write("ENCRYPTED PRIVATE KEY", Encrypted(algorithm, count)));
        var refused = CertificateParser.FromPem(text, "any").ShouldBeOfType<CertificateReading.Refused>();
        refused.Fault.ShouldBe(isRefused ? CertificateFault.Unreadable : CertificateFault.WrongPassword);
        refused.Reason.Contains("more than 10,000,000 iterations", StringComparison.Ordinal).ShouldBe(isRefused);
    }

    [Fact]
    public void KeyCost_IsWhatTheFileSays()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (var algorithm in new[] { PbeEncryptionAlgorithm.Aes256Cbc, PbeEncryptionAlgorithm.TripleDes3KeyPkcs12 })
            KeyCost
                .Iterations(
                    Convert.ToBase64String(
                        key.ExportEncryptedPkcs8PrivateKey("right", new PbeParameters(algorithm, HashAlgorithmName.SHA1, 1234))
                    )
                )
                .ShouldBe(1234);
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAA")]
    [InlineData("MAA=")]
    public void Pem_KeyWithoutACount_IsLeftToItsReader(string base64) => KeyCost.Iterations(base64).ShouldBe(0);

    [Fact]
    public void Pkcs12_ThatTakesTooLong_IsNotOpened()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=a", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            DateTimeOffset.UtcNow,
            DateTimeOffset.UtcNow.AddDays(1)
        );
        byte[] Box(int count) =>
            certificate.ExportPkcs12(new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, count), "right");
        FaultOf(CertificateParser.FromPkcs12(Box(2048), "right")).ShouldBeNull();
        FaultOf(CertificateParser.FromPkcs12(Box(300_001), "right")).ShouldBe(CertificateFault.Unreadable);
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
        _issued.Write("a", ["a.example.com"]);
        _issued.Write("b", ["b.example.com"]);
        File.WriteAllText(_issued.PathOf("noise.key"), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        File.WriteAllText(_issued.PathOf("noise.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        File.WriteAllText(
            _issued.PathOf("old.key"),
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"
        );
        var text = File.ReadAllText(_issued.PathOf(one)) + "\n" + (other is null ? "" : File.ReadAllText(_issued.PathOf(other)));
        FaultOf(CertificateParser.FromPem(text)).ShouldBe(fault);
    }

    [Theory]
    [InlineData("secret", null)]
    [InlineData("wrong", CertificateFault.WrongPassword)]
    [InlineData(null, CertificateFault.PasswordNeeded)]
    public void Pkcs12_TakesItsPassword(string? password, CertificateFault? fault)
    {
        _issued.WritePfx("box", ["a.example.com"]);
        var reading = CertificateParser.FromPkcs12(File.ReadAllBytes(_issued.PathOf("box.pfx")), password);
        FaultOf(reading).ShouldBe(fault);
        if (reading is CertificateReading.Read read)
            read.Leaf.GetECDsaPrivateKey()!.ExportPkcs8PrivateKey().Length.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Pkcs12_NoiseOrWithoutKey_SaysSo()
    {
        _issued.Write("a", ["a.example.com"]);
        FaultOf(CertificateParser.FromPkcs12("noise"u8, null)).ShouldBe(CertificateFault.Unreadable);
        FaultOf(CertificateParser.FromPkcs12([], null)).ShouldBe(CertificateFault.Unreadable);
        var bare = X509Certificate2.CreateFromPem(File.ReadAllText(_issued.PathOf("a.pem")));
        FaultOf(CertificateParser.FromPkcs12(bare.Export(X509ContentType.Pkcs12), null)).ShouldBe(CertificateFault.NoKey);
    }

    [Fact]
    public void Facts_OfACertificate_AreWhatItSays()
    {
        var made = _issued.Write("a", ["A.example.com", "*.b.example.com"]);
        var facts = CertificateFacts.OfPem(File.ReadAllText(_issued.PathOf("a.pem")));
        facts.Length.ShouldBe(2);
        facts[0].Names.ShouldBe(["a.example.com", "*.b.example.com"]);
        (facts[0].IssuerName, facts[0].Key, facts[0].RsaBits, facts[0].IsAuthority, facts[0].IsSelfSigned).ShouldBe(
            ("Test intermediate", "EC P-256", null, false, false)
        );
        facts[0].Sha256.ShouldBe(Convert.ToHexString(SHA256.HashData(made.RawData)));
        facts[1].IsAuthority.ShouldBeTrue();
        CertificateFacts.Of(_issued.Root).IsSelfSigned.ShouldBeTrue();
        CertificateFacts.OfPem("noise").ShouldBeEmpty();
    }

    private static CertificateFault? FaultOf(CertificateReading reading) => (reading as CertificateReading.Refused)?.Fault;

    // With nothing in it that any password opens.
    private static byte[] Encrypted(string algorithm, long count)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(algorithm);
                if (algorithm.EndsWith(".5.13", StringComparison.Ordinal))
                    Pbes2();
                else
                    Salted();
            }

            writer.WriteOctetString(new byte[32]);
        }

        return writer.Encode();

        void Salted()
        {
            using (writer.PushSequence())
            {
                writer.WriteOctetString(new byte[8]);
                writer.WriteInteger(count);
            }
        }

        void Pbes2()
        {
            using (writer.PushSequence())
            {
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier("1.2.840.113549.1.5.12");
                    Salted();
                }

                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier("2.16.840.1.101.3.4.1.42");
                    writer.WriteOctetString(new byte[16]);
                }
            }
        }
    }
}
