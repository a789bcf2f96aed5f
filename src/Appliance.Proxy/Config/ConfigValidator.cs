using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Items;

namespace Appliance.Proxy.Config;

/// <summary>
/// The only maker of a <see cref="ValidConfig"/>. Thread-safe. <paramref name="destinations"/> says where no server may be; null: anywhere.
/// By <paramref name="time"/> (default: the system's) it says what has expired.
/// </summary>
public sealed class ConfigValidator(Destinations? destinations = null, TimeProvider? time = null)
{
    // Results by item reference: an edit of one route among ten thousand checks one route.
    private readonly ConditionalWeakTable<ConfigItem, Checked> _known = [];

    /// <summary>
    /// Checks <paramref name="next"/> whole. Problems that <paramref name="head"/> already has do not refuse it. Items with the same
    /// reference as in head are not checked again.
    /// </summary>
    public ConfigCheck Check(ProxyConfig head, ProxyConfig next)
    {
        var found = CheckAll(next);
        var warnings = found.Where(problem => problem.Severity == ProblemSeverity.Warning).ToList();
        var errors = found.Where(problem => problem.Severity == ProblemSeverity.Error).ToList();
        if (errors.Count == 0)
            return new(new(next), [], [], warnings);
        var before = ReferenceEquals(head, next)
            ? []
            : CheckAll(head).Where(problem => problem.Severity == ProblemSeverity.Error).ToHashSet();
        var introduced = errors.Where(problem => !before.Contains(problem)).ToList();
        return new(introduced.Count == 0 ? new(next) : null, introduced, [.. errors.Where(before.Contains)], warnings);
    }

    private List<ConfigProblem> CheckAll(ProxyConfig config)
    {
        var scope = ScopeOf(config);
        var found = new List<ConfigProblem>();
        foreach (var kind in ItemKinds.All)
        {
            var key = kind.KeyOf(scope);
            foreach (var item in config.Of(kind))
                found.AddRange(Check(kind, item, key, scope));
        }

        var across = new ProblemList();
        foreach (var kind in ItemKinds.All)
            UniqueNames(kind, config.Of(kind), across);
        foreach (var kind in ItemKinds.All)
            kind.CheckTogether(scope, across);
        found.AddRange(across.All);
        return found;
    }

    private RuleScope ScopeOf(ProxyConfig config)
    {
        var variables = ItemKinds.All.SelectMany(kind => config.Of(kind).Select(kind.VariableOf)).OfType<string>().ToFrozenSet();
        return new()
        {
            Items = config,
            Variables = variables,
            VariablesKey = string.Join(' ', variables.Order(StringComparer.Ordinal)),
            Now = (time ?? TimeProvider.System).GetUtcNow(),
            DestinationFault = (destinations ?? Destinations.Any).Fault,
        };
    }

    private IReadOnlyList<ConfigProblem> Check(ItemKind kind, ConfigItem item, string key, RuleScope scope)
    {
        if (_known.TryGetValue(item, out var before) && before.Key == key)
            return before.Problems;
        var problems = new ProblemList();
        kind.Check(item, scope, problems);
        VisibleFields.CheckTags(item, kind.PathOf(item), problems);
        _known.AddOrUpdate(item, new(key, problems.All));
        return problems.All;
    }

    private static void UniqueNames(ItemKind kind, IReadOnlyList<ConfigItem> items, ProblemList problems)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var item in items)
        {
            if (!seen.Add(item.Name))
                problems.Error(
                    $"{kind.PathOf(item)}/name",
                    "duplicate_name",
                    $"There is another {kind.Word} called {item.Name}; give one of them another name."
                );
        }
    }

    private sealed record Checked(string Key, IReadOnlyList<ConfigProblem> Problems);
}
