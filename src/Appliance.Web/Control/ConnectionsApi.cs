using Appliance.Data.Rights;
using Appliance.Proxy;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Items;
using Appliance.Web.Sockets;
using Appliance.Web.Startup;

namespace Appliance.Web.Control;

/// <summary>What the command line can ask about open WebSockets, and do to them. Only a running process has any.</summary>
public sealed class ConnectionsApi(ProxyHost proxy, ConnectionControl deeds)
{
    /// <summary>Those that the query means, and how many there are without the limit.</summary>
    public (int Total, IReadOnlyList<ConnectionLine> Lines) List(ConnectionFilter filter, string? sort, bool descending, int? limit)
    {
        var found = proxy.Connections.List(filter);
        return (found.Count, [.. ConnectionOrder.Sort(found, sort, descending).Take(limit ?? int.MaxValue).Select(ConnectionLine.Of)]);
    }

    /// <summary>Those that ended last, the newest first.</summary>
    public (int Total, IReadOnlyList<EndedLine> Lines) Ended(ConnectionFilter filter, int? limit)
    {
        var found = proxy.Connections.Closed.List().Where(filter.Matches).ToList();
        return (found.Count, [.. found.Take(limit ?? int.MaxValue).Select(EndedLine.Of)]);
    }

    /// <summary>Handshakes that became no connection, the newest first.</summary>
    public (int Total, IReadOnlyList<RefusedLine> Lines) Refused(ConnectionFilter filter, int? limit)
    {
        var found = proxy.Connections.Failed.List().Where(filter.Matches).ToList();
        return (found.Count, [.. found.Take(limit ?? int.MaxValue).Select(RefusedLine.Of)]);
    }

    /// <summary>Closes, or says how many it would close.</summary>
    public async Task<CloseAnswer> CloseAsync(CloseRequest request, CancellationToken cancellationToken)
    {
        if (request.Fault() is { } fault)
            return new(ExitCodes.Usage, fault, 0, 0, []);
        var filter = request.Filter.Read().Filter;
        var notOpen = request.Ids.Where(id => proxy.Connections.Find(id) is null).ToList();
        var matched =
            request.Ids.Count > 0 ? request.Ids.Distinct().Count() - notOpen.Distinct().Count() : proxy.Connections.List(filter).Count;
        if (matched == 0)
            return new(
                ExitCodes.Problems,
                request.Ids.Count > 0 ? "None of these is open; nothing was closed." : "No open WebSocket matches; nothing was closed.",
                0,
                0,
                notOpen
            );
        if (request.DryRun)
            return new(ExitCodes.Ok, $"Dry run: this would close {Some(matched)} with code {request.Code}.", matched, 0, notOpen);
        var actor = Actor.Local(request.Author);
        var closed =
            request.Ids.Count > 0
                ? await deeds.CloseAsync(actor, [.. request.Ids.Distinct()], request.Order(), cancellationToken)
                : await deeds.CloseAsync(actor, filter, request.Order(), cancellationToken);
        return new(ExitCodes.Ok, Summary(matched, closed, request.Code) + deeds.WaitingWords, matched, closed, notOpen);
    }

    private static string Summary(int matched, int closed, int code) =>
        closed >= matched
            ? $"Closed {Some(closed)} with code {code}."
            : $"Closed {Some(closed)} with code {code}; {matched - closed} more were ending already.";

    private static string Some(int count) => Counted.Of(count, "WebSocket");
}
