using Appliance.Data.Revisions;
using Appliance.Data.Rights;
using Appliance.Proxy;
using Appliance.Proxy.Config;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Items;
using Appliance.Web.Sockets;
using Appliance.Web.Startup;

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
        var config = (await store.ReadOrKnownHeadAsync(cancellationToken)).Config;
        return [.. drains.Select(drain => DrainLine.Of(drain, DrainTargets.NameOf(config, drain.Order)))];
    }

    /// <summary>Begins a drain; of a server with <see cref="DrainRequest.AllPools"/> one in each pool.</summary>
    public async Task<DrainAnswer> StartAsync(DrainRequest request, CancellationToken cancellationToken)
    {
        if (request.Fault() is { } fault)
            return new(ExitCodes.Usage, fault);
        var config = (await store.ReadOrKnownHeadAsync(cancellationToken)).Config;
        var (targets, problem) = Find(config, request);
        if (targets.Count == 0)
            return new(ExitCodes.Problems, problem);
        var (begun, warnings) = (new List<DrainLine>(), new List<string>());
        DrainStatus? last = null;
        foreach (var target in targets)
        {
            var name = DrainTargets.NameOf(config, target) ?? request.Name;
            var order = new DrainOrder
            {
                Target = target,
                Name = name,
                Leave = request.Order(),
                Window = request.Leave ? request.Spread() : TimeSpan.Zero,
                By = request.Author,
            };
            if (
                target.Kind == DrainKind.Server
                && DrainTargets.Alone(config.UpstreamPools.First(pool => pool.Id == target.Id), target.Server, proxy.Drains.List())
                    is { } warning
            )
                warnings.Add(warning);
            begun.Add(DrainLine.Of(last = await deeds.DrainAsync(Actor.Local(request.Author), order, cancellationToken), name));
        }

        var what = begun.Count == 1 ? begun[0].Name : $"server {targets[0].Server} of pools {PoolsOf(config, targets)}";
        return new(
            ExitCodes.Ok,
            Summary(last!.Order, begun.Sum(drain => drain.AtStart), what) + deeds.WaitingWords,
            warnings.Count == 0 ? null : string.Join(' ', warnings),
            begun.Count == 1 ? begun[0] : null,
            begun
        );
    }

    /// <summary>Ends a drain; of a server with <see cref="DrainRequest.AllPools"/> those of each pool.</summary>
    public async Task<DrainAnswer> CancelAsync(DrainRequest request, CancellationToken cancellationToken)
    {
        var config = (await store.ReadOrKnownHeadAsync(cancellationToken)).Config;
        var (targets, problem) = Find(config, request with { AllPools = request.Pool is null });

        // What was deleted meanwhile can still be taken back by the name it had.
        var running = proxy.Drains.List();
        var meant = running.Where(drain => targets.Contains(drain.Order.Target)).ToList();
        if (meant.Count == 0 && targets.Count == 0)
        {
            var then = request.Kind == DrainKind.Server ? AddressOf(request) : request.Name;
            meant = [.. running.Where(drain => drain.Order.Target.Kind == request.Kind && Same(NameThen(drain.Order), then))];
        }

        if (meant.Count == 0)
        {
            return new(
                ExitCodes.Problems,
                targets.Count > 0
                    ? $"{Capital(targets.Count == 1 ? DrainTargets.NameOf(config, targets[0]) ?? request.Name : $"server {AddressOf(request)}")} is not being drained."
                    : problem
            );
        }

        if (meant.Count > 1 && !request.AllPools)
        {
            return new(
                ExitCodes.Problems,
                $"{Capital(string.Join(" and ", meant.Select(drain => DrainTargets.NameOf(config, drain.Order))))} are being drained; say "
                    + "which with --pool, or all with --all-pools."
            );
        }

        foreach (var status in meant)
            await deeds.ResumeAsync(Actor.Local(request.Author), status.Order.Target, cancellationToken);
        return new(
            ExitCodes.Ok,
            meant.Count == 1
                ? $"{Capital(DrainTargets.NameOf(config, meant[0].Order))} accepts new connections again.{deeds.WaitingWords}"
                : $"Server {meant[0].Order.Target.Server} accepts new connections again in {meant.Count} pools.{deeds.WaitingWords}"
        );
    }

    private static (IReadOnlyList<DrainTarget> Targets, string Problem) Find(ProxyConfig config, DrainRequest request) =>
        request.Kind switch
        {
            DrainKind.Route => config.Routes.FirstOrDefault(route => Same(route.Name, request.Name)) is { } route
                ? ([DrainTargets.Of(route)], "")
                : ([], $"There is no route {request.Name}.{NearestName.Hint(request.Name, config.Routes.Select(known => known.Name))}"),
            DrainKind.Pool => config.UpstreamPools.FirstOrDefault(pool => Same(pool.Name, request.Name)) is { } pool
                ? ([DrainTargets.Of(pool)], "")
                : ([], NoPool(config, request.Name)),
            _ => FindServer(config, request),
        };

    private static (IReadOnlyList<DrainTarget> Targets, string Problem) FindServer(ProxyConfig config, DrainRequest request)
    {
        if (request.Pool is { } wanted && !config.UpstreamPools.Any(pool => Same(pool.Name, wanted)))
            return ([], NoPool(config, wanted));
        var address = AddressOf(request);
        var pools = config.UpstreamPools.Where(pool => request.Pool is null || Same(pool.Name, request.Pool)).ToList();
        var found = DrainTargets.Everywhere(pools, address);
        if (found.Count == 0)
        {
            var where = request.Pool is { } name ? $" in pool {name}" : "";
            return (
                [],
                "There is no server "
                    + $"{address}{where}.{NearestName.Hint(address, pools.SelectMany(pool => pool.Servers).Select(server => server.Address))}"
            );
        }

        return found.Count == 1 || request.AllPools
            ? (found, "")
            : (
                [],
                $"Server {address} is in pools {PoolsOf(config, found)}; say which with --pool, or drain it in all of them with "
                    + "--all-pools."
            );
    }

    // As in a form: 10.0.0.1:8080 means http.
    private static string AddressOf(DrainRequest request) =>
        request.Name.Contains("://", StringComparison.Ordinal) ? request.Name : "http://" + request.Name;

    private static string PoolsOf(ProxyConfig config, IEnumerable<DrainTarget> targets) =>
        string.Join(", ", targets.Select(target => config.UpstreamPools.First(pool => pool.Id == target.Id).Name));

    private static string NoPool(ProxyConfig config, string name) =>
        $"There is no pool {name}.{NearestName.Hint(name, config.UpstreamPools.Select(pool => pool.Name))}";

    private static string Summary(DrainOrder order, int atStart, string name)
    {
        var open = Counted.Of(atStart, "WebSocket");
        var rest = order.Leave is { } leave
            ? $"{open} asked to leave with code "
                + $"{leave.Code}{(order.Window > TimeSpan.Zero ? $" within {NginxTime.Format(order.Window)}" : " immediately")}"
            : $"{open} open, which may stay";
        return $"Draining {name}: {rest}.";
    }

    // "route chat" -> "chat"; "server ADDRESS of pool chat" -> "ADDRESS".
    private static string NameThen(DrainOrder order) =>
        order.Target.Kind == DrainKind.Server ? order.Target.Server : order.Name[(order.Name.IndexOf(' ', StringComparison.Ordinal) + 1)..];

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static bool Same(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);
}
