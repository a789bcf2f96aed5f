using System.Globalization;
using Appliance.Data.Audit;
using Appliance.Data.Revisions;
using Appliance.Data.Rights;
using Appliance.Proxy;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Connections.Inspector;
using Appliance.Proxy.Items;

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
    private const string Inspecting = "Looking into messages";
    private const string KeepingHeaders = "Keeping values of headers";

    private readonly SocketNotes _notes = new(audit, log);
    private readonly SocketRights _rights = new(store, new(audit, log));

    /// <inheritdoc cref="SocketNotes.WaitingWords"/>
    public string WaitingWords => _notes.WaitingWords;

    /// <summary>
    /// Close frames to every open connection that <paramref name="filter"/> means, as far as it is on a route of the actor's scope. Returns
    /// how many were not being ended already.
    /// </summary>
    public async Task<int> CloseAsync(Actor actor, ConnectionFilter filter, CloseOrder order, CancellationToken cancellationToken)
    {
        var own = await _rights.OwnAsync(actor, Role.Operator, Closing, "connection.close", Describe(filter), cancellationToken);
        if (own is not null)
            return await CloseAsync(
                actor,
                [.. proxy.Connections.List(filter).Where(connection => own(connection.RouteId)).Select(connection => connection.Id)],
                order,
                cancellationToken
            );
        var meant = proxy.Connections.List(filter).Count;
        await _notes.AddOrKeepAsync(actor, "connection.close", Describe(filter), $"{meant} open", Describe(order), cancellationToken);
        var closed = proxy.Connections.Close(filter, Of(actor, order));
        log.Closed(closed, Describe(filter), actor.Name, order.Code);
        return closed;
    }

    /// <summary>Close frames to these connections. Returns how many were open and not being ended already.</summary>
    public async Task<int> CloseAsync(Actor actor, IReadOnlyCollection<long> ids, CloseOrder order, CancellationToken cancellationToken)
    {
        var asked = Counted.Of(ids.Count, "connection");
        if (
            await _rights.OwnAsync(actor, Role.Operator, Closing, "connection.close", asked, cancellationToken) is { } own
            && ids.Select(proxy.Connections.Find).FirstOrDefault(connection => connection is not null && !own(connection.RouteId))
                is { } foreign
        )
            throw await _rights.RefusedAsync(
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
        await _notes.AddOrKeepAsync(actor, "connection.close", target, null, Describe(order), cancellationToken);
        var signed = Of(actor, order);
        var closed = ids.Count(id => proxy.Connections.Close(id, signed));
        log.Closed(closed, target, actor.Name, order.Code);
        return closed;
    }

    /// <summary>Begins a drain of a route, a pool or a server.</summary>
    public async Task<DrainStatus> DrainAsync(Actor actor, DrainOrder order, CancellationToken cancellationToken)
    {
        await _rights.DemandDrainAsync(actor, "drain.start", order.Target, order.Name, cancellationToken);
        var wish = order.Leave is { } leave ? $"{Describe(leave)}, within {order.Window.TotalSeconds:0.#} s" : "open ones stay";
        await _notes.AddOrKeepAsync(actor, "drain.start", order.Name, null, wish, cancellationToken);
        return proxy.Drains.Start(order with { By = actor.Name, Leave = order.Leave is null ? null : Of(actor, order.Leave) });
    }

    /// <summary>Ends a drain: new ones are taken again. False when there was none.</summary>
    public async Task<bool> ResumeAsync(Actor actor, DrainTarget target, CancellationToken cancellationToken)
    {
        if (proxy.Drains.Find(target) is not { } drain)
            return false;
        await _rights.DemandDrainAsync(actor, "drain.end", target, drain.Order.Name, cancellationToken);
        await _notes.AddOrKeepAsync(actor, "drain.end", drain.Order.Name, $"{drain.Remaining} open", null, cancellationToken);
        return proxy.Drains.Cancel(target);
    }

    /// <summary>Turns the inspector on, or off with everything it kept.</summary>
    public async Task TurnInspectorAsync(Actor actor, bool on, CancellationToken cancellationToken)
    {
        await _rights.OwnAsync(
            actor,
            Role.Administrator,
            Inspecting,
            on ? "inspector.on" : "inspector.off",
            "the inspector",
            cancellationToken
        );
        if (proxy.Inspections.Enabled == on)
            return;
        await _notes.AddAsync(actor, on ? "inspector.on" : "inspector.off", "the inspector", null, null, cancellationToken);
        proxy.Inspections.Enabled = on;
    }

    /// <summary>Starts an inspection, or says why not.</summary>
    public async Task<(Inspection? Inspection, string? Fault)> InspectAsync(
        Actor actor,
        InspectionOrder order,
        CancellationToken cancellationToken
    )
    {
        await _rights.OwnAsync(actor, Role.Administrator, Inspecting, "inspection.start", order.About, cancellationToken);
        await _notes.AddAsync(actor, "inspection.start", order.About, null, $"for {order.Duration.TotalSeconds:0} s", cancellationToken);
        var started = proxy.Inspections.Start(order with { By = actor.Name });
        if (started.Fault is { } fault)
            await _notes.AddAsync(actor, "inspection.refused", order.About, null, null, cancellationToken, fault);
        return started;
    }

    /// <summary>Stops an inspection before its time. False when it was over.</summary>
    public async Task<bool> StopInspectionAsync(Actor actor, long id, CancellationToken cancellationToken)
    {
        if (proxy.Inspections.Find(id) is not { } inspection)
            return false;
        await _rights.OwnAsync(actor, Role.Administrator, Inspecting, "inspection.stop", inspection.Order.About, cancellationToken);
        await _notes.AddAsync(actor, "inspection.stop", inspection.Order.About, null, null, cancellationToken);
        return proxy.Inspections.Stop(id);
    }

    /// <summary>Keeps values of header lines of a route's requests for a time, or says why not.</summary>
    public async Task<(HeaderWatch? Watch, string? Fault)> KeepHeadersAsync(
        Actor actor,
        HeaderOrder order,
        CancellationToken cancellationToken
    )
    {
        var about = $"route {order.RouteName}";
        await _rights.OwnAsync(actor, Role.Administrator, KeepingHeaders, "headers.keep", about, cancellationToken);
        await _notes.AddAsync(actor, "headers.keep", about, null, $"for {order.Duration.TotalSeconds:0} s", cancellationToken);
        return proxy.HeaderWatches.Start(order with { By = actor.Name });
    }

    /// <summary>Ends it before its time; what was kept is forgotten. False when there was nothing.</summary>
    public async Task<bool> ForgetHeadersAsync(Actor actor, Guid route, string routeName, CancellationToken cancellationToken)
    {
        var about = $"route {routeName}";
        await _rights.OwnAsync(actor, Role.Administrator, KeepingHeaders, "headers.forget", about, cancellationToken);
        await _notes.AddAsync(actor, "headers.forget", about, null, null, cancellationToken);
        return proxy.HeaderWatches.Stop(route);
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

    private static string Describe(CloseOrder order) =>
        string.IsNullOrEmpty(order.Reason) ? $"code {order.Code}" : $"code {order.Code}, {order.Reason}";

    private static CloseOrder Of(Actor actor, CloseOrder order) => order with { By = actor.Name };
}

internal static partial class ConnectionControlLog
{
    [LoggerMessage(3400, LogLevel.Information, "{Person} closed {Count} WebSockets ({Target}) with code {Code}")]
    public static partial void Closed(this ILogger log, int count, string target, string person, int code);
}
