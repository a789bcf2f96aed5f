using System.Data.Common;
using Appliance.Proxy;
using Appliance.Proxy.Tunnels;
using Appliance.Web.Frame;
using Appliance.Web.Live;
using Appliance.Web.SignIn;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.EntityFrameworkCore;
using Radzen;

namespace Appliance.Web.Connections;

/// <summary>The inspector as pages use it. Every act asks first whether this person may.</summary>
public sealed class InspectionStarting(
    ConnectionControl control, ProxyHost proxy, ConsoleFeed feed, DialogService dialogs, ToastBoard toasts, AuthenticationStateProvider authentication)
{
    /// <summary>What a person who may not inspect is told.</summary>
    public const string Forbidden = "Only administrators may look into messages: they can hold what people write to each other.";

    /// <summary>Whether the person at this page may.</summary>
    public async Task<bool> MayAsync() => May.Inspect((await authentication.GetAuthenticationStateAsync()).User);

    /// <summary>Turns the inspector on, once somebody has read what that means.</summary>
    public Task TurnOnAsync() => TurnAsync(true, "Turn the inspector on?", "Administrators can look into the messages of a connection then, each time for a limited time that everybody sees on every page. What they see stays in memory, and is forgotten when the inspector is turned off or Appliance stops. That it is turned on stands in the audit.", "Turn inspector on", safe: true);

    /// <summary>Turns it off.</summary>
    public Task TurnOffAsync() => TurnAsync(false, "Turn the inspector off?", $"{Shown.Some(proxy.Inspections.List().Count(one => one.State != InspectionState.Over), "inspection is", "inspections are")} stopped, and every message that was kept is forgotten.", "Turn inspector off", safe: false);

    /// <summary>Starts one; a sentence when it cannot be.</summary>
    public async Task<(Inspection? Inspection, string? Fault)> StartAsync(InspectionOrder order)
    {
        if (await WhoAsync() is not { } actor)
            return (null, Forbidden);
        try
        {
            var started = await control.InspectAsync(actor, order with { By = actor.Name }, CancellationToken.None);
            await feed.RefreshAsync(CancellationToken.None);
            return started;
        }
        catch (Exception exception) when (IsStoreAway(exception))
        {
            // Going on is right: nothing was started, and the form says so.
            return (null, Unrecorded(exception));
        }
    }

    /// <summary>Stops one.</summary>
    public async Task StopAsync(Inspection one)
    {
        if (await WhoAsync() is not { } actor)
            return;
        await DoAsync(() => control.StopInspectionAsync(actor, one.Id, CancellationToken.None));
    }

    private async Task TurnAsync(bool on, string title, string text, string verb, bool safe)
    {
        if (await WhoAsync() is not { } actor)
            return;
        var sure = await dialogs.OpenAsync<ConfirmDialog>(
            title, new() { [nameof(ConfirmDialog.Text)] = text, [nameof(ConfirmDialog.Verb)] = verb, [nameof(ConfirmDialog.Loses)] = !safe },
            new() { Width = "min(32rem, calc(100vw - 2rem))", CloseDialogOnEsc = true, CloseDialogOnOverlayClick = true, AutoFocusFirstElement = true });
        if (sure is not true)
            return;
        await DoAsync(() => control.TurnInspectorAsync(actor, on, CancellationToken.None));
    }

    private async Task DoAsync(Func<Task> act)
    {
        try
        {
            await act();
            await feed.RefreshAsync(CancellationToken.None);
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

    private async Task<Actor?> WhoAsync()
    {
        var person = (await authentication.GetAuthenticationStateAsync()).User;
        return May.Inspect(person) ? new(Session.NameOf(person), BrowserAddress.Of(person)) : null;
    }
}
