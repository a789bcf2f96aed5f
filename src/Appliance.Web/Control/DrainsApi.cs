using Appliance.Data.Accounts;
using Appliance.Data.Revisions;
using Appliance.Proxy;
using Appliance.Proxy.Config;
using Appliance.Proxy.Tunnels;
using Appliance.Proxy.Variables;
using Appliance.Web.Connections;
using Appliance.Web.Hosting;

namespace Appliance.Web.Control;

/// <summary>Drains for the command line: names of the newest revision in, what came of it out.</summary>
public sealed class DrainsApi(ConfigStore store, ProxyHost proxy, ConnectionControl deeds)
{
    /// <summary>Everything that is being drained, the oldest first.</summary>
    public async Task<IReadOnlyList<DrainLine>> ListAsync(CancellationToken cancellationToken)
    {
        var drains = proxy.Drains.List();
        if (drains.Count == 0)
            return [];
        var config = (await store.ReadHeadAsync(cancellationToken)).Config;
        return [.. drains.Select(one => DrainLine.Of(one, DrainTargets.NameOf(config, one.Order)))];
    }

    /// <summary>Begins a drain.</summary>
    public async Task<DrainAnswer> StartAsync(DrainRequest request, CancellationToken cancellationToken)
    {
        if (request.Fault() is { } fault)
            return new(ExitCodes.Usage, fault);
        var config = (await store.ReadHeadAsync(cancellationToken)).Config;
        var (target, problem) = Find(config, request);
        if (target is not { } known)
            return new(ExitCodes.Problems, problem);
        var name = DrainTargets.NameOf(config, known) ?? request.Name;
        var order = new DrainOrder { Target = known, Name = name, Leave = request.Order(), Window = request.Leave ? request.Spread() : TimeSpan.Zero, By = request.Author };
        var warning = known.Kind == DrainKind.Server ? DrainTargets.Alone(config.UpstreamPools.First(pool => pool.Id == known.Id), known.Server, proxy.Drains.List()) : null;
        var status = await deeds.DrainAsync(Actor.Local(request.Author), order, cancellationToken);
        return new(ExitCodes.Ok, Summary(status, name), warning, DrainLine.Of(status, name));
    }

    /// <summary>Ends a drain.</summary>
    public async Task<DrainAnswer> CancelAsync(DrainRequest request, CancellationToken cancellationToken)
    {
        var config = (await store.ReadHeadAsync(cancellationToken)).Config;
        var (target, problem) = Find(config, request);

        // What was deleted meanwhile can still be taken back by the name it had.
        var running = proxy.Drains.List();
        var drain = running.FirstOrDefault(one => one.Order.Target == target)
            ?? running.FirstOrDefault(one => target is null && one.Order.Target.Kind == request.Kind && NameThen(one.Order).Equals(request.Name, StringComparison.OrdinalIgnoreCase));
        if (drain is null)
            return new(ExitCodes.Problems, target is { } known ? $"{Capital(DrainTargets.NameOf(config, known) ?? request.Name)} is not being drained." : problem);
        await deeds.ResumeAsync(Actor.Local(request.Author), drain.Order.Target, cancellationToken);
        return new(ExitCodes.Ok, $"{Capital(DrainTargets.NameOf(config, drain.Order))} takes new ones again.");
    }

    private static (DrainTarget? Target, string Problem) Find(ProxyConfig config, DrainRequest request) => request.Kind switch
    {
        DrainKind.Route => config.Routes.FirstOrDefault(route => Same(route.Name, request.Name)) is { } route
            ? (DrainTargets.Of(route), "")
            : (null, $"There is no route {request.Name}.{NearestName.Hint(request.Name, config.Routes.Select(one => one.Name))}"),
        DrainKind.Pool => config.UpstreamPools.FirstOrDefault(pool => Same(pool.Name, request.Name)) is { } pool
            ? (DrainTargets.Of(pool), "")
            : (null, NoPool(config, request.Name)),
        _ => FindServer(config, request),
    };

    private static (DrainTarget? Target, string Problem) FindServer(ProxyConfig config, DrainRequest request)
    {
        if (request.Pool is { } wanted && !config.UpstreamPools.Any(pool => Same(pool.Name, wanted)))
            return (null, NoPool(config, wanted));

        // As in a form: 10.0.0.1:8080 means http.
        var address = request.Name.Contains("://", StringComparison.Ordinal) ? request.Name : "http://" + request.Name;
        var pools = config.UpstreamPools.Where(pool => request.Pool is null || Same(pool.Name, request.Pool)).ToList();
        var found = pools.SelectMany(pool => pool.Servers.Where(server => Same(server.Address, address)).Take(1).Select(server => (Pool: pool, server.Address))).ToList();
        return found.Count switch
        {
            1 => (DrainTargets.Of(found[0].Pool, found[0].Address), ""),
            0 => (null, $"There is no server {address}{(request.Pool is { } name ? $" in pool {name}" : "")}.{NearestName.Hint(address, pools.SelectMany(pool => pool.Servers).Select(server => server.Address))}"),
            _ => (null, $"Server {address} is in pools {string.Join(", ", found.Select(one => one.Pool.Name))}; say which with --pool."),
        };
    }

    private static string NoPool(ProxyConfig config, string name) => $"There is no pool {name}.{NearestName.Hint(name, config.UpstreamPools.Select(pool => pool.Name))}";

    private static string Summary(DrainStatus status, string name)
    {
        var open = status.AtStart == 1 ? "1 WebSocket" : $"{status.AtStart} WebSockets";
        var rest = status.Order.Leave is { } leave
            ? $"{open} asked to leave with code {leave.Code}{(status.Order.Window > TimeSpan.Zero ? $" within {NginxTime.Format(status.Order.Window)}" : " at once")}"
            : $"{open} open, which may stay";
        return $"Draining {name}: {rest}.";
    }

    // "route chat" -> "chat"; "server ADDRESS of pool chat" -> "ADDRESS".
    private static string NameThen(DrainOrder order) => order.Target.Kind == DrainKind.Server ? order.Target.Server : order.Name[(order.Name.IndexOf(' ', StringComparison.Ordinal) + 1)..];

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static bool Same(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);
}
