using System.Collections.Immutable;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.Headers;

/// <summary>Header rules with their templates compiled. Immutable.</summary>
public sealed class CompiledHeaderRules
{
    /// <summary>No rules.</summary>
    public static CompiledHeaderRules Empty { get; } = new();

    /// <summary>
    /// Compiles valid rules; rules on Connection, Upgrade, hop-by-hop and Sec-WebSocket-* headers are no-ops and left out.
    /// Throws <see cref="FormatException"/> with the template's error for a rule that does not compile.
    /// </summary>
    public static CompiledHeaderRules Compile(ImmutableArray<HeaderRule> rules, VariableNames names) => throw new NotImplementedException();

    /// <summary>True when there is nothing to do.</summary>
    public bool IsEmpty => throw new NotImplementedException();

    /// <summary>Applies every rule in order. Values with CR, LF or NUL (from variables) are dropped to spaces before they are written.</summary>
    public void Apply<T>(RequestFacts facts, T lines)
        where T : IHeaderLines => throw new NotImplementedException();
}
