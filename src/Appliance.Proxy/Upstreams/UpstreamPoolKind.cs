using Appliance.Proxy.Items;

namespace Appliance.Proxy.Upstreams;

/// <summary>Upstream pools: the servers behind the proxy (nginx: upstream).</summary>
public sealed class UpstreamPoolKind : ItemKind<UpstreamPool>
{
    private UpstreamPoolKind() { }

    /// <summary>The one instance.</summary>
    public static UpstreamPoolKind Instance { get; } = new();

    /// <inheritdoc/>
    public override string Member => "upstreamPools";

    /// <inheritdoc/>
    public override string Name => "upstream pool";

    /// <inheritdoc/>
    public override string Word => "pool";

    /// <inheritdoc/>
    public override bool IsWrittenWhenEmpty => true;

    /// <inheritdoc/>
    public override bool CanBeUsed => true;

    // By the day: authorities expire without an edit.
    internal override string KeyOf(RuleScope scope) => scope.DayKey;

    /// <inheritdoc/>
    protected override IEnumerable<(string Field, string Certificate)> Certificates(UpstreamPool item) =>
        item.Tls.ClientCertificate is { Length: > 0 } certificate ? [("tls/clientCertificate", certificate)] : [];

    private protected override void Check(UpstreamPool item, RuleScope scope, ProblemList problems) =>
        UpstreamPoolRules.Check(item, scope.DestinationFault, scope.Now, problems);
}
