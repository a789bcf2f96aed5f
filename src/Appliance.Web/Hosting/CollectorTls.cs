using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Appliance.Web.Startup;

namespace Appliance.Web.Hosting;

/// <summary>
/// TLS to the collector by OpenTelemetry's own variables: the library reads them for connections of its own alone, and ours say what became
/// of an export.
/// </summary>
internal static class CollectorTls
{
    private const string Authority = "OTEL_EXPORTER_OTLP_CERTIFICATE";
    private const string Certificate = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
    private const string Key = "OTEL_EXPORTER_OTLP_CLIENT_KEY";

    /// <summary>Connections to the collector. Throws <see cref="StartException"/> when a file cannot be used.</summary>
    public static SocketsHttpHandler Connections()
    {
        var connections = new SocketsHttpHandler { ActivityHeadersPropagator = null };
        if (Read(Authority) is { } authority)
            connections.SslOptions.CertificateChainPolicy = TrustIn(authority);
        if (Read(Certificate) is not { } certificate)
            return connections;
        connections.SslOptions.ClientCertificates =
        [
            Load(Certificate, certificate, file => X509Certificate2.CreateFromPemFile(file, Read(Key) ?? file)),
        ];
        return connections;
    }

    private static X509ChainPolicy TrustIn(string file)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        Load(Authority, file, path =>
        {
            policy.CustomTrustStore.ImportFromPemFile(path);
            return policy;
        });
        return policy;
    }

    private static T Load<T>(string variable, string file, Func<string, T> read)
    {
        try
        {
            return read(file);
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new StartException($"{variable}: {file} cannot be used: {exception.Message}");
        }
    }

    private static string? Read(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;
}
