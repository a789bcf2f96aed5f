using Appliance.Proxy.Config;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.TlsPolicies;
using Appliance.Proxy.Upstreams;
using Appliance.Web.Controls;
using Appliance.Web.Live;

namespace Appliance.Web.Editing;

/// <summary>Asks before something is deleted, says what would be lost, and what to do with whatever refers to it.</summary>
public sealed class Deleting(Questions questions, Saving saving, ConsoleFeed feed)
{
    /// <summary>True when it is deleted.</summary>
    public async Task<bool> AskAsync(ConfigItem item)
    {
        var answer = await questions.AskAsync<DeleteDialog>($"Delete {WordOf(item)} {item.Name}?", new() { { dialog => dialog.Item, item } });
        if (answer is not DeleteChoice choice)
            return false;

        // Saved from what is there now: a route that began to use it while the question was open is moved or deleted, too.
        await saving.QuicklyAsync(config => Without(config, item, choice), [SeenItem.Of(item)], $"Deleted {WordOf(item)} {item.Name}");
        return Items.Find(feed.Current.Head.Config, item.Id) is null;
    }

    /// <summary>What an item is called in sentences.</summary>
    public static string WordOf(ConfigItem item) => item switch { UpstreamPool => "pool", HeaderMap => "header map", TlsPolicy => "TLS policy", _ => "route" };

    private static ProxyConfig Without(ProxyConfig config, ConfigItem item, DeleteChoice choice)
    {
        var next = choice.MoveTo is { } name ? Usage.Redirect(config, item, name) : config;
        HashSet<Guid> gone = [item.Id];
        if (choice.DeleteUsers)
            gone.UnionWith(Usage.Of(config, item).Select(user => user.Id));
        return Items.Remove(next, gone);
    }
}

/// <summary>What shall become of whatever refers to the deleted item.</summary>
/// <param name="MoveTo">The name of the item they refer to from now on, or null.</param>
/// <param name="DeleteUsers">They are deleted, too.</param>
public sealed record DeleteChoice(string? MoveTo, bool DeleteUsers);
