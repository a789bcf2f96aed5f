using Appliance.Data.Figures;
using Appliance.Data.Revisions;
using Appliance.Proxy.Config;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.Upstreams;

namespace Appliance.Web.Live;

/// <summary>What the console shows now. Immutable, shared by every open page.</summary>
/// <param name="At">When it was made, UTC.</param>
/// <param name="Head">The newest stored revision.</param>
/// <param name="StoreProblem">Why the database could not be read or written, or its copy not be made: a sentence; null: it could.</param>
/// <param name="Recent">The newest revisions, newest first.</param>
/// <param name="Report">What this node runs.</param>
/// <param name="Traffic">What it carried in the last second and 15 minutes.</param>
/// <param name="Upstreams">Pools and servers in the last second.</param>
/// <param name="OpenSockets">WebSockets open now.</param>
public sealed record ConsoleView(
    DateTimeOffset At,
    ConfigRevision Head,
    string? StoreProblem,
    IReadOnlyList<RevisionRow> Recent,
    NodeReport Report,
    TrafficView Traffic,
    UpstreamView Upstreams,
    int OpenSockets
)
{
    /// <summary>Older figures than this are called stale.</summary>
    public static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(5);

    /// <summary>True: <see cref="StoreProblem"/> is about writing alone, and what is shown is what is stored.</summary>
    public bool IsReadable { get; init; }

    /// <summary>Open WebSockets by pool and server; counted when first asked for.</summary>
    public Lazy<Dictionary<(string Pool, string Server), int>> SocketsByServer { get; init; } = new([]);

    /// <summary>The open WebSockets, oldest first; read when first asked for.</summary>
    public Lazy<IReadOnlyList<LiveConnection>> Sockets { get; init; } = new(Array.Empty<LiveConnection>());

    /// <summary>The WebSockets that ended last, newest first; copied when first asked for.</summary>
    public Lazy<IReadOnlyList<LiveConnection>> Ended { get; init; } = new(Array.Empty<LiveConnection>());

    /// <summary>What is being drained, the oldest first; counted when first asked for.</summary>
    public Lazy<IReadOnlyList<DrainStatus>> Drains { get; init; } = new(Array.Empty<DrainStatus>());

    /// <summary>What every item carried in the last minutes; asked for one item at a time.</summary>
    public FigureMeter Meter { get; init; } = new();

    /// <summary>The certificates and their state.</summary>
    public ShelfFacts Shelf { get; init; } = ShelfFacts.None;

    /// <summary>True for a route, pool or server that is being drained.</summary>
    public bool IsDrained(DrainTarget target) => Drains.Value.Any(drain => drain.Order.Target == target);

    /// <summary>Servers that failed too often, and have answered nothing since.</summary>
    public int FailingServers => _failing ??= Upstreams.Pools.Values.Sum(pool => pool.Servers.Count(server => server.IsFailing));

    /// <summary>Why the newest revision is not live, or null.</summary>
    public string? NotLive =>
        Report.RunningRevision >= Head.Number
            ? Report.Problems.Count == 0
                ? null
                : $"{Report.Problems.Count} left out: {Report.Problems[0].Message}"
            : Report.Refusal ?? "being applied";

    /// <summary>What somebody should look at, in a few words, or null.</summary>
    public string? Attention =>
        StoreProblem is not null
            ? IsReadable
                ? "nothing can be saved"
                : "database away"
            : NotLive is not null && Report.Refusal is not null
                ? "a revision was refused"
                : IsStale
                    ? "figures are old"
                    : null;

    /// <summary>True when the proxy's figures are older than <see cref="FreshFor"/>.</summary>
    public bool IsStale => Traffic.At != DateTimeOffset.MinValue && At - Traffic.At > FreshFor;

    /// <summary>
    /// What <paramref name="derive"/> makes of this view, worked out when first asked for, once for everybody. One kind of figure has one
    /// derivation.
    /// </summary>
    public T Once<T>(Func<ConsoleView, T> derive)
        where T : notnull => _figures.Once(this, derive);

    private readonly Figures _figures = new();
    private int? _failing;
}
