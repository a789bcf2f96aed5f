using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Appliance.Proxy.Certificates;

namespace Appliance.Proxy.Tests.Certificates;

/// <summary>
/// Files with the pieces of several chains, made of real certificates: which chain is read, and which one a handshake sends.
/// </summary>
public sealed class ChainPathsTests
{
    private static readonly DateTimeOffset _now = DateTimeOffset.UtcNow;
    private static readonly Dictionary<string, X509Certificate2> _made = Make(out _leafKey);
    private static readonly string _leafKey;

    // The leaf is by the authority I, which root A and root B have signed; B2 is root B signed by root C; old is an expired cross-signature
    // by root D; other is another authority that is called as I.
    [Theory]
    [InlineData("leaf I-by-A I-by-B", "I-by-A", "the first")]
    [InlineData("leaf I-by-B I-by-A", "I-by-B", "the first")]
    [InlineData("leaf I-by-A I-by-B B", "I-by-B B", "its root is there")]
    [InlineData("leaf I-by-A I-by-B A", "I-by-A A", "its root is there")]
    [InlineData("leaf B I-by-B I-by-A", "I-by-B B", "in any order")]
    [InlineData("leaf I-by-B B2 I-by-A", "I-by-A", "the shorter")]
    [InlineData("leaf I-by-B B2 B", "I-by-B B", "the shorter to a root that is there")]
    [InlineData("leaf I-by-B B2 C", "I-by-B B2 C", "the only one")]
    [InlineData("leaf I-old I-by-A", "I-by-A", "it is valid")]
    [InlineData("leaf I-old D I-by-A", "I-by-A", "valid goes before a root that is there")]
    [InlineData("leaf I-old", "I-old", "nothing else is there")]
    [InlineData("leaf other I-by-A", "I-by-A", "the key says which of the two")]
    [InlineData("leaf other", "", "it is another authority")]
    [InlineData("leaf I-by-A I-by-A", "I-by-A", "it is there twice")]
    [InlineData("leaf", "", "")]
    public void Read_PiecesOfSeveralChains_TakesTheBest(string file, string chain, string because)
    {
        var text = string.Join('\n', file.Split(' ').Select(name => _made[name].ExportCertificatePem())) + "\n" + _leafKey;
        var read = CertificateParser.FromPem(text).ShouldBeOfType<CertificateReading.Read>();
        var wanted = chain.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        read.Chain.Select(NameOf).ShouldBe(wanted, because);

        // What is sent has no root: clients have it, or do not trust it.
        var served = ServedCertificate.OfFile("site.pem", read);
        served
            .Context.IntermediateCertificates.Select(NameOf)
            .ShouldBe(wanted.Where(name => name.Length > 1 || !"ABCD".Contains(name, StringComparison.Ordinal)), because);
    }

    [Fact]
    public void Read_SeveralChains_SaysWhichIsSent()
    {
        var text =
            string.Join('\n', new[] { "leaf", "I-by-A", "I-by-B", "B" }.Select(name => _made[name].ExportCertificatePem()))
            + "\n"
            + _leafKey;
        CertificateParser
            .FromPem(text)
            .ShouldBeOfType<CertificateReading.Read>()
            .Notes.ShouldContain("It has the certificates of more than one chain in it; the one by CN=Root B is sent.");
    }

    [Fact]
    public void Read_CirclesWithoutEnd_End()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var generator = X509SignatureGenerator.CreateForECDsa(key);
        var all = new List<string> { By("CN=leaf", "CN=0", leafKey).ExportCertificatePem(), leafKey.ExportPkcs8PrivateKeyPem() };
        for (var number = 0; number < 200; number++)
            all.Add(By($"CN={number % 2}", $"CN={(number + 1) % 2}", key).ExportCertificatePem());
        CertificateParser.FromPem(string.Join('\n', all)).ShouldBeOfType<CertificateReading.Read>();

        X509Certificate2 By(string subject, string issuer, ECDsa own) =>
            new CertificateRequest(subject, own, HashAlgorithmName.SHA256).Create(
                new X500DistinguishedName(issuer),
                generator,
                _now.AddDays(-1),
                _now.AddDays(1),
                RandomNumberGenerator.GetBytes(12)
            );
    }

    private static string NameOf(X509Certificate2 certificate) =>
        _made.Single(one => one.Value.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span)).Key;

    private static Dictionary<string, X509Certificate2> Make(out string leafKey)
    {
        var keys = new[] { "A", "B", "C", "D", "I", "other", "leaf" }.ToDictionary(
            name => name,
            _ => ECDsa.Create(ECCurve.NamedCurves.nistP256)
        );
        leafKey = keys["leaf"].ExportPkcs8PrivateKeyPem();
        return new()
        {
            ["A"] = Of("CN=Root A", "A", "CN=Root A", "A", 1000),
            ["B"] = Of("CN=Root B", "B", "CN=Root B", "B", 1000),
            ["C"] = Of("CN=Root C", "C", "CN=Root C", "C", 1000),
            ["D"] = Of("CN=Root D", "D", "CN=Root D", "D", -1),
            ["B2"] = Of("CN=Root B", "B", "CN=Root C", "C", 1000),
            ["I-by-A"] = Of("CN=Issuer", "I", "CN=Root A", "A", 500),
            ["I-by-B"] = Of("CN=Issuer", "I", "CN=Root B", "B", 500),
            ["I-old"] = Of("CN=Issuer", "I", "CN=Root D", "D", -1),
            ["other"] = Of("CN=Issuer", "other", "CN=Root A", "A", 500),
            ["leaf"] = Of("CN=site.example.com", "leaf", "CN=Issuer", "I", 90, isAuthority: false),
        };

        X509Certificate2 Of(string subject, string key, string issuer, string by, int days, bool isAuthority = true)
        {
            var request = new CertificateRequest(subject, keys[key], HashAlgorithmName.SHA256);
            var subjectKey = new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false);
            var byKey = new X509SubjectKeyIdentifierExtension(
                new CertificateRequest(issuer, keys[by], HashAlgorithmName.SHA256).PublicKey,
                critical: false
            );
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
            request.CertificateExtensions.Add(subjectKey);
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(byKey));
            return request.Create(
                new X500DistinguishedName(issuer),
                X509SignatureGenerator.CreateForECDsa(keys[by]),
                _now.AddDays(-100),
                _now.AddDays(days),
                RandomNumberGenerator.GetBytes(12)
            );
        }
    }
}
