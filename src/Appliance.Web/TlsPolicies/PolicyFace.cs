using System.Collections.Immutable;
using Appliance.Proxy.Items;
using Appliance.Proxy.TlsPolicies;
using Appliance.Web.Faces;

namespace Appliance.Web.TlsPolicies;

/// <summary>TLS policies in the console.</summary>
public sealed class PolicyFace : ItemFace
{
    /// <inheritdoc/>
    public override ItemKind Kind => TlsPolicyKind.Instance;

    /// <inheritdoc/>
    public override string Icon => "policies";

    /// <inheritdoc/>
    public override string Title => "TLS policies";

    /// <inheritdoc/>
    public override string Path => "/tls-policies";

    /// <inheritdoc/>
    public override string About => "What hosts demand of their clients";

    /// <inheritdoc/>
    public override string OtherWords => "tls ssl https hosts";

    /// <inheritdoc/>
    public override string WordsToAdd => "hsts redirect https mtls";

    /// <inheritdoc/>
    public override ImmutableArray<(string Name, string OtherWords)> Settings =>
        [
            ("HSTS", "strict transport security preload"),
            ("Redirect to HTTPS", "http redirect https"),
            ("Minimum TLS version", "1.2 1.3 tls"),
            ("Client certificates", "mtls mutual authorities verify"),
        ];

    /// <inheritdoc/>
    public override bool Has(ConfigItem item, IReadOnlyList<string> words) =>
        Has(item.Name, words) || ((TlsPolicy)item).Hosts.Any(host => Has(host, words));

    /// <inheritdoc/>
    public override string DetailOf(ConfigItem item, IReadOnlyList<string> words) =>
        ((TlsPolicy)item).Hosts is { IsEmpty: false } hosts ? string.Join(" ", hosts.Take(2)) : "every other host";

    /// <inheritdoc/>
    public override string LossOf(IReadOnlyList<ConfigItem> items)
    {
        var their = items.Count == 1 ? "Its" : "Their";
        return items.Cast<TlsPolicy>().Any(policy => policy.ClientCertificates is { Verify: ClientVerify.On })
            ? $"{their} hosts ask for no certificate then: every client that can reach them gets in."
            : $"{their} hosts have no demands on their clients then, unless another policy applies to them.";
    }
}
