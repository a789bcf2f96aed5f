using System.Collections.Frozen;

namespace Appliance.Proxy.Items;

/// <summary>What the rules of an item may look at beside the item itself.</summary>
public sealed record RuleScope
{
    /// <summary>The whole config that is checked.</summary>
    public required ItemLists Items { get; init; }

    /// <summary>The variables that items of the config make, without <c>$</c>.</summary>
    public required FrozenSet<string> Variables { get; init; }

    /// <summary>The time by which something has expired.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Why a server cannot be at this host and port, as a sentence, or null.</summary>
    public required Func<string, int, string?> DestinationFault { get; init; }

    /// <summary>Differs when <see cref="Variables"/> differs.</summary>
    public required string VariablesKey { get; init; }

    /// <summary>Differs from one day (UTC) to the next.</summary>
    public string DayKey => Now.UtcDateTime.ToString("yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture);
}
