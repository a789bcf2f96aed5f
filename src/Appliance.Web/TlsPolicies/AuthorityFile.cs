using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Appliance.Web.TlsPolicies;

/// <summary>A file with authorities as people have it: PEM, or one certificate as bytes (DER).</summary>
public static class AuthorityFile
{
    /// <summary>
    /// The file's content as PEM text, or why it cannot be used, as the rest of a sentence that begins with the file's name.
    /// </summary>
    public static (string? Text, string? Fault) Read(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        // Not even into the form, whose text the browser keeps.
        if (text.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            return (null, "has a private key in it and was not read; choose a file with certificates only.");
        if (text.Contains("-----BEGIN", StringComparison.Ordinal))
            return (text.ReplaceLineEndings("\n"), null);
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(bytes);
            return (certificate.ExportCertificatePem() + "\n", null);
        }
        catch (CryptographicException)
        {
            return (null, "has no certificate in it.");
        }
    }
}
