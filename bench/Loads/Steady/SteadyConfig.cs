using System.Text.Json;
using Appliance.Bench.Peers;
using Appliance.Web.Control;
using Appliance.Web.Startup;

namespace Appliance.Bench.Loads.Steady;

/// <summary>
/// The config of a steady run: routes that stay, and some that come and go under names, with pools, that were never there before.
/// </summary>
internal sealed class SteadyConfig(RunningNode node, int routes, int backend)
{
    /// <summary>How many come and go at a time.</summary>
    public const int Passing = 5;

    private int _made;

    /// <summary>The host of a route that stays.</summary>
    public string Host(int route) => $"host-{route % routes}.example.com";

    /// <summary>Puts other passing routes in the place of those before; their names are their hosts' first labels.</summary>
    public async Task<string[]> ReplacePassingAsync(CancellationToken cancellationToken)
    {
        string[] names = [.. Enumerable.Range(0, Passing).Select(_ => $"passing-{Interlocked.Increment(ref _made)}")];
        await ApplyAsync(names, cancellationToken);
        return names;
    }

    public Task ApplyAsync(IReadOnlyList<string> passing, CancellationToken cancellationToken) =>
        ApplyAsync(passing, tries: 5, cancellationToken);

    /// <summary>Drains a passing route, a server and lets both go with their route, or takes the drain back.</summary>
    public async Task DrainAsync(string passing, bool isTakenBack, CancellationToken cancellationToken)
    {
        var request = new DrainRequest
        {
            Kind = Proxy.Connections.DrainKind.Route,
            Name = passing,
            Leave = true,
            Window = "1s",
        };
        Demand((await node.DrainAsync(request, cancellationToken)) is { ExitCode: 0 }, "drain");
        if (isTakenBack)
            Demand((await node.CancelDrainAsync(request, cancellationToken)) is { ExitCode: 0 }, "drain cancel");
    }

    /// <summary>Closes every WebSocket of a passing route.</summary>
    public Task CloseAsync(string passing, CancellationToken cancellationToken) =>
        node.CloseAsync(
            new()
            {
                Filter = new() { Route = passing },
                Deadline = "1s",
            },
            cancellationToken
        );

    public static Task<RunningNode?> ConnectAsync(Peer peer, CancellationToken cancellationToken) =>
        RunningNode.TryConnectAsync(Path.Combine(peer.Folder, "data"), cancellationToken);

    private async Task ApplyAsync(IReadOnlyList<string> passing, int tries, CancellationToken cancellationToken)
    {
        var document = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                routes = Enumerable
                    .Range(0, routes)
                    .Select(route => RouteOf($"route-{route}", Host(route), $"pool-{route / 10}"))
                    .Concat(passing.Select(name => RouteOf(name, $"{name}.example.com", name))),
                upstreamPools = Enumerable
                    .Range(0, (routes + 9) / 10)
                    .Select(pool => PoolOf($"pool-{pool}"))
                    .Concat(passing.Select(PoolOf)),
            }
        );
        for (var left = tries; ; left--)
        {
            var answer = await node.ApplyAsync(document, dryRun: false, "bench", "steady", cancellationToken);
            if (answer.ExitCode == ExitCodes.Ok)
                return;
            Demand(left > 0, "apply: " + answer.Summary);
        }
    }

    // Those that stand through the whole run say nothing, and are not asked whether they are there.
    private static object RouteOf(string name, string host, string pool) =>
        new
        {
            name,
            hosts = new[] { host },
            action = new { kind = "proxy", pool },
            webSocket = new { idleTimeout = "1d" },
        };

    private object PoolOf(string name) => new { name, servers = new[] { new { address = $"http://127.0.0.1:{backend}" } } };

    private static void Demand(bool isSo, string what)
    {
        if (!isSo)
            throw new InvalidOperationException($"The steady run could not go on: {what}");
    }
}
