using Appliance.Data.Revisions;
using Appliance.Data.Rights;
using Appliance.Proxy.Connections;
using Appliance.Web.Rights;

namespace Appliance.Web.Sockets;

/// <summary>Who may do what to open WebSockets: by role, and by the scope that routes, pools and servers are in.</summary>
internal sealed class SocketRights(ConfigStore store, SocketNotes notes)
{
    /// <summary>
    /// The routes of the actor's scope, as a test of a route's identity; null: no limit. A route that is gone is outside of every scope.
    /// Throws <see cref="NotAllowedException"/> when the role is not enough.
    /// </summary>
    public async Task<Func<Guid, bool>?> OwnAsync(
        Actor actor,
        Role needed,
        string deed,
        string action,
        string target,
        CancellationToken cancellationToken
    )
    {
        // An administrator's deeds at connections, as reading messages, take a token for administrators.
        var takes = needed == Role.Administrator ? TokenScopes.Admin : TokenScopes.Connections;
        if (actor.Grant.Refusal(needed, deed, takes) is { } reason)
            throw await RefusedAsync(actor, action, target, reason, cancellationToken);
        if (actor.Grant.Reach is not { IsEverything: false } scope)
            return null;
        var own = (await store.ReadOrKnownHeadAsync(cancellationToken))
            .Config.Routes.Where(scope.Covers)
            .Select(route => route.Id)
            .ToHashSet();
        return own.Contains;
    }

    /// <summary>Throws <see cref="NotAllowedException"/> when the actor may not drain it.</summary>
    public async Task DemandDrainAsync(Actor actor, string action, DrainTarget target, string name, CancellationToken cancellationToken)
    {
        if (await OwnAsync(actor, Role.Operator, "Draining", action, name, cancellationToken) is null)
            return;
        var config = (await store.ReadOrKnownHeadAsync(cancellationToken)).Config;
        if (Items.Find(config, target.Id) is not { } item || !Permission.Covers(actor.Grant.Reach, config, item))
            throw await RefusedAsync(
                actor,
                action,
                name,
                $"{char.ToUpperInvariant(name[0])}{name[1..]} is outside of your scope ({actor.Grant.Reach}).",
                cancellationToken
            );
    }

    /// <summary>A refusal that stands in the audit.</summary>
    public async Task<NotAllowedException> RefusedAsync(
        Actor actor,
        string action,
        string target,
        string reason,
        CancellationToken cancellationToken
    )
    {
        await notes.AddOrKeepAsync(actor, action, target, null, null, cancellationToken, "not_allowed: " + reason);
        return new(reason);
    }
}
