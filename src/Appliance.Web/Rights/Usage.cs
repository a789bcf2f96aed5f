using Appliance.Proxy.Config;
using Appliance.Proxy.Items;

namespace Appliance.Web.Rights;

/// <summary>Who refers to what, and how references follow a rename, a move or a deletion. All pure.</summary>
public static class Usage
{
    /// <summary>
    /// The items that refer to this one: routes that send to a pool, routes and maps that read a map. Empty for a kind that nothing refers
    /// to.
    /// </summary>
    public static IReadOnlyList<ConfigItem> Of(ProxyConfig config, ConfigItem item) =>
        ItemKinds.Of(item).CanBeUsed ? [.. ItemKinds.All.SelectMany(kind => config.Of(kind).Where(user => kind.Uses(user, item)))] : [];

    /// <summary>Puts an item; when it had another name before, whatever refers to it follows.</summary>
    public static ProxyConfig Put(ProxyConfig config, ConfigItem item)
    {
        var before = Items.Find(config, item.Id);
        var next = before is null || before.Name == item.Name ? config : Redirect(config, before, item.Name);
        return Items.Put(next, item);
    }

    /// <summary>Lets everything that refers to <paramref name="item"/> refer to the item called <paramref name="name"/>.</summary>
    public static ProxyConfig Redirect(ProxyConfig config, ConfigItem item, string name) =>
        Items.Change(config, Of(config, item).Select(user => user.Id).ToHashSet(), user => ItemKinds.Of(user).Redirected(user, item, name));
}
