using Appliance.Data.Rights;
using Appliance.Proxy;
using Appliance.Proxy.Connections.Inspector;
using Appliance.Web.Controls;
using Appliance.Web.Deeds;
using Appliance.Web.Sockets;

namespace Appliance.Web.Connections;

/// <summary>The inspector as pages use it: turned on and off, started and stopped. One instance an open page.</summary>
public sealed class InspectorDeeds(PageDeeds deeds, ConnectionControl control, ProxyHost proxy)
{
    /// <summary>What a person who may not inspect is told.</summary>
    public const string Forbidden = "Only administrators may look into messages: they can hold what people write to each other.";

    private const string Undone = "nothing was done, because what cannot be recorded is not done";

    /// <summary>Turns the inspector on, once somebody has read what that means.</summary>
    public Task TurnOnAsync() =>
        TurnAsync(
            true,
            new(
                "Turn the inspector on?",
                "Administrators can look into the messages of a connection then, each time for a limited time that everybody sees on "
                    + "every page. What they see stays in memory, and is forgotten when the inspector is turned off or Appliance stops. "
                    + "Turning it on is recorded in the audit.",
                "Turn inspector on",
                Loses: false
            )
        );

    /// <summary>Turns the inspector off; running inspections end.</summary>
    public Task TurnOffAsync() =>
        TurnAsync(
            false,
            new(
                "Turn the inspector off?",
                $"{Shown.Some(proxy.Inspections.List().Count(inspection => inspection.State != InspectionState.Over), "inspection is", "inspections are")} stopped, and every message that was kept is forgotten.",
                "Turn inspector off"
            )
        );

    /// <summary>Starts an inspection; a sentence when it cannot be started.</summary>
    public async Task<(Inspection? Inspection, string? Fault)> StartAsync(InspectionOrder order)
    {
        var result = await deeds.DoAsync(
            new Deed<(Inspection? Inspection, string? Fault)>
            {
                Do = actor => control.InspectAsync(actor, order with { By = actor.Name }, CancellationToken.None),
                Refusal = started => started.Fault,
                Undone = Undone,
            }
        );
        return result is DeedResult<(Inspection? Inspection, string? Fault)>.Done done ? done.Value : (null, result.Fault);
    }

    /// <summary>Stops one inspection before its time.</summary>
    public Task StopAsync(Inspection inspection) =>
        deeds.TellAsync(Of(actor => control.StopInspectionAsync(actor, inspection.Id, CancellationToken.None)));

    private Task<bool> TurnAsync(bool on, Confirmation question) =>
        deeds.TellAsync(
            Of(async actor =>
            {
                await control.TurnInspectorAsync(actor, on, CancellationToken.None);
                return on;
            }) with
            {
                Ask = question,
            }
        );

    private static Deed<bool> Of(Func<Actor, Task<bool>> act) => new() { Do = act, Undone = Undone };
}
