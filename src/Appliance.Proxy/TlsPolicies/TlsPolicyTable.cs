using System.Collections.Frozen;

namespace Appliance.Proxy.TlsPolicies;

/// <summary>
/// Which policy a name has: the one that names it, then the longest <c>*.x</c>, then the one without hosts. Immutable; no allocation on a
/// look-up.
/// </summary>
internal sealed class TlsPolicyTable
{
    private readonly FrozenDictionary<string, CompiledTlsPolicy> _exact;
    private readonly FrozenDictionary<string, CompiledTlsPolicy> _below;
    private readonly CompiledTlsPolicy? _byDefault;

    private TlsPolicyTable(IReadOnlyList<CompiledTlsPolicy> policies)
    {
        var (names, wildcards) = (
            new Dictionary<string, CompiledTlsPolicy>(StringComparer.Ordinal),
            new Dictionary<string, CompiledTlsPolicy>(StringComparer.Ordinal)
        );
        foreach (var policy in policies)
        {
            if (policy.Policy.Hosts.IsEmpty)
                _byDefault ??= policy;
            foreach (var host in policy.Policy.Hosts.Select(PolicyHost.Normalize))
            {
                if (host.StartsWith("*.", StringComparison.Ordinal))
                    wildcards.TryAdd(host[2..], policy);
                else
                    names.TryAdd(host, policy);
            }
        }

        (_exact, _below) = (names.ToFrozenDictionary(StringComparer.Ordinal), wildcards.ToFrozenDictionary(StringComparer.Ordinal));
        All = policies;
    }

    /// <summary>A table without policies: no host demands anything.</summary>
    public static TlsPolicyTable Empty { get; } = new([]);

    /// <summary>Its policies, in their order.</summary>
    public IReadOnlyList<CompiledTlsPolicy> All { get; }

    /// <summary>True when no host has one.</summary>
    public bool IsEmpty => All.Count == 0;

    /// <summary>Of these; where two claim one host, the first has it.</summary>
    public static TlsPolicyTable Build(IReadOnlyList<CompiledTlsPolicy> policies) => policies.Count == 0 ? Empty : new(policies);

    /// <summary>
    /// The policy of a host in its one spelling (<see cref="PolicyHost"/>); empty is a client that says none. Null: nothing is demanded.
    /// </summary>
    public CompiledTlsPolicy? For(string host)
    {
        if (_exact.TryGetValue(host, out var policy))
            return policy;
        if (_below.Count > 0)
        {
            var lookup = _below.GetAlternateLookup<ReadOnlySpan<char>>();
            for (var dot = host.IndexOf('.'); dot >= 0; dot = host.IndexOf('.', dot + 1))
            {
                if (dot > 0 && lookup.TryGetValue(host.AsSpan(dot + 1), out policy))
                    return policy;
            }
        }

        return _byDefault;
    }
}
