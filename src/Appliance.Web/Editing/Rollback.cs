using System.Globalization;
using Appliance.Proxy.Config;
using Appliance.Web.Rights;

namespace Appliance.Web.Editing;

/// <summary>What was there before comes back: all of a revision, or one item.</summary>
public static class Rollback
{
    /// <summary>The comment of the new revision when nobody gives another.</summary>
    public static string Comment(long number) => string.Create(CultureInfo.InvariantCulture, $"Back to revision {number}");

    /// <summary>
    /// One item as it is in <paramref name="wanted"/>, beside those that it stood beside there; gone when it is not there. What refers to
    /// it follows its name. Everything else stays as it is now.
    /// </summary>
    public static ProxyConfig Item(ProxyConfig head, ProxyConfig wanted, Guid id) =>
        Items.Find(wanted, id) is not { } item ? Items.Remove(head, new HashSet<Guid> { id })
        : Items.Find(head, id) is not null ? Usage.Put(head, item)
        : Items.Put(head, item, Items.PlaceOf(wanted, item, head));
}
