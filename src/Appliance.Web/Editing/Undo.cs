using Appliance.Proxy.Config;
using Appliance.Web.Rights;

namespace Appliance.Web.Editing;

/// <summary>Takes back what one revision changed, and nothing else: what others saved since stays.</summary>
public static class Undo
{
    /// <summary>The items as the revision left them; the undo is stale when somebody changed one of them since.</summary>
    public static IReadOnlyList<SeenItem> Seen(ProxyConfig before, ProxyConfig after) =>
        [.. Items.Changed(before, after).Select(id => new SeenItem(id, Items.Find(after, id) is { } item ? SeenItem.JsonOf(item) : null))];

    /// <summary>The change that takes it back.</summary>
    public static ProxyConfig Apply(ProxyConfig head, ProxyConfig before, ProxyConfig after)
    {
        var next = head;
        var gone = new HashSet<Guid>();
        foreach (var id in Items.Changed(before, after))
        {
            if (Items.Find(before, id) is { } was)
                next = Items.Put(next, was, Items.PlaceOf(before, was, next));
            else
                gone.Add(id);
        }

        next = Items.Remove(next, gone);

        // Same routes in another order: back to the order they had, those added since at the end.
        var order = before.Routes.Select((route, index) => (route.Id, index)).ToDictionary(place => place.Id, place => place.index);
        var moved = !before
            .Routes.Select(route => route.Id)
            .Where(id => after.Routes.Any(route => route.Id == id))
            .SequenceEqual(after.Routes.Select(route => route.Id).Where(order.ContainsKey));
        return moved ? next with { Routes = [.. next.Routes.OrderBy(route => order.GetValueOrDefault(route.Id, int.MaxValue))] } : next;
    }
}
