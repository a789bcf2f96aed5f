using System.Collections.Immutable;
using Appliance.Proxy.Items;

namespace Appliance.Proxy.TlsPolicies;

/// <summary>TLS policies: what hosts demand of their clients.</summary>
public sealed class TlsPolicyKind : ItemKind<TlsPolicy>
{
    private TlsPolicyKind() { }

    /// <summary>The one instance.</summary>
    public static TlsPolicyKind Instance { get; } = new();

    /// <inheritdoc/>
    public override string Member => "tlsPolicies";

    /// <inheritdoc/>
    public override string Word => "TLS policy";

    /// <inheritdoc/>
    public override string Words => "TLS policies";

    /// <inheritdoc/>
    public override bool IsEverybodysWithoutHosts => true;

    // By the day: authorities expire without an edit.
    internal override string KeyOf(RuleScope scope) => scope.DayKey;

    /// <inheritdoc/>
    protected override ImmutableArray<string>? Hosts(TlsPolicy item) => item.Hosts;

    private protected override void Check(TlsPolicy item, RuleScope scope, ProblemList problems) =>
        TlsPolicyRules.Check(item, scope.Now, problems);

    private protected override void CheckTogether(ImmutableArray<TlsPolicy> items, RuleScope scope, ProblemList problems) =>
        TlsPolicyRules.CheckClaims(items, problems);

    private protected override object Compile(
        ImmutableArray<TlsPolicy> items,
        ImmutableArray<TlsPolicy> before,
        object? compiled,
        List<ConfigProblem> leftOut
    )
    {
        var table = compiled as TlsPolicyTable ?? TlsPolicyTable.Empty;
        var known = new Dictionary<TlsPolicy, CompiledTlsPolicy>(ReferenceEqualityComparer.Instance);
        foreach (var policy in table.All)
            known[policy.Policy] = policy;
        CompiledTlsPolicy[] next = [.. items.Select(policy => known.GetValueOrDefault(policy) ?? CompiledTlsPolicy.Compile(policy))];
        leftOut.AddRange(next.Select(policy => policy.Problem).OfType<ConfigProblem>());
        return next.SequenceEqual(table.All) ? table : TlsPolicyTable.Build(next);
    }
}
