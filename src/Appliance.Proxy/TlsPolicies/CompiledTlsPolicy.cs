using System.Globalization;
using System.Security.Authentication;
using Appliance.Proxy.Certificates;
using Appliance.Proxy.Items;

namespace Appliance.Proxy.TlsPolicies;

/// <summary>One policy ready for handshakes and requests. Immutable.</summary>
internal sealed class CompiledTlsPolicy
{
    private CompiledTlsPolicy(TlsPolicy policy)
    {
        Policy = policy;
        Protocols = policy.MinVersion == TlsVersion.Tls13 ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13;
        if (policy.Hsts is { } hsts)
            StrictTransportSecurity =
                $"max-age={((long)hsts.MaxAge.TotalSeconds).ToString(CultureInfo.InvariantCulture)}{(hsts.IncludeSubDomains ? "; includeSubDomains" : "")}{(hsts.Preload ? "; preload" : "")}";
        if (policy.ClientCertificates is not { } clients)
            return;
        var bundle = CaBundle.Read(clients.Trusted);
        Clients = new(clients, bundle.Fault is null ? bundle.Certificates : []);
        // Going on with less would let in whoever a stored policy was to keep out: with what cannot be read, nobody is trusted.
        if (bundle.Fault is { } fault)
            Problem = new(
                $"tlsPolicies/{policy.Name}/clientCertificates/trusted",
                fault.Code,
                $"Policy {policy.Name} trusts nobody until its authorities are fixed: {fault.Message}"
            );
    }

    /// <summary>What it was compiled from.</summary>
    public TlsPolicy Policy { get; }

    /// <summary>What a handshake may settle on.</summary>
    public SslProtocols Protocols { get; }

    /// <summary>The header's value, or null.</summary>
    public string? StrictTransportSecurity { get; }

    /// <summary>What is demanded of clients' certificates; null: nothing.</summary>
    public ClientTrust? Clients { get; }

    /// <summary>What could not be compiled, and what follows from it.</summary>
    public ConfigProblem? Problem { get; }

    /// <summary>Compiles; what is wrong with a policy that was stored under older rules makes it stricter, never weaker.</summary>
    public static CompiledTlsPolicy Compile(TlsPolicy policy) => new(policy);
}
