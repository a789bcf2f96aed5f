using System.Data.Common;
using Appliance.Data.Accounts;
using Appliance.Proxy;
using Appliance.Proxy.Tunnels;
using Appliance.Web.Controls;
using Appliance.Web.Frame;
using Appliance.Web.Live;
using Appliance.Web.SignIn;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Web.Connections;

/// <summary>The inspector as pages use it. Every act asks first whether this person may.</summary>
public sealed class InspectionStarting(
    ConnectionControl control, ProxyHost proxy, ConsoleFeed feed, Questions questions, ToastBoard toasts, Acting acting)
{
    /// <summary>What a person who may not inspect is told.</summary>
    public const string Forbidden = "Only administrators may look into messages: they can hold what people write to each other.";

    /// <summary>Whether the person at this page may.</summary>
    public async Task<bool> MayAsync() => (await acting.WhoAsync()).Grant.Includes(Role.Administrator);

    /// <summary>Turns the inspector on, once somebody has read what that means.</summary>
    public Task TurnOnAsync() => TurnAsync(true, "Turn the inspector on?", "Administrators can look into the messages of a connection then, each time for a limited time that everybody sees on every page. What they see stays in memory, and is forgotten when the inspector is turned off or Appliance stops. That it is turned on stands in the audit.", "Turn inspector on", safe: true);

    /// <summary>Turns it off.</summary>
    public Task TurnOffAsync() => TurnAsync(false, "Turn the inspector off?", $"{Shown.Some(proxy.Inspections.List().Count(one => one.State != InspectionState.Over), "inspection is", "inspections are")} stopped, and every message that was kept is forgotten.", "Turn inspector off", safe: false);

    /// <summary>Starts one; a sentence when it cannot be.</summary>
    public async Task<(Inspection? Inspection, string? Fault)> StartAsync(InspectionOrder order)
    {
        try
        {
            var actor = await acting.WhoAsync();
            var started = await control.InspectAsync(actor, order with { By = actor.Name }, CancellationToken.None);
            await feed.RefreshAsync(CancellationToken.None);
            return started;
        }
        catch (NotAllowedException exception)
        {
            return (null, exception.Message);
        }
        catch (Exception exception) when (IsStoreAway(exception))
        {
            // Going on is right: nothing was started, and the form says so.
            return (null, Unrecorded(exception));
        }
    }

    /// <summary>Stops one.</summary>
    public Task StopAsync(Inspection one) => DoAsync(actor => control.StopInspectionAsync(actor, one.Id, CancellationToken.None));

    private async Task TurnAsync(bool on, string title, string text, string verb, bool safe)
    {
        if (!await MayAsync())
            return;
        var sure = await questions.AskAsync<ConfirmDialog>(
            title, new() { { dialog => dialog.Text, text }, { dialog => dialog.Verb, verb }, { dialog => dialog.Loses, !safe } });
        if (sure is not true)
            return;
        await DoAsync(actor => control.TurnInspectorAsync(actor, on, CancellationToken.None));
    }

    private async Task DoAsync(Func<Actor, Task> act)
    {
        try
        {
            await act(await acting.WhoAsync());
            await feed.RefreshAsync(CancellationToken.None);
        }
        catch (NotAllowedException exception)
        {
            toasts.Show(new($"Nothing was done: {exception.Message}", Bad: true));
        }
        catch (Exception exception) when (IsStoreAway(exception))
        {
            // Going on is right: nothing happened, and the page says so.
            toasts.Show(new(Unrecorded(exception), Bad: true));
        }
    }

    private static bool IsStoreAway(Exception exception) => exception is DbException or DbUpdateException;

    private static string Unrecorded(Exception exception) =>
        $"Nothing was done: what cannot be recorded is not done, and the database cannot be written ({exception.Message.TrimEnd('.')}).";
}
