using System.Globalization;
using Appliance.Proxy.Config;
using Appliance.Proxy.Items;
using Appliance.Web.Rights;

namespace Appliance.Web.Editing;

/// <summary>What was there before comes back: all of a revision, or one item.</summary>
public static class Rollback
{
    /// <summary>The comment of the new revision when nobody gives another.</summary>
    public static string Comment(long number) => string.Create(CultureInfo.InvariantCulture, $"Back to revision {number}");

    /// <summary>
    /// One item as it is in <paramref name="wanted"/>, in its place there; gone when it is not there. Everything else stays as it is now.
    /// </summary>
    public static ProxyConfig Item(ProxyConfig head, ProxyConfig wanted, Guid id) =>
        Items.Find(wanted, id) is { } item
            ? Items.Put(head, item, Items.PositionOf(wanted, item))
            : Items.Remove(head, new HashSet<Guid> { id });
}
