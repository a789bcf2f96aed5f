using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Appliance.Web.Certificates.Acme;

/// <summary>What lego left in its folder after a run that ended well.</summary>
internal static class LegoResult
{
    /// <summary>The certificate, if it is what was ordered: for our key and for every name.</summary>
    public static AcmeOutcome Read(string folder, NewKey key, LegoOrder order, LegoLog lines)
    {
        var certificates = Path.Combine(folder, "certificates");
        var chain = Directory.Exists(certificates)
            ? Directory.GetFiles(certificates, "*.crt").FirstOrDefault(file => !file.EndsWith(".issuer.crt", StringComparison.Ordinal))
            : null;
        if (chain is null)
            return Not("lego ended well, but left no certificate.");
        try
        {
            var pem = File.ReadAllText(chain);
            using var leaf = X509Certificate2.CreateFromPem(pem);
            var names = leaf
                .Extensions.OfType<X509SubjectAlternativeNameExtension>()
                .SelectMany(extension => extension.EnumerateDnsNames())
                .Select(name => name.ToLowerInvariant())
                .ToHashSet();
            if (!key.IsOf(leaf))
                return Not("The certificate that came is for another key than ours.");
            return order.Names.All(names.Contains)
                ? new AcmeOutcome.Issued(pem, key.ExportPem(), lines.Lines)
                : Not("The certificate that came does not have all the names that were ordered.");
        }
        catch (CryptographicException exception)
        {
            return Not($"What came cannot be read as a certificate: {exception.Message}");
        }

        AcmeOutcome Not(string what) =>
            new AcmeOutcome.Failed(
                AcmeFailure.Of(AcmeTrouble.NotOurs, what, "Look whether the authority works; it is tried again."),
                lines.Lines
            );
    }
}
