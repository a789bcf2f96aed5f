using Appliance.Proxy.Config;
using Appliance.Proxy.Items;
using Appliance.Web.Rights;

namespace Appliance.Web.Editing;

/// <summary>The choice of somebody who deletes an item that others refer to: move the references, or delete those items, too.</summary>
/// <param name="MoveTo">The name of the item they refer to from now on, or null.</param>
/// <param name="DeleteUsers">They are deleted, too.</param>
public sealed record DeleteChoice(string? MoveTo, bool DeleteUsers);

/// <summary>A config without an item, by what was chosen for those that refer to it.</summary>
public static class Deletion
{
    /// <summary>What is left. Where nothing was chosen, references stay and the check refuses them.</summary>
    public static ProxyConfig Without(ProxyConfig config, ConfigItem item, DeleteChoice choice)
    {
        var next = choice.MoveTo is { } name ? Usage.Redirect(config, item, name) : config;
        HashSet<Guid> gone = [item.Id];
        if (choice.DeleteUsers)
            gone.UnionWith(Usage.Of(config, item).Select(user => user.Id));
        return Items.Remove(next, gone);
    }
}
