using System.Collections.Immutable;
using Appliance.Data.Certificates;
using Appliance.Data.Rights;
using Appliance.Proxy.Config;
using Appliance.Proxy.Items;
using Appliance.Proxy.Routing;

namespace Appliance.Web.Rights;

/// <summary>
/// Which changes of the config somebody may make. A route and a TLS policy belong to a scope by their hosts and tags. A pool or a map
/// belongs to it by a tag. One without tags belongs to a scope when all routes that use it do; an unused one without tags may be changed by
/// every operator.
/// </summary>
public static class Permission
{
    /// <summary>What of the step from one config to the next is not allowed; empty: nothing.</summary>
    /// <param name="grant">What the person may do.</param>
    /// <param name="head">The config as it is.</param>
    /// <param name="next">The config as it would be.</param>
    /// <param name="certificates">The names in the certificate that is called so; null: it is not here.</param>
    public static IReadOnlyList<ConfigProblem> Faults(
        Grant grant,
        ProxyConfig head,
        ProxyConfig next,
        Func<string, ImmutableArray<string>?> certificates
    )
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
                problems.Add(
                    Outside(
                        before,
                        "name",
                        $"{Capital(Items.WordOf(before))} {before.Name} is outside of your scope ({scope}); nothing was changed."
                    )
                );
            else if (after is not null && !Covers(scope, next, after))
                problems.Add(
                    Outside(
                        after,
                        HostsOf(after) is null || (scope.Hosts.IsEmpty && HostsOf(after) is not []) ? "tags" : "hosts",
                        $"{Capital(Items.WordOf(after))} {after.Name} would be outside of your scope "
                            + $"({scope}){(HostsOf(after) is null ? "" : $"; {Needs(scope, after)}")}."
                    )
                );
            if (after is not null)
                problems.AddRange(NewReferences(scope, head, before, after, next));
            if (after is not null && NewHosts(scope, head, before, after) is { } hosts)
                problems.Add(hosts);
            if (after is not null)
                problems.AddRange(NewCertificates(grant, before, after, certificates));
        }

        // An item of their own may move; those of others must not move among themselves.
        foreach (var kind in ItemKinds.All.Where(kind => kind.IsOrdered))
        {
            var foreign = head.Of(kind).Where(item => !Covers(scope, head, item)).Select(item => item.Id).ToHashSet();
            if (!Order(head.Of(kind), next.Of(kind), foreign).SequenceEqual(Order(next.Of(kind), head.Of(kind), foreign)))
                problems.Add(new(kind.Member, "not_allowed", $"The order of {kind.Words} outside of your scope ({scope}) would change."));
        }

        return problems;
    }

    /// <summary>Why somebody may not change this item, as a sentence, or null when they may.</summary>
    public static string? WhyNot(Grant grant, ProxyConfig config, ConfigItem item) =>
        grant.Refusal(Role.Operator, "Changing it")
        ?? (Covers(grant.Reach, config, item) ? null : $"It is outside of your scope ({grant.Reach}).");

    /// <summary>True when the item is within the scope.</summary>
    public static bool Covers(AccessScope scope, ProxyConfig config, ConfigItem item) =>
        scope.IsEverything || Covers(scope, config, item, []);

    // Maps may read maps, also in circles that nobody has refused yet: each is asked once, and one that is being asked stands in nobody's
    // way.
    private static bool Covers(AccessScope scope, ProxyConfig config, ConfigItem item, Dictionary<Guid, bool> known)
    {
        if (HostsOf(item) is not null)
            return scope.Covers(item);
        if (!item.Tags.IsEmpty)
            return scope.CoversTags(item.Tags);
        if (known.TryGetValue(item.Id, out var covered))
            return covered;
        known[item.Id] = true;
        return known[item.Id] = Usage.Of(config, item).All(user => Covers(scope, config, user, known));
    }

    // Who sends to a pool decides whose it is: an untagged one would leave its owners' scope. Names that do not exist are the validator's
    // business.
    private static IEnumerable<ConfigProblem> NewReferences(
        AccessScope scope,
        ProxyConfig head,
        ConfigItem? before,
        ConfigItem after,
        ProxyConfig next
    )
    {
        var kind = ItemKinds.Of(after);
        foreach (var item in ItemKinds.All.Where(used => used.CanBeUsed).SelectMany(next.Of))
        {
            if (
                item.Id != after.Id
                && Items.Find(head, item.Id) is { } was
                && kind.Uses(after, item)
                && !(before is not null && kind.Uses(before, was))
                && !Covers(scope, head, was)
            )
                yield return Outside(
                    after,
                    kind.FieldThatUses(ItemKinds.Of(item)),
                    $"{Capital(Items.WordOf(item))} {item.Name} is outside of your scope ({scope}); ask an administrator to tag it for you."
                );
        }
    }

    // A tag is a label that people choose freely: without hosts in the scope, it must not take a name, and its traffic, from
    // somebody else.
    private static ConfigProblem? NewHosts(AccessScope scope, ProxyConfig head, ConfigItem? before, ConfigItem after)
    {
        if (!scope.Hosts.IsEmpty || HostsOf(after) is not { } wanted)
            return null;
        var own = head.Routes.Where(scope.Covers).Append(before).OfType<ConfigItem>().Select(item => HostsOf(item) ?? []).ToList();
        var names = own.SelectMany(hosts => hosts).Select(HostPattern.Normalize).ToHashSet(StringComparer.Ordinal);
        if (
            wanted.IsEmpty
                ? ItemKinds.Of(after).IsEverybodysWithoutHosts || own.Any(hosts => hosts.IsEmpty)
                : wanted.All(host => names.Contains(HostPattern.Normalize(host)))
        )
            return null;
        return Outside(
            after,
            "hosts",
            $"Your scope ({scope}) names no hosts, so a {Items.WordOf(after)} of yours can only use hosts that your routes already "
                + "have. Ask an administrator to add a host to your scope, or the first route of a host."
        );
    }

    /// <summary>
    /// Why somebody may not have this item show the certificates that it names; empty: they may. A server takes a pool that shows a
    /// certificate for its owner, and the person chooses the servers of the pool. A certificate that does not exist yet is refused, because
    /// it may later become anybody's.
    /// </summary>
    public static IEnumerable<ConfigProblem> NewCertificates(
        Grant grant,
        ConfigItem? before,
        ConfigItem after,
        Func<string, ImmutableArray<string>?> certificates
    )
    {
        if (grant.Reach.IsEverything)
            yield break;
        var kind = ItemKinds.Of(after);
        var shown = before is null
            ? []
            : kind.CertificatesOf(before).Select(use => use.Certificate).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var (field, name) in kind.CertificatesOf(after).Where(use => !shown.Contains(use.Certificate)))
        {
            var refusal = certificates(name) is { } names
                ? CertificateRights.Refusal(grant, names)
                : $"There is no certificate called {name}, so that nobody can tell whether it is within your scope ({grant.Reach}); "
                    + "add it first, or ask an administrator.";
            if (refusal is not null)
                yield return Outside(after, field, refusal);
        }
    }

    private static IEnumerable<Guid> Order(IReadOnlyList<ConfigItem> items, IReadOnlyList<ConfigItem> other, HashSet<Guid> meant)
    {
        var common = other.Select(item => item.Id).ToHashSet();
        return items.Select(item => item.Id).Where(id => meant.Contains(id) && common.Contains(id));
    }

    private static ConfigProblem Outside(ConfigItem item, string field, string message) =>
        new($"{ItemKinds.Of(item).PathOf(item)}/{field}", "not_allowed", message);

    // Null: an item that has none.
    private static ImmutableArray<string>? HostsOf(ConfigItem item) => ItemKinds.Of(item).HostsOf(item);

    private static string Needs(AccessScope scope, ConfigItem item) =>
        string.Join(
            " and ",
            new[]
            {
                ItemKinds.Of(item).IsEverybodysWithoutHosts && HostsOf(item) is [] && scope.Hosts.IsEmpty ? "it must name hosts" : null,
                scope.Hosts.IsEmpty ? null : $"every host of it must be one of {string.Join(", ", scope.Hosts)}",
                scope.Tags.IsEmpty ? null : $"it must have the tag {string.Join(" or ", scope.Tags)}",
            }.Where(part => part is not null)
        );

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
