using Appliance.Data.Rights;
using Appliance.Proxy.Connections;
using Appliance.Web.Controls;
using Appliance.Web.Deeds;
using Appliance.Web.Live;
using Appliance.Web.Sockets;

namespace Appliance.Web.Connections;

/// <summary>Closing from a page: asks once with the number, does it, and says how many it were.</summary>
public sealed class CloseDeeds(PageDeeds deeds, Questions questions, ConnectionControl control, ConsoleFeed feed)
{
    /// <summary>One connection. False when somebody thought better of it.</summary>
    public Task<bool> OneAsync(LiveConnection connection) =>
        AskAsync(
            $"of {connection.Client} on route {connection.RouteName}",
            () => 1,
            (actor, order) => control.CloseAsync(actor, [connection.Id], order, CancellationToken.None),
            count =>
                count == 1 ? $"Closed the connection of {connection.Client}" : $"The connection of {connection.Client} was over already"
        );

    /// <summary>These connections, as far as they are still open.</summary>
    public Task<bool> SomeAsync(IReadOnlyCollection<long> ids)
    {
        var meant = ids.ToHashSet();
        return AskAsync(
            "that you selected",
            () => feed.Current.Sockets.Value.Count(connection => meant.Contains(connection.Id)),
            (actor, order) => control.CloseAsync(actor, meant, order, CancellationToken.None)
        );
    }

    /// <summary>Everything a filter means, also what opens while the question stands.</summary>
    public Task<bool> FoundAsync(ConnectionFilter filter)
    {
        var which = filter.IsEmpty
            ? "on every route"
            : $"that match ({ConnectionControl.Describe(filter).Replace("connections: ", "", StringComparison.Ordinal)})";
        return AskAsync(
            which,
            () => feed.Current.Sockets.Value.Count(filter.Matches),
            (actor, order) => control.CloseAsync(actor, filter, order, CancellationToken.None)
        );
    }

    private Task<bool> AskAsync(string which, Func<int> count, Func<Actor, CloseOrder, Task<int>> close, Func<int, string>? done = null) =>
        deeds.TellAsync(
            async () =>
                await questions.AskAsync<CloseDialog>(
                    count() == 1 ? "Close this connection?" : "Close these connections?",
                    new() { { dialog => dialog.Which, which }, { dialog => dialog.Count, count } }
                ) as CloseOrder,
            order => new Deed<int>
            {
                Do = actor => close(actor, order),
                Said = closed =>
                {
                    var said = done?.Invoke(closed) ?? $"Closed {Shown.Some(closed, "connection")}";
                    return new(control.WaitingWords is { Length: > 0 } waiting ? $"{said}.{waiting}" : said);
                },
                Undone = ConnectionControl.NothingClosed,
            }
        );
}
