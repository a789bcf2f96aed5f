using System.Collections.Immutable;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.Headers;

/// <summary>Header rules with their templates compiled. Immutable.</summary>
public sealed class CompiledHeaderRules
{
    private readonly (HeaderOperation Operation, string Name, Template Value)[] _rules;

    private CompiledHeaderRules((HeaderOperation, string, Template)[] rules) => _rules = rules;

    /// <summary>No rules: headers stay as they are.</summary>
    public static CompiledHeaderRules Empty { get; } = new([]);

    /// <summary>True when there is nothing to do.</summary>
    public bool IsEmpty => _rules.Length == 0;

    /// <summary>Variables that the values read, without <c>$</c>.</summary>
    public IEnumerable<string> Variables => _rules.SelectMany(rule => rule.Value.Variables);

    /// <summary>True for a header that the proxy itself owns: a rule on it is accepted and does nothing.</summary>
    public static bool IsOwned(string name) => HopByHop.Is(name) || name.StartsWith("Sec-WebSocket-", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Compiles valid rules; rules on headers that the proxy owns are left out.
    /// Throws <see cref="FormatException"/> with the template's error for a rule that does not compile.
    /// </summary>
    public static CompiledHeaderRules Compile(ImmutableArray<HeaderRule> rules, VariableNames names) =>
        rules.IsEmpty
            ? Empty
            : new([.. rules.Where(rule => !IsOwned(rule.Name)).Select(rule => (rule.Operation, rule.Name, Parsed(rule, names)))]);

    /// <summary>Applies every rule in order.</summary>
    public void Apply<T>(RequestFacts facts, T lines)
        where T : IHeaderLines
    {
        foreach (var (operation, name, template) in _rules)
        {
            if (operation == HeaderOperation.Remove)
            {
                lines.Remove(name);
                continue;
            }

            var value = HeaderText.OneLine(template.Render(facts));
            if (operation == HeaderOperation.Set)
            {
                if (value.Length > 0)
                    lines.Set(name, value);
                else
                    lines.Remove(name);
            }
            else if (value.Length > 0)
            {
                lines.Append(name, value);
            }
        }
    }

    private static Template Parsed(HeaderRule rule, VariableNames names)
    {
        var parsed = Template.Parse(rule.Value, names);
        return parsed.Template ?? throw new FormatException($"Header rule on {rule.Name}: {parsed.Error}");
    }
}
