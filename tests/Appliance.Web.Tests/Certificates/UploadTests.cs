using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Appliance.Testing;
using Appliance.Web.Certificates;
using Appliance.Web.Forms;

namespace Appliance.Web.Tests.Certificates;

public sealed class UploadTests
{
    private static readonly PbeParameters _pbe = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);
    private static readonly (string Chain, string Key, X509Certificate2 Certificate) _made = Issue.Pem(["a.example.com"]);
    private static readonly X509Certificate2 _withKey = X509Certificate2.CreateFromPem(_made.Chain, _made.Key);

    // What Windows and some authorities hand out as a chain.
    private static readonly byte[] _boxed = new X509Certificate2Collection(_made.Certificate).Export(X509ContentType.Pkcs7)
        ?? throw new InvalidOperationException("Nothing was exported.");

    [Theory]
    [InlineData("one text")]
    [InlineData("two files, key first")]
    [InlineData("file and text")]
    [InlineData("utf-16")]
    [InlineData("der and der")]
    [InlineData("der and ec")]
    [InlineData("encrypted key")]
    [InlineData("encrypted der")]
    [InlineData("pkcs12")]
    public void Given_InAnyShape_IsTheSameCertificate(string shape)
    {
        var (parts, password) = Shape(shape);
        var problems = new List<FieldProblem>();
        var material = Upload.Read(parts, password, problems);
        problems.ShouldBeEmpty();
        material.ShouldNotBeNull().Facts.Names.ShouldBe(["a.example.com"]);
        material.Chain.ShouldContain("BEGIN CERTIFICATE");
    }

    [Theory]
    [InlineData("nothing", null, "files", "Choose the files")]
    [InlineData("certificate", null, "files", "no private key")]
    [InlineData("key", null, "text", "no certificate")]
    [InlineData("other key", null, "files", "belongs to another certificate")]
    [InlineData("encrypted key", null, "password", "type its password")]
    [InlineData("encrypted key", "wrong", "password", "does not open")]
    [InlineData("encrypted der", null, "password", "type its password")]
    [InlineData("request", null, "files", "request for a certificate (CSR)")]
    [InlineData("pkcs7", null, "files", "openssl pkcs7 -print_certs")]
    [InlineData("pkcs7 der", null, "files", "openssl pkcs7 -inform DER")]
    [InlineData("pkcs12", null, "password", "type its password")]
    [InlineData("pkcs12", "wrong", "password", "does not open")]
    [InlineData("two pkcs12", "secret", "files", "two PKCS#12 files")]
    [InlineData("pkcs12 and pem", "secret", "files", "alone")]
    [InlineData("noise", null, "files", "neither PEM")]
    [InlineData("pasted noise", null, "text", "neither PEM")]
    [InlineData("empty file", null, "files", "neither PEM")]
    [InlineData("large", null, "files", "KiB")]
    public void Given_Bad_IsSaidAtItsField(string shape, string? password, string field, string words)
    {
        var problems = new List<FieldProblem>();
        Upload.Read(Shape(shape).Parts, password, problems).ShouldBeNull();
        var problem = problems.ShouldHaveSingleItem();
        problem.Path.ShouldBe(field);
        problem.Message.ShouldContain(words);
    }

    [Fact]
    public void Checks_OfWhatCanBeRead_SayWhatAServerCannotShow()
    {
        Of(Issue.Pem(["a.example.com"])).ShouldBeEmpty();
        Of(Issue.Pem(["10.0.0.1"])).ShouldBeEmpty();
        Of(Issue.Pem([])).ShouldHaveSingleItem().Message.ShouldContain("names no host");
        Of(Issue.Pem([], isAuthority: true)).ShouldHaveSingleItem().Message.ShouldContain("certificate of an authority");
        Of(Issue.Pem(["a.example.com"], isAuthority: true)).ShouldBeEmpty("openssl req -x509 marks what it signs by itself so");
        var (chain, key) = Issue.Rsa(["a.example.com"], 1024);
        Of((chain, key, _withKey)).ShouldHaveSingleItem().Message.ShouldContain("1024 bits");
        var (odd, oddKey) = Issue.Curve(["a.example.com"], ECCurve.CreateFromFriendlyName("secp256k1"));
        Of((odd, oddKey, _withKey)).ShouldHaveSingleItem().Message.ShouldContain("on the curve secp256k1");
        foreach (var curve in new[] { ECCurve.NamedCurves.nistP256, ECCurve.NamedCurves.nistP384, ECCurve.NamedCurves.nistP521 })
        {
            var (good, goodKey) = Issue.Curve(["a.example.com"], curve);
            Of((good, goodKey, _withKey)).ShouldBeEmpty();
        }

        Of(Issue.Pem(["a.example.com"], days: 100, fromDays: 5)).ShouldHaveSingleItem().IsWarning.ShouldBeTrue();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Checks_ExpiredOrFewerNames_AreAskedAbout(bool confirmed)
    {
        foreach (
            var problem in new[]
            {
                Of(Issue.Pem(["a.example.com"], days: -1), confirmed).ShouldHaveSingleItem(),
                Of(_made, confirmed, "a.example.com", "b.example.com").ShouldHaveSingleItem(),
            }
        )
            (problem.Path, problem.IsWarning).ShouldBe((UploadChecks.Confirm, confirmed));
        Of(_made, confirmed, "a.example.com").ShouldBeEmpty();
        Of(_made, confirmed, "a.example.com", "b.example.com").Single().Message.ShouldContain("does not name b.example.com");
    }

    private static List<FieldProblem> Of(
        (string Chain, string Key, X509Certificate2) made,
        bool confirmed = false,
        params string[] replaced
    )
    {
        var problems = new List<FieldProblem>();
        var material = Upload.Read([Text(Upload.Text, made.Chain + made.Key)], null, problems).ShouldNotBeNull();
        return [.. UploadChecks.Of(material, Upload.Text, replaced.Length == 0 ? null : replaced, confirmed, DateTimeOffset.UtcNow)];
    }

    private static UploadPart Text(string path, string text) => new(path, "x.pem", Encoding.UTF8.GetBytes(text));

    private static (UploadPart[] Parts, string? Password) Shape(string shape)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(_made.Key);
        var box = _withKey.Export(X509ContentType.Pkcs12, "secret");
        return shape switch
        {
            "nothing" => ([], null),
            "one text" => ([Text("text", _made.Chain + "\n" + _made.Key)], null),
            "two files, key first" => ([Text("files", _made.Key), Text("files", _made.Chain)], null),
            "file and text" => ([Text("files", _made.Chain), Text("text", _made.Key)], null),
            "utf-16" => (
                [new("files", "x", [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(_made.Chain + "\r\n" + _made.Key)])],
                null
            ),
            "der and der" => ([new("files", "x.cer", _made.Certificate.RawData), new("files", "x.key", key.ExportPkcs8PrivateKey())], null),
            "der and ec" => ([new("files", "x.cer", _made.Certificate.RawData), new("files", "x.key", key.ExportECPrivateKey())], null),
            "encrypted key" => ([Text("files", _made.Chain + "\n" + key.ExportEncryptedPkcs8PrivateKeyPem("secret", _pbe))], "secret"),
            "encrypted der" => (
                [
                    new("files", "x.cer", _made.Certificate.RawData),
                    new("files", "x.key", key.ExportEncryptedPkcs8PrivateKey("secret", _pbe)),
                ],
                "secret"
            ),
            "request" => (
                [
                    Text("files", new CertificateRequest("CN=a.example.com", key, HashAlgorithmName.SHA256).CreateSigningRequestPem()),
                    Text("files", _made.Key),
                ],
                null
            ),
            "pkcs7" => ([Text("files", PemEncoding.WriteString("PKCS7", _boxed)), Text("files", _made.Key)], null),
            "pkcs7 der" => ([new("files", "x.p7b", _boxed)], null),
            "pkcs12" => ([new("files", "x.pfx", box)], "secret"),
            "two pkcs12" => ([new("files", "x.pfx", box), new("files", "y.pfx", box)], "secret"),
            "pkcs12 and pem" => ([new("files", "x.pfx", box), Text("text", _made.Chain)], "secret"),
            "certificate" => ([Text("files", _made.Chain)], null),
            "key" => ([Text("text", _made.Key)], null),
            "other key" => ([Text("files", _made.Chain), Text("files", Issue.Pem(["b.example.com"]).Key)], null),
            "noise" => ([Text("files", "noise")], null),
            "pasted noise" => ([Text("text", "noise")], null),
            "empty file" => ([new("files", "x.pem", [])], null),
            "large" => ([new("files", "x.pem", new byte[Upload.MostBytes + 1])], null),
            _ => throw new ArgumentOutOfRangeException(nameof(shape), shape, null),
        };
    }
}
