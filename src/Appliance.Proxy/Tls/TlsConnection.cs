using Appliance.Proxy.Certificates;

namespace Appliance.Proxy.Tls;

/// <summary>The result of a handshake, kept with its connection.</summary>
/// <param name="Name">The name the client asked for (SNI), lower case; empty when it asked for none.</param>
/// <param name="Certificate">What it got.</param>
internal sealed record TlsConnection(string Name, ServedCertificate Certificate);
