using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.TlsPolicies;

/// <summary>
/// What one handshake asked for and what came of it: a feature of its connection, which every request over it is judged by.
/// </summary>
internal sealed class PolicyHandshake
{
    private readonly SslStream _stream;
    private X509Certificate2? _certificate;
    private TlsFacts? _facts;
    private TlsFacts? _factsWithClient;

    private PolicyHandshake(string name, SslStream stream, CompiledTlsPolicy? policy) =>
        (Name, _stream, Clients) = (name, stream, policy?.Clients);

    /// <summary>The name the client asked for (SNI), in its one spelling; empty when it asked for none.</summary>
    public string Name { get; }

    /// <summary>Who was trusted; null when the client was not asked for a certificate.</summary>
    public ClientTrust? Clients { get; }

    /// <summary>What became of the certificate, as <c>$ssl_client_verify</c> says it.</summary>
    public string Verdict { get; private set; } = ClientVerdict.None;

    /// <summary>The version that was settled on.</summary>
    public SslProtocols Protocol => _stream.SslProtocol;

    /// <summary>For variables of a request that no certificate was asked for, or not by the policy of its host.</summary>
    public TlsFacts Facts => _facts ??= new(Name, _stream, null, ClientVerdict.None);

    /// <summary>For variables of a request whose policy is the one that asked.</summary>
    public TlsFacts FactsWithClient => _factsWithClient ??= new(Name, _stream, _certificate, Verdict);

    /// <summary>Puts what the policy of this name demands into the options of its handshake.</summary>
    public static PolicyHandshake Begin(string name, SslStream stream, TlsPolicyTable policies, SslServerAuthenticationOptions options)
    {
        var policy = policies.For(name);
        var handshake = new PolicyHandshake(name, stream, policy);
        if (policy is null)
            return handshake;
        options.EnabledSslProtocols = policy.Protocols;
        policy.Clients?.Ask(options, handshake.Keep);
        return handshake;
    }

    // A handshake never fails for the certificate: whoever shows none or a wrong one gets a page that says so, and not a broken connection.
    private bool Keep(X509Certificate2? shown, string verdict)
    {
        (_certificate, Verdict) = (shown, verdict);
        return true;
    }
}
