using System.Collections.Immutable;
using Appliance.Proxy.Config;
using Appliance.Proxy.Items;

namespace Appliance.Web.Editing;

/// <summary>What the editor asks a running proxy, beside the rules of a config: the proxy knows which certificates there are.</summary>
public sealed record ProxyKnowledge
{
    /// <summary>Where no proxy runs: no certificate is known, so people with a scope can give a pool none. It warns of nothing.</summary>
    public static ProxyKnowledge None { get; } = new() { CertificateNames = _ => null, Warnings = _ => [] };

    /// <summary>The host names in the certificate of this name; null: there is no such certificate.</summary>
    public required Func<string, ImmutableArray<string>?> CertificateNames { get; init; }

    /// <summary>What the proxy warns of in a config.</summary>
    public required Func<ProxyConfig, IEnumerable<ConfigProblem>> Warnings { get; init; }
}
