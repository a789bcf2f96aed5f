using Appliance.Proxy.Config;
using Appliance.Proxy.Tunnels;
using Appliance.Web.Editing;
using Appliance.Web.Controls;
using Appliance.Web.Frame;
using Appliance.Web.Live;
using Appliance.Web.SignIn;
using Appliance.Data;
using Appliance.Data.Accounts;

namespace Appliance.Web.Connections;

/// <summary>What every page does when somebody drains something: ask how, do it, say so. One instance an open page.</summary>
public sealed class Draining(
    Questions questions, ConnectionControl deeds, ConsoleFeed feed, ToastBoard toasts, Acting acting, ILogger<Draining> log)
{
    /// <summary>Asks how, and begins. Nothing happens when somebody cancels.</summary>
    public async Task AskAsync(DrainTarget target)
    {
        if (DrainTargets.NameOf(feed.Current.Head.Config, target) is not { } name)
            return;
        var everywhere = DrainsWith(target, (await acting.WhoAsync()).Grant, feed.Current.Head.Config);
        var answer = await questions.AskAsync<DrainDialog>(
            $"Drain {name}?", new() { { dialog => dialog.Target, target }, { dialog => dialog.Everywhere, everywhere } });
        if (answer is not DrainChoice choice)
            return;
        await DoAsync(async actor =>
        {
            var config = feed.Current.Head.Config;
            var targets = choice.Everywhere ? everywhere : [target];
            var atStart = 0;
            foreach (var one in targets)
            {
                var order = new DrainOrder { Target = one, Name = DrainTargets.NameOf(config, one) ?? name, Leave = choice.Leave, Window = choice.Window, By = actor.Name };
                atStart += (await deeds.DrainAsync(actor, order, CancellationToken.None)).AtStart;
            }

            var what = targets.Count == 1 ? name : $"server {target.Server} in {targets.Count} pools";
            toasts.Show(new($"Draining {what}: {Shown.Some(atStart, "WebSocket")} {(choice.Leave is null ? "open" : "asked to leave")}.{deeds.WaitingWords}"));
        });
    }

    // A server in every pool that has it and that this person may drain; anything else by itself.
    private static IReadOnlyList<DrainTarget> DrainsWith(DrainTarget target, Grant grant, ProxyConfig config) => target.Kind != DrainKind.Server
        ? [target]
        : DrainTargets.Everywhere(config.UpstreamPools.Where(pool => pool.Id == target.Id || Permission.Covers(grant.Reach, config, pool)), target.Server);

    /// <summary>New ones are taken again.</summary>
    public Task ResumeAsync(DrainTarget target, string name) => DoAsync(async actor =>
    {
        var was = await deeds.ResumeAsync(actor, target, CancellationToken.None);
        toasts.Show(was ? new($"{char.ToUpperInvariant(name[0])}{name[1..]} accepts new connections again.{deeds.WaitingWords}") : new($"Somebody else ended the drain of {name} already."));
    });

    private async Task DoAsync(Func<Actor, Task> deed)
    {
        try
        {
            await deed(await acting.WhoAsync());
        }
        catch (NotAllowedException exception)
        {
            toasts.Show(new($"Not done: {exception.Message}", Bad: true));
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            // The audit's line comes first: what cannot be recorded was not done.
            log.NotRecorded(exception);
            toasts.Show(new(StoreFaults.SentenceOf(exception, StoreAway.NotDrained), Bad: true));
        }

        // Nobody waits a second to see what they have done, and other pages hear of it at once.
        await feed.RefreshAsync(CancellationToken.None);
    }
}

internal static partial class DrainingLog
{
    [LoggerMessage(3410, LogLevel.Error, "A drain could not be recorded, and was not begun or ended.")]
    public static partial void NotRecorded(this ILogger log, Exception exception);
}
