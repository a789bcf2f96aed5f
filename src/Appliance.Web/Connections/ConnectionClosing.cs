using Appliance.Data;
using Appliance.Data.Accounts;
using Appliance.Proxy.Tunnels;
using Appliance.Web.Controls;
using Appliance.Web.Frame;
using Appliance.Web.Live;
using Appliance.Web.SignIn;

namespace Appliance.Web.Connections;

/// <summary>Closing from a page: asks once with the number, does it, and says how many it were.</summary>
public sealed class ConnectionClosing(
    ConnectionControl control, ConsoleFeed feed, Questions questions, ToastBoard toasts, Acting acting)
{
    /// <summary>One connection. False when somebody thought better of it.</summary>
    public Task<bool> OneAsync(LiveConnection one) => AskAsync(
        $"of {one.Client} on route {one.RouteName}", () => 1, (actor, order) => control.CloseAsync(actor, [one.Id], order, CancellationToken.None),
        count => count == 1 ? $"Closed the connection of {one.Client}" : $"The connection of {one.Client} was over already");

    /// <summary>These connections, as far as they are still open.</summary>
    public Task<bool> SomeAsync(IReadOnlyCollection<long> ids)
    {
        var meant = ids.ToHashSet();
        return AskAsync("that you selected", () => feed.Current.Sockets.All.Count(one => meant.Contains(one.Id)), (actor, order) => control.CloseAsync(actor, meant, order, CancellationToken.None));
    }

    /// <summary>Everything a filter means, also what opens while the question stands.</summary>
    public Task<bool> FoundAsync(ConnectionFilter filter)
    {
        var which = filter.IsEmpty ? "on every route" : $"that match ({ConnectionControl.Describe(filter).Replace("connections: ", "", StringComparison.Ordinal)})";
        return AskAsync(which, () => feed.Current.Sockets.All.Count(filter.Matches), (actor, order) => control.CloseAsync(actor, filter, order, CancellationToken.None));
    }

    private async Task<bool> AskAsync(string which, Func<int> count, Func<Actor, CloseOrder, Task<int>> close, Func<int, string>? done = null)
    {
        var answer = await questions.AskAsync<CloseDialog>(
            count() == 1 ? "Close this connection?" : "Close these connections?", new() { { dialog => dialog.Which, which }, { dialog => dialog.Count, count } });
        if (answer is not CloseOrder order)
            return false;
        try
        {
            var closed = await close(await acting.WhoAsync(), order);
            var said = done?.Invoke(closed) ?? $"Closed {Shown.Some(closed, "connection")}";
            toasts.Show(new(control.WaitingWords is { Length: > 0 } waiting ? $"{said}.{waiting}" : said));
        }
        catch (NotAllowedException exception)
        {
            toasts.Show(new($"Nothing was closed: {exception.Message}", Bad: true));
            return false;
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            // Going on is right: nothing happened, and the page says so.
            toasts.Show(new(StoreFaults.SentenceOf(exception, StoreAway.NothingClosed), Bad: true));
            return false;
        }

        await feed.RefreshAsync(CancellationToken.None);
        return true;
    }
}
