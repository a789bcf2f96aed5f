using Appliance.Proxy.Items;
using Appliance.Proxy.Upstreams;
using Appliance.Web.Controls;
using Appliance.Web.Faces;

namespace Appliance.Web.Upstreams;

/// <summary>Upstream pools in the console.</summary>
public sealed class PoolFace : ItemFace
{
    /// <inheritdoc/>
    public override ItemKind Kind => UpstreamPoolKind.Instance;

    /// <inheritdoc/>
    public override string Icon => "pools";

    /// <inheritdoc/>
    public override string Title => "Upstream pools";

    /// <inheritdoc/>
    public override string Path => "/pools";

    /// <inheritdoc/>
    public override string About => "Servers behind the proxy";

    /// <inheritdoc/>
    public override string OtherWords => "upstreams servers backends balancing down failing state up health";

    /// <inheritdoc/>
    public override string WordsToAdd => "upstream server backend";

    /// <inheritdoc/>
    public override bool Has(ConfigItem item, IReadOnlyList<string> words) =>
        Has(item.Name, words) || ((UpstreamPool)item).Servers.Any(server => Has(server.Address, words));

    /// <inheritdoc/>
    public override string DetailOf(ConfigItem item, IReadOnlyList<string> words) =>
        string.Join(" ", ((UpstreamPool)item).Servers.Take(2).Select(server => server.Address));

    /// <inheritdoc/>
    public override string LossOf(IReadOnlyList<ConfigItem> items)
    {
        var servers = Shown.Some(items.Cast<UpstreamPool>().Sum(pool => pool.Servers.Length), "server");
        return items.Count == 1 ? $"The pool with its {servers} is gone then." : $"The pools with their {servers} are gone then.";
    }
}
