using System.Globalization;
using Appliance.Data.Audit;
using Appliance.Data.Revisions;
using Appliance.Data.Rights;
using Appliance.Proxy;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Connections.Inspector;
using Appliance.Proxy.Items;
using Appliance.Web.Rights;

namespace Appliance.Web.Sockets;

/// <summary>
/// What people do to open WebSockets: the one door for pages and commands. It asks whether they may (operators close and drain within their
/// scope, administrators inspect), and nothing happens without its line in the audit. That line is written first. While the database cannot
/// be written, closing and draining go on, because they are what an emergency needs: their lines wait in memory, stand in the log, and are
/// written later. Looking into messages is refused then. Throws <see cref="NotAllowedException"/>.
/// </summary>
public sealed class ConnectionControl(ProxyHost proxy, ConfigStore store, AuditStore audit, ILogger<ConnectionControl> log)
{
    private const string Unrecorded = ", because what is done must be recorded and 1,000 records wait already";

    /// <summary>What did not happen when a close is refused.</summary>
    public const string NothingClosed = "nothing was closed" + Unrecorded;

    /// <summary>What did not happen when a drain is refused.</summary>
    public const string NotDrained = "no drain was begun or ended" + Unrecorded;

    private const string Closing = "Closing connections";
    private const string Draining = "Draining";
    private const string Inspecting = "Looking into messages";

    /// <summary>
    /// What is to be said behind a deed whose line in the audit waits: a sentence with a space in front; empty when none waits.
    /// </summary>
    public string WaitingWords =>
        audit.Waiting == 0
            ? ""
            : " The database cannot be written: what was done stands in the log, and in the audit as soon as the database can be "
                + "written again.";

    /// <summary>
    /// Close frames to every open connection that <paramref name="filter"/> means, as far as it is on a route of the actor's scope. Returns
    /// how many were not being ended already.
    /// </summary>
    public async Task<int> CloseAsync(Actor actor, ConnectionFilter filter, CloseOrder order, CancellationToken cancellationToken)
    {
        var own = await OwnAsync(actor, Role.Operator, Closing, "connection.close", Describe(filter), cancellationToken);
        if (own is not null)
            return await CloseAsync(
                actor,
                [.. proxy.Connections.List(filter).Where(one => own(one.RouteId)).Select(one => one.Id)],
                order,
                cancellationToken
            );
        var meant = proxy.Connections.List(filter).Count;
        await NoteOrKeepAsync(actor, "connection.close", Describe(filter), $"{meant} open", Describe(order), cancellationToken);
        var closed = proxy.Connections.Close(filter, Of(actor, order));
        log.Closed(closed, Describe(filter), actor.Name, order.Code);
        return closed;
    }

    /// <summary>Close frames to these connections. Returns how many were open and not being ended already.</summary>
    public async Task<int> CloseAsync(Actor actor, IReadOnlyCollection<long> ids, CloseOrder order, CancellationToken cancellationToken)
    {
        var asked = Counted.Of(ids.Count, "connection");
        if (
            await OwnAsync(actor, Role.Operator, Closing, "connection.close", asked, cancellationToken) is { } own
            && ids.Select(proxy.Connections.Find).FirstOrDefault(one => one is not null && !own(one.RouteId)) is { } foreign
        )
            throw await RefusedAsync(
                actor,
                "connection.close",
                foreign.Id.ToString(CultureInfo.InvariantCulture),
                $"The connection of {foreign.Client} is on route {foreign.RouteName}, outside of your scope ({actor.Grant.Reach}).",
                cancellationToken
            );
        var known = ids.Select(proxy.Connections.Find).OfType<LiveConnection>().ToList();
        var target =
            known.Count == 1
                ? $"connection {known[0].Id} of {known[0].Client} on route {known[0].RouteName}"
                : $"{Counted.Of(ids.Count, "connection")}: {string.Join(' ', ids.Take(100))}{(ids.Count > 100 ? " ..." : "")}";
        await NoteOrKeepAsync(actor, "connection.close", target, null, Describe(order), cancellationToken);
        var signed = Of(actor, order);
        var closed = ids.Count(id => proxy.Connections.Close(id, signed));
        log.Closed(closed, target, actor.Name, order.Code);
        return closed;
    }

    /// <summary>Begins a drain.</summary>
    public async Task<DrainStatus> DrainAsync(Actor actor, DrainOrder order, CancellationToken cancellationToken)
    {
        await MayDrainAsync(actor, "drain.start", order.Target, order.Name, cancellationToken);
        var wish = order.Leave is { } leave ? $"{Describe(leave)}, within {order.Window.TotalSeconds:0.#} s" : "open ones stay";
        await NoteOrKeepAsync(actor, "drain.start", order.Name, null, wish, cancellationToken);
        return proxy.Drains.Start(order with { By = actor.Name, Leave = order.Leave is null ? null : Of(actor, order.Leave) });
    }

    /// <summary>Ends a drain: new ones are taken again. False when there was none.</summary>
    public async Task<bool> ResumeAsync(Actor actor, DrainTarget target, CancellationToken cancellationToken)
    {
        if (proxy.Drains.Find(target) is not { } drain)
            return false;
        await MayDrainAsync(actor, "drain.end", target, drain.Order.Name, cancellationToken);
        await NoteOrKeepAsync(actor, "drain.end", drain.Order.Name, $"{drain.Remaining} open", null, cancellationToken);
        return proxy.Drains.Cancel(target);
    }

