using Appliance.Data.Accounts;
using Appliance.Proxy.Config;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Upstreams;

namespace Appliance.Web.Editing;

/// <summary>
/// Which changes of the config somebody may make. A route belongs to a scope by its hosts and tags. A pool or a map belongs to it by a tag; without tags, it
/// belongs to whoever all the routes that use it belong to, and what nothing uses is anybody's.
/// </summary>
public static class Permission
{
    /// <summary>What of the step from one config to the next is not allowed; empty: nothing.</summary>
    public static IReadOnlyList<ConfigProblem> Faults(Grant grant, ProxyConfig head, ProxyConfig next)
    {
        if (grant.Refusal(Role.Operator, "Changing the config") is { } refusal)
            return [new("", "not_allowed", refusal)];
        var scope = grant.Reach;
        if (scope.IsEverything)
            return [];
        var problems = new List<ConfigProblem>();
        foreach (var id in Items.Changed(head, next))
        {
            var (before, after) = (Items.Find(head, id), Items.Find(next, id));
            if (before is not null && !Covers(scope, head, before))
                problems.Add(Outside(before, "name", $"{Capital(Deleting.WordOf(before))} {before.Name} is outside of your scope ({scope}); nothing was changed."));
            else if (after is not null && !Covers(scope, next, after))
                problems.Add(Outside(after, after is not Route ? "tags" : scope.Hosts.IsEmpty ? "tags" : "hosts", $"{Capital(Deleting.WordOf(after))} {after.Name} would be outside of your scope ({scope}){(after is Route ? $"; {Needs(scope)}" : "")}."));
            if (after is not null)
                problems.AddRange(NewReferences(scope, head, before, after, next));
            if (after is Route route && NewHosts(scope, head, before as Route, route) is { } hosts)
                problems.Add(hosts);
        }

        // A route of one's own may move; those of others must not move among themselves.
        var foreign = head.Routes.Where(route => !scope.Covers(route)).Select(route => route.Id).ToHashSet();
        if (!Order(head, next, foreign).SequenceEqual(Order(next, head, foreign)))
            problems.Add(new("routes", "not_allowed", $"The order of routes outside of your scope ({scope}) would change."));
        return problems;
    }

    /// <summary>Why somebody may not change this item, as a sentence, or null when they may.</summary>
    public static string? WhyNot(Grant grant, ProxyConfig config, ConfigItem item) =>
        grant.Refusal(Role.Operator, "Changing it") ?? (Covers(grant.Reach, config, item) ? null : $"It is outside of your scope ({grant.Reach}).");

    /// <summary>True when the item is within the scope.</summary>
    public static bool Covers(AccessScope scope, ProxyConfig config, ConfigItem item) => scope.IsEverything || Covers(scope, config, item, []);

    // Maps may read maps, also in circles that nobody has refused yet: each is asked once, and one that is being asked stands in nobody's way.
    private static bool Covers(AccessScope scope, ProxyConfig config, ConfigItem item, Dictionary<Guid, bool> known)
    {
        if (item is Route route)
            return scope.Covers(route);
        if (!item.Tags.IsEmpty)
            return scope.CoversTags(item.Tags);
        if (known.TryGetValue(item.Id, out var covered))
            return covered;
        known[item.Id] = true;
        return known[item.Id] = Usage.Of(config, item).All(user => Covers(scope, config, user, known));
    }

    // Who sends to a pool decides whose it is: an untagged one would leave its owners' scope. Names that do not exist are the validator's business.
    private static IEnumerable<ConfigProblem> NewReferences(AccessScope scope, ProxyConfig head, ConfigItem? before, ConfigItem after, ProxyConfig next)
    {
        foreach (var item in next.UpstreamPools.Cast<ConfigItem>().Concat(next.HeaderMaps))
        {
            if (item.Id != after.Id && Items.Find(head, item.Id) is { } was && Uses(item, after) && !(before is not null && Uses(was, before)) && !Covers(scope, head, was))
                yield return Outside(after, item is UpstreamPool ? "action/pool" : "name", $"{Capital(Deleting.WordOf(item))} {item.Name} is outside of your scope ({scope}); ask an administrator to tag it for you.");
        }
    }

    private static bool Uses(ConfigItem used, ConfigItem user) =>
        Usage.Of(new() { Routes = user is Route route ? [route] : [], HeaderMaps = user is HeaderMap map ? [map] : [] }, used).Count > 0;

    // A tag is a label that people put on by themselves: without hosts in the scope, it must not take a name, and its traffic, from somebody else.
    private static ConfigProblem? NewHosts(AccessScope scope, ProxyConfig head, Route? before, Route after)
    {
        if (!scope.Hosts.IsEmpty)
            return null;
        var own = head.Routes.Where(scope.Covers).Append(before).OfType<Route>().ToList();
        var names = own.SelectMany(route => route.Hosts).Select(HostPattern.Normalize).ToHashSet(StringComparer.Ordinal);
        if (after.Hosts.IsEmpty ? own.Any(route => route.Hosts.IsEmpty) : after.Hosts.All(host => names.Contains(HostPattern.Normalize(host))))
            return null;
        return Outside(after, "hosts", $"Your scope ({scope}) names no hosts: a route of yours takes only those that your routes have already. Ask an administrator for the first route of a host, or for the host in your scope.");
    }

    private static IEnumerable<Guid> Order(ProxyConfig one, ProxyConfig other, HashSet<Guid> meant)
    {
        var common = other.Routes.Select(route => route.Id).ToHashSet();
        return one.Routes.Select(route => route.Id).Where(id => meant.Contains(id) && common.Contains(id));
    }

    private static ConfigProblem Outside(ConfigItem item, string field, string message) => new(
        item switch { Route => $"routes/{item.Name}/{field}", UpstreamPool => $"upstreamPools/{item.Name}/{field}", HeaderMap => $"headerMaps/{item.Name}/{field}", _ => "" }, "not_allowed", message);

    private static string Needs(AccessScope scope) => string.Join(" and ", new[]
    {
        scope.Hosts.IsEmpty ? null : $"every host of it must be one of {string.Join(", ", scope.Hosts)}",
        scope.Tags.IsEmpty ? null : $"it must have the tag {string.Join(" or ", scope.Tags)}",
    }.Where(part => part is not null));

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
