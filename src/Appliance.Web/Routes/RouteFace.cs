using System.Collections.Immutable;
using Appliance.Proxy.Items;
using Appliance.Proxy.Routing;
using Appliance.Web.Faces;

namespace Appliance.Web.Routes;

/// <summary>Routes in the console.</summary>
public sealed class RouteFace : ItemFace
{
    /// <inheritdoc/>
    public override ItemKind Kind => RouteKind.Instance;

    /// <inheritdoc/>
    public override string Icon => "routes";

    /// <inheritdoc/>
    public override string Title => "Routes";

    /// <inheritdoc/>
    public override string Path => "/routes";

    /// <inheritdoc/>
    public override string About => "Which requests go where";

    /// <inheritdoc/>
    public override string OtherWords => "locations hosts paths";

    /// <inheritdoc/>
    public override string WordsToAdd => "location host";

    /// <inheritdoc/>
    public override ImmutableArray<(string Name, string OtherWords)> Settings =>
        [
            ("Read timeout", "timeouts 504 gateway proxy_read_timeout slow"),
            ("Connect timeout", "timeouts proxy_connect_timeout"),
            ("Idle timeout", "timeouts websocket websockets proxy_read_timeout"),
            ("Handshake timeout", "timeouts websocket 504"),
        ];

    /// <inheritdoc/>
    public override bool Has(ConfigItem item, IReadOnlyList<string> words) => RouteList.Has((Route)item, words);

    /// <inheritdoc/>
    public override string DetailOf(ConfigItem item, IReadOnlyList<string> words)
    {
        var route = (Route)item;
        var found = route.Hosts.FirstOrDefault(host => words.Any(word => host.Contains(word, StringComparison.OrdinalIgnoreCase)));
        return $"{found ?? route.Hosts.FirstOrDefault()}{route.Path}";
    }

    /// <inheritdoc/>
    public override string LossOf(IReadOnlyList<ConfigItem> items) =>
        $"Requests that {(items.Count == 1 ? "it" : "they")} took go to the next route that matches, or are answered 404.";
}
