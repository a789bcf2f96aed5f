using Appliance.Proxy.Dialing;

namespace Appliance.Web.Upstreams;

/// <summary>TLS to a pool's servers as text.</summary>
public sealed class PoolTlsDraft
{
    public bool Verify { get; set; } = true;
    public string Trusted { get; set; } = "";
    public string ServerName { get; set; } = "";
    public string ClientCertificate { get; set; } = "";

    public static PoolTlsDraft Of(UpstreamTls tls) =>
        new()
        {
            Verify = tls.Verify,
            Trusted = tls.Trusted,
            ServerName = tls.ServerName,
            ClientCertificate = tls.ClientCertificate,
        };

    public UpstreamTls Read() =>
        new()
        {
            Verify = Verify,
            // One text, whatever system it was copied from.
            Trusted = Trusted.ReplaceLineEndings("\n").Trim(),
            ServerName = ServerName.Trim(),
            ClientCertificate = ClientCertificate.Trim(),
        };
}