    /// <summary>Turns the inspector on, or off with everything it kept.</summary>
    public async Task TurnInspectorAsync(Actor actor, bool on, CancellationToken cancellationToken)
    {
        await OwnAsync(actor, Role.Administrator, Inspecting, on ? "inspector.on" : "inspector.off", "the inspector", cancellationToken);
        if (proxy.Inspections.Enabled == on)
            return;
        await NoteAsync(actor, on ? "inspector.on" : "inspector.off", "the inspector", null, null, cancellationToken);
        proxy.Inspections.Enabled = on;
    }

    /// <summary>Starts an inspection, or says why not.</summary>
    public async Task<(Inspection? Inspection, string? Fault)> InspectAsync(
        Actor actor,
        InspectionOrder order,
        CancellationToken cancellationToken
    )
    {
        await OwnAsync(actor, Role.Administrator, Inspecting, "inspection.start", order.About, cancellationToken);
        await NoteAsync(actor, "inspection.start", order.About, null, $"for {order.Duration.TotalSeconds:0} s", cancellationToken);
        var started = proxy.Inspections.Start(order with { By = actor.Name });
        if (started.Fault is { } fault)
            await NoteAsync(actor, "inspection.refused", order.About, null, null, cancellationToken, fault);
        return started;
    }

    /// <summary>Stops an inspection before its time. False when it was over.</summary>
    public async Task<bool> StopInspectionAsync(Actor actor, long id, CancellationToken cancellationToken)
    {
        if (proxy.Inspections.Find(id) is not { } inspection)
            return false;
        await OwnAsync(actor, Role.Administrator, Inspecting, "inspection.stop", inspection.Order.About, cancellationToken);
        await NoteAsync(actor, "inspection.stop", inspection.Order.About, null, null, cancellationToken);
        return proxy.Inspections.Stop(id);
    }

    /// <summary>A filter in words.</summary>
    public static string Describe(ConnectionFilter filter)
    {
        if (filter.IsEmpty)
            return "all connections";
        string?[] parts =
        [
            filter.Route is { } route ? $"route {route}"
            : filter.RouteId is { } id ? $"route {id}"
            : null,
            filter.Pool is { } pool ? $"pool {pool}" : null,
            filter.Server is { } server ? $"server {server}" : null,
            filter.Client is { } client ? $"client {client}" : null,
            filter.OlderThan is { } age ? $"open for {age.TotalSeconds:0} s or longer" : null,
            filter.IdleFor is { } idle ? $"idle for {idle.TotalSeconds:0} s or longer" : null,
            filter.BeforeRevision is { } revision ? $"opened before revision {revision}" : null,
            string.IsNullOrWhiteSpace(filter.Text) ? null : $"with “{filter.Text.Trim()}”",
        ];
        return "connections: " + string.Join(", ", parts.Where(part => part is not null));
    }

    // Null: no limit. What is on a route that is gone belongs to nobody's scope.
    private async Task<Func<Guid, bool>?> OwnAsync(
        Actor actor,
        Role needed,
        string deed,
        string action,
        string target,
        CancellationToken cancellationToken
    )
    {
        if (actor.Grant.Refusal(needed, deed) is { } reason)
            throw await RefusedAsync(actor, action, target, reason, cancellationToken);
        if (actor.Grant.Reach is not { IsEverything: false } scope)
            return null;
        var own = (await store.ReadOrKnownHeadAsync(cancellationToken))
            .Config.Routes.Where(scope.Covers)
            .Select(route => route.Id)
            .ToHashSet();
        return own.Contains;
    }

    private async Task MayDrainAsync(Actor actor, string action, DrainTarget target, string name, CancellationToken cancellationToken)
    {
        if (await OwnAsync(actor, Role.Operator, Draining, action, name, cancellationToken) is null)
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

    private async Task<NotAllowedException> RefusedAsync(
        Actor actor,
        string action,
        string target,
        string reason,
        CancellationToken cancellationToken
    )
    {
        await NoteOrKeepAsync(actor, action, target, null, null, cancellationToken, "not_allowed: " + reason);
        return new(reason);
    }

    private static string Describe(CloseOrder order) =>
        string.IsNullOrEmpty(order.Reason) ? $"code {order.Code}" : $"code {order.Code}, {order.Reason}";

    private static CloseOrder Of(Actor actor, CloseOrder order) => order with { By = actor.Name };

    private Task NoteAsync(
        Actor actor,
        string action,
        string target,
        string? before,
        string? after,
        CancellationToken cancellationToken,
        string result = "ok"
    ) => audit.AddAsync(Entry(actor, action, target, before, after, result), cancellationToken);

    private async Task NoteOrKeepAsync(
        Actor actor,
        string action,
        string target,
        string? before,
        string? after,
        CancellationToken cancellationToken,
        string result = "ok"
    )
    {
        if (!await audit.AddOrKeepAsync(Entry(actor, action, target, before, after, result), cancellationToken))
            log.NotInTheAuditYet(actor.Name, action, target, after ?? "", result);
    }

    private static AuditEntry Entry(Actor actor, string action, string target, string? before, string? after, string result) =>
        new()
        {
            Actor = actor.Name,
            From = actor.From,
            Action = action,
            Target = target,
            Before = before,
            After = after,
            Result = result,
        };
}

internal static partial class ConnectionControlLog
{
    [LoggerMessage(
        3401,
        LogLevel.Warning,
        "Not in the audit yet, because the database cannot be written: {Person}, {Action}, {Target}, {After}: {Result}"
    )]
    public static partial void NotInTheAuditYet(this ILogger log, string person, string action, string target, string after, string result);

    [LoggerMessage(3400, LogLevel.Information, "{Person} closed {Count} WebSockets ({Target}) with code {Code}")]
    public static partial void Closed(this ILogger log, int count, string target, string person, int code);
}
