using System.Security.Authentication;

namespace Appliance.Proxy.Variables;

/// <summary>OpenSSL's names, which nginx's variables have, for those of the framework, which are the registry's (IANA).</summary>
internal static class TlsNames
{
    /// <summary><c>TLSv1.3</c>.</summary>
    public static string Of(SslProtocols protocol) =>
        protocol switch
        {
            SslProtocols.Tls12 => "TLSv1.2",
            SslProtocols.Tls13 => "TLSv1.3",
            _ => protocol.ToString(),
        };

    /// <summary>
    /// <c>ECDHE-RSA-AES256-GCM-SHA384</c> for <c>TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384</c>; those of TLS 1.3 are called the same
    /// everywhere.
    /// </summary>
    public static string OfCipher(string suite)
    {
        var with = suite.IndexOf("_WITH_", StringComparison.Ordinal);
        if (with < 0)
            return suite;
        var exchange = suite["TLS_".Length..with];
        var cipher = suite[(with + "_WITH_".Length)..];
        if (cipher.StartsWith("CHACHA20_POLY1305", StringComparison.Ordinal))
            cipher = "CHACHA20-POLY1305";
        cipher = cipher
            .Replace("_CBC_", "_", StringComparison.Ordinal)
            .Replace("CCM_8", "CCM8", StringComparison.Ordinal)
            .Replace("AES_128", "AES128", StringComparison.Ordinal)
            .Replace("AES_256", "AES256", StringComparison.Ordinal)
            .Replace('_', '-');
        return exchange == "RSA" ? cipher : $"{exchange.Replace('_', '-')}-{cipher}";
    }
}
