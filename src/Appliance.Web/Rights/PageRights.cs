using Appliance.Data.Rights;
using Appliance.Proxy.Config;
using Appliance.Proxy.Items;

namespace Appliance.Web.Rights;

/// <summary>
/// What the person at this page may do, so that the page can say it beforehand. A change of rights loads the page again. The doors check
/// the rights again, whatever the page says.
/// </summary>
public sealed class PageRights(Grant grant)
{
    private readonly Dictionary<Guid, string?> _known = [];
    private ProxyConfig? _knownOf;

    /// <summary>The person's role and scope.</summary>
    public Grant Grant { get; } = grant;

    /// <summary>True for somebody who looks after people, the audit and the inspector.</summary>
    public bool Administers => Grant.Includes(Role.Administrator);

    /// <summary>Why this person may not change the config, as a sentence; null: they may change at least a part.</summary>
    public string? NoEdits => Grant.Refusal(Role.Operator, "Changing it");

    /// <summary>Why this item cannot be changed, as a sentence, or null. Remembered until the config is another.</summary>
    public string? WhyNot(ProxyConfig config, ConfigItem item)
    {
        if (Grant.Reach.IsEverything)
            return NoEdits;
        if (!ReferenceEquals(_knownOf, config))
        {
            _known.Clear();
            _knownOf = config;
        }

        return _known.TryGetValue(item.Id, out var why) ? why : _known[item.Id] = Permission.WhyNot(Grant, config, item);
    }
}
