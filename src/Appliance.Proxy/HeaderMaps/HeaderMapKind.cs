using System.Collections.Immutable;
using Appliance.Proxy.Items;
using Appliance.Proxy.Variables;

namespace Appliance.Proxy.HeaderMaps;

/// <summary>Header maps: variables made of other variables (nginx: map).</summary>
public sealed class HeaderMapKind : ItemKind<HeaderMap>
{
    private HeaderMapKind() { }

    /// <summary>The one instance.</summary>
    public static HeaderMapKind Instance { get; } = new();

    /// <inheritdoc/>
    public override string Member => "headerMaps";

    /// <inheritdoc/>
    public override string Word => "header map";

    /// <inheritdoc/>
    public override bool IsWrittenWhenEmpty => true;

    /// <inheritdoc/>
    public override bool CanBeUsed => true;

    internal override string VariableOf(ConfigItem item) => CompiledHeaderMaps.VariableOf((HeaderMap)item);

    internal override string KeyOf(RuleScope scope) => scope.VariablesKey;

    /// <inheritdoc/>
    protected override bool Uses(HeaderMap user, ConfigItem used) =>
        used is HeaderMap
        && used.Id != user.Id
        && (
            VariableMentions.Has(user.Source, used.Name)
            || VariableMentions.Has(user.Default, used.Name)
            || user.Rows.Any(row => VariableMentions.Has(row.Value, used.Name))
        );

    /// <inheritdoc/>
    protected override HeaderMap Redirected(HeaderMap user, ConfigItem used, string name)
    {
        string Text(string template) => VariableMentions.Renamed(template, used.Name, name);
        return user with
        {
            Source = Text(user.Source),
            Default = Text(user.Default),
            Rows = [.. user.Rows.Select(row => row with { Value = Text(row.Value) })],
        };
    }

    private protected override void Check(HeaderMap item, RuleScope scope, ProblemList problems) =>
        HeaderMapRules.Check(item, new(scope.Variables, [], 0), problems);

    private protected override void CheckTogether(ImmutableArray<HeaderMap> items, RuleScope scope, ProblemList problems) =>
        HeaderMapRules.CheckCycles(items, new(scope.Variables, [], 0), problems);
}
