using Appliance.Data.Rights;
using Appliance.Proxy.Config;
using Appliance.Proxy.Connections;
using Appliance.Web.Controls;
using Appliance.Web.Deeds;
using Appliance.Web.Live;
using Appliance.Web.Rights;
using Appliance.Web.SignIn;

namespace Appliance.Web.Sockets;

/// <summary>Draining, and its end, from any page. One instance an open page.</summary>
public sealed class DrainDeeds(PageDeeds deeds, Questions questions, ConnectionControl control, ConsoleFeed feed, CurrentActor current)
{
    /// <summary>Asks how, and begins.</summary>
    public async Task DrainAsync(DrainTarget target)
    {
        var config = feed.Current.Head.Config;
        if (DrainTargets.NameOf(config, target) is not { } name)
            return;
        var everywhere = DrainsWith(target, (await current.WhoAsync()).Grant, config);
        await deeds.TellAsync(
            async () =>
                await questions.AskAsync<DrainDialog>(
                    $"Drain {name}?",
                    new() { { dialog => dialog.Target, target }, { dialog => dialog.Everywhere, everywhere } }
                ) as DrainChoice,
            choice => Drain(choice.Everywhere ? everywhere : [target], choice, name)
        );
    }

    /// <summary>Ends a drain: new connections are accepted again.</summary>
    public Task ResumeAsync(DrainTarget target, string name) =>
        deeds.TellAsync(
            new Deed<bool>
            {
                Do = actor => control.ResumeAsync(actor, target, CancellationToken.None),
                Said = was =>
                    new(
                        was
                            ? $"{char.ToUpperInvariant(name[0])}{name[1..]} accepts new connections again.{control.WaitingWords}"
                            : $"The drain of {name} had ended already."
                    ),
                Undone = ConnectionControl.NotDrained,
            }
        );

    private Deed<int> Drain(IReadOnlyList<DrainTarget> targets, DrainChoice choice, string name) =>
        new()
        {
            Do = async actor =>
            {
                var (config, atStart) = (feed.Current.Head.Config, 0);
                foreach (var target in targets)
                {
                    var order = new DrainOrder
                    {
                        Target = target,
                        Name = DrainTargets.NameOf(config, target) ?? name,
                        Leave = choice.Leave,
                        Window = choice.Window,
                        By = actor.Name,
                    };
                    atStart += (await control.DrainAsync(actor, order, CancellationToken.None)).AtStart;
                }

                return atStart;
            },
            Said = atStart =>
            {
                var what = targets.Count == 1 ? name : $"server {targets[0].Server} in {targets.Count} pools";
                return new(
                    $"Draining {what}: {Shown.Some(atStart, "WebSocket")} "
                        + $"{(choice.Leave is null ? "open" : "asked to leave")}.{control.WaitingWords}"
                );
            },
            Undone = ConnectionControl.NotDrained,
        };

    // A server in every pool that has it and that this person may drain; anything else alone.
    private static IReadOnlyList<DrainTarget> DrainsWith(DrainTarget target, Grant grant, ProxyConfig config) =>
        target.Kind != DrainKind.Server
            ? [target]
            : DrainTargets.Everywhere(
                config.UpstreamPools.Where(pool => pool.Id == target.Id || Permission.Covers(grant.Reach, config, pool)),
                target.Server
            );
}
