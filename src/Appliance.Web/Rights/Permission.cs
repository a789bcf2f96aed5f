using System.Collections.Immutable;
using Appliance.Data.Accounts;
using Appliance.Data.Certificates;
using Appliance.Proxy.Config;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Items;
using Appliance.Proxy.Routing;
using Appliance.Proxy.TlsPolicies;
using Appliance.Proxy.Upstreams;

namespace Appliance.Web.Rights;

/// <summary>
/// Which changes of the config somebody may make. A route and a TLS policy belong to a scope by their hosts and tags. A pool or a map belongs to it by a tag; without tags, it
/// belongs to whoever all the routes that use it belong to, and what nothing uses is anybody's.
/// </summary>
public static class Permission
{
    /// <summary>What of the step from one config to the next is not allowed; empty: nothing.</summary>
    /// <param name="grant">What the person may do.</param>
    /// <param name="head">The config as it is.</param>
    /// <param name="next">The config as it would be.</param>
    /// <param name="certificates">The names in the certificate that is called so; null: it is not here.</param>
    public static IReadOnlyList<ConfigProblem> Faults(Grant grant, ProxyConfig head, ProxyConfig next, Func<string, ImmutableArray<string>?> certificates)
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
                problems.Add(Outside(before, "name", $"{Capital(Items.WordOf(before))} {before.Name} is outside of your scope ({scope}); nothing was changed."));
            else if (after is not null && !Covers(scope, next, after))
                problems.Add(Outside(after, HostsOf(after) is null || (scope.Hosts.IsEmpty && HostsOf(after) is not []) ? "tags" : "hosts", $"{Capital(Items.WordOf(after))} {after.Name} would be outside of your scope ({scope}){(HostsOf(after) is null ? "" : $"; {Needs(scope, after)}")}."));
            if (after is not null)
                problems.AddRange(NewReferences(scope, head, before, after, next));
            if (after is not null && NewHosts(scope, head, before, after) is { } hosts)
                problems.Add(hosts);
            if (after is UpstreamPool pool && NewCertificate(grant, before as UpstreamPool, pool, certificates) is { } certificate)
                problems.Add(certificate);
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
        if (item is TlsPolicy policy)
            return scope.Covers(policy);
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
                yield return Outside(after, item is UpstreamPool ? "action/pool" : "name", $"{Capital(Items.WordOf(item))} {item.Name} is outside of your scope ({scope}); ask an administrator to tag it for you.");
        }
    }

    private static bool Uses(ConfigItem used, ConfigItem user) =>
        Usage.Of(new() { Routes = user is Route route ? [route] : [], HeaderMaps = user is HeaderMap map ? [map] : [] }, used).Count > 0;

    // A tag is a label that people put on by themselves: without hosts in the scope, it must not take a name, and its traffic, from somebody else.
    private static ConfigProblem? NewHosts(AccessScope scope, ProxyConfig head, ConfigItem? before, ConfigItem after)
    {
        if (!scope.Hosts.IsEmpty || HostsOf(after) is not { } wanted)
            return null;
        var own = head.Routes.Where(scope.Covers).Append(before).OfType<ConfigItem>().Select(item => HostsOf(item) ?? []).ToList();
        var names = own.SelectMany(hosts => hosts).Select(HostPattern.Normalize).ToHashSet(StringComparer.Ordinal);
        if (wanted.IsEmpty ? after is TlsPolicy || own.Any(hosts => hosts.IsEmpty) : wanted.All(host => names.Contains(HostPattern.Normalize(host))))
            return null;
        return Outside(after, "hosts", $"Your scope ({scope}) names no hosts: a {Items.WordOf(after)} of yours takes only those that your routes have already. Ask an administrator for the first route of a host, or for the host in your scope.");
    }

    /// <summary>
    /// Why somebody may not have this pool show the certificate that it names; null: they may. Whoever shows a certificate is taken for its owner, by whatever server they point
    /// the pool at. One that is not here yet may become anybody's.
    /// </summary>
    public static ConfigProblem? NewCertificate(Grant grant, UpstreamPool? before, UpstreamPool after, Func<string, ImmutableArray<string>?> certificates)
    {
        var name = after.Tls.ClientCertificate;
        if (grant.Reach.IsEverything || name.Length == 0 || name.Equals(before?.Tls.ClientCertificate, StringComparison.OrdinalIgnoreCase))
            return null;
        var refusal = certificates(name) is { } names
            ? CertificateRights.Refusal(grant, names)
            : $"There is no certificate called {name}, so that nobody can tell whether it is within your scope ({grant.Reach}); add it first, or ask an administrator.";
        return refusal is null ? null : Outside(after, "tls/clientCertificate", refusal);
    }

    private static IEnumerable<Guid> Order(ProxyConfig one, ProxyConfig other, HashSet<Guid> meant)
    {
        var common = other.Routes.Select(route => route.Id).ToHashSet();
        return one.Routes.Select(route => route.Id).Where(id => meant.Contains(id) && common.Contains(id));
    }

    private static ConfigProblem Outside(ConfigItem item, string field, string message) => new(
        item switch { Route => $"routes/{item.Name}/{field}", UpstreamPool => $"upstreamPools/{item.Name}/{field}", HeaderMap => $"headerMaps/{item.Name}/{field}", TlsPolicy => $"tlsPolicies/{item.Name}/{field}", _ => "" }, "not_allowed", message);

    // Null: an item that has none.
    private static ImmutableArray<string>? HostsOf(ConfigItem item) => item switch { Route route => route.Hosts, TlsPolicy policy => policy.Hosts, _ => null };

    private static string Needs(AccessScope scope, ConfigItem item) => string.Join(" and ", new[]
    {
        item is TlsPolicy { Hosts.IsEmpty: true } && scope.Hosts.IsEmpty ? "it must name hosts" : null,
        scope.Hosts.IsEmpty ? null : $"every host of it must be one of {string.Join(", ", scope.Hosts)}",
        scope.Tags.IsEmpty ? null : $"it must have the tag {string.Join(" or ", scope.Tags)}",
    }.Where(part => part is not null));

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
