using Appliance.Data.Notices;
using Appliance.Proxy.Upstreams;
using Appliance.Web.Live;

namespace Appliance.Web.Troubles;

/// <summary>Servers that are down, and pools without a server that answers.</summary>
public sealed class UpstreamTroubles : ITroubleSource
{
    /// <inheritdoc/>
    public IReadOnlyList<TroubleKind> Kinds { get; } = [TroubleKind.Pool, TroubleKind.Server];

    /// <inheritdoc/>
    public IEnumerable<Trouble> Of(ConsoleView view, IReadOnlySet<string> open)
    {
        foreach (var pool in view.Upstreams.Pools.Values)
        {
            var failing = Failing(pool);
            var unsure = pool.Servers.Where(server => IsUnsure(server, isAsked: open.Count > 0)).ToList();
            if (failing.Count + unsure.Count == 0)
                continue;
            var path = $"/pools/{pool.Pool.Id}";
            var id = $"pool/{pool.Pool.Id}";
            var isDead = IsDead(pool);
            var isPools = isDead || !pool.Servers.Any(Answers);
            if (isPools)
                yield return new()
                {
                    Id = id,
                    Kind = TroubleKind.Pool,
                    Severity = NoticeSeverity.Critical,
                    Sentence = DeadSentence(pool),
                    Path = path,
                    Since = failing.Max(server => server.FailingSince),
                    IsUnsure = !isDead,
                };
            foreach (var server in failing.Concat(unsure))
                yield return new()
                {
                    Id = $"server/{pool.Pool.Id}/{server.Address}",
                    Kind = TroubleKind.Server,
                    Severity = NoticeSeverity.Warning,
                    Sentence = $"Server {server.Address} of pool {pool.Pool.Name} is down.{Why(server)}",
                    Path = path,
                    Since = server.FailingSince,
                    PartOf = isPools ? id : null,
                    IsUnsure = !server.IsFailing,
                };
        }
    }

    /// <summary>The servers of a pool that are out of service because they fail.</summary>
    public static IReadOnlyList<ServerView> Failing(PoolView pool) => [.. pool.Servers.Where(server => server.IsFailing)];

    /// <summary>True for a pool of which every server fails or is switched off, and at least one fails.</summary>
    public static bool IsDead(PoolView pool) =>
        pool.Servers.All(server => server.IsFailing || server.Condition is ServerCondition.Down)
        && pool.Servers.Any(server => server.IsFailing);

    /// <summary>What a dead pool is said to be, with the reason of its first server.</summary>
    public static string DeadSentence(PoolView pool) =>
        $"No server of pool {pool.Pool.Name} answers.{(Failing(pool) is [var first, ..] ? Why(first) : "")}";

    /// <summary>Why a server failed last, with a blank before it, or nothing.</summary>
    public static string Why(ServerView server) => server.LastError is { } error ? " " + error : "";

    // One that may be chosen again, or is drained, and has answered nothing since it failed. One that nothing was asked of may have been
    // down before a restart, and takes time to look at: only when somebody was told of anything.
    private static bool IsUnsure(ServerView server, bool isAsked) =>
        server.Condition switch
        {
            ServerCondition.Up or ServerCondition.Full or ServerCondition.Draining => server.FailingSince is not null,
            ServerCondition.Untried => isAsked,
            _ => false,
        };

    private static bool Answers(ServerView server) =>
        server is { FailingSince: null, Condition: ServerCondition.Up or ServerCondition.Full or ServerCondition.Draining };
}
