using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Appliance.Proxy.Certificates;

/// <summary>
/// The certificate of last resort: self-signed and forgotten when the process ends. Clients refuse it unless they are told not to.
/// </summary>
internal static class SelfMade
{
    /// <summary>Makes one for this machine.</summary>
    public static ServedCertificate Make(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Appliance made at start", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        if (Uri.CheckHostName(Environment.MachineName) == UriHostNameType.Dns)
            names.AddDnsName(Environment.MachineName);
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        return ServedCertificate.Made(request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10)));
    }
}
