using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace Appliance.Proxy.Variables;

/// <summary>
/// nginx's <c>$ssl_*</c> (ngx_http_ssl_module). Empty over plain http; those of a client's certificate also where the policy of the
/// request's host asked for none.
/// </summary>
internal static class SslVariables
{
    /// <summary>The names, and how each is read.</summary>
    public static IEnumerable<KeyValuePair<string, Func<RequestFacts, string>>> All { get; } =
        new Dictionary<string, Func<RequestFacts, string>>
        {
            ["ssl_protocol"] = facts => facts.Tls?.Protocol ?? "",
            ["ssl_cipher"] = facts => facts.Tls?.Cipher ?? "",
            ["ssl_server_name"] = facts => facts.Tls?.ServerName ?? "",
            ["ssl_alpn_protocol"] = facts => facts.Tls?.AlpnProtocol ?? "",
            ["ssl_client_verify"] = facts => facts.Tls?.ClientVerify ?? "",
            ["ssl_client_s_dn"] = Client(certificate => DistinguishedName.Of(certificate.SubjectName)),
            ["ssl_client_i_dn"] = Client(certificate => DistinguishedName.Of(certificate.IssuerName)),
            ["ssl_client_serial"] = Client(Serial),
            ["ssl_client_fingerprint"] = Client(certificate => certificate.GetCertHashString().ToLowerInvariant()),
            ["ssl_client_v_start"] = Client(certificate => Time(certificate.NotBefore)),
            ["ssl_client_v_end"] = Client(certificate => Time(certificate.NotAfter)),
            ["ssl_client_v_remain"] = facts =>
                facts.Tls?.ClientCertificate is { } certificate ? Days(certificate.NotAfter, facts.Started) : "",
            ["ssl_client_raw_cert"] = Client(Pem),
            ["ssl_client_cert"] = Client(certificate => Pem(certificate).TrimEnd('\n').Replace("\n", "\n\t", StringComparison.Ordinal)),
            ["ssl_client_escaped_cert"] = Client(certificate => Uri.EscapeDataString(Pem(certificate))),
        };

    private static Func<RequestFacts, string> Client(Func<X509Certificate2, string> read) =>
        facts => facts.Tls?.ClientCertificate is { } certificate ? read(certificate) : "";

    private static string Pem(X509Certificate2 certificate) => certificate.ExportCertificatePem() + "\n";

    // The zero byte in front says that the number is positive; it is no part of it.
    private static string Serial(X509Certificate2 certificate)
    {
        var number = certificate.SerialNumber;
        return number.Length > 2 && number.StartsWith("00", StringComparison.Ordinal) ? number[2..] : number;
    }

    private static string Time(DateTime time)
    {
        var utc = time.ToUniversalTime();
        return string.Create(CultureInfo.InvariantCulture, $"{utc:MMM} {utc.Day, 2} {utc:HH:mm:ss yyyy} GMT");
    }

    // Of whole seconds, as nginx counts them.
    private static string Days(DateTime end, DateTimeOffset now) =>
        Math.Max(0, (new DateTimeOffset(end).ToUnixTimeSeconds() - now.ToUnixTimeSeconds()) / 86400).ToString(CultureInfo.InvariantCulture);
}
