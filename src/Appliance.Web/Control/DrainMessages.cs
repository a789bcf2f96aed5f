using Appliance.Proxy.Connections;
using Appliance.Proxy.Items;

namespace Appliance.Web.Control;

/// <summary>What to drain or to take back, by the names people use.</summary>
public sealed record DrainRequest
{
    private static readonly TimeSpan _longestWindow = TimeSpan.FromDays(1);

    /// <summary>Over how long it is spread when nobody says: as the console suggests.</summary>
    public const string StandardWindow = "60s";

    /// <summary>Route, pool or server.</summary>
    public required DrainKind Kind { get; init; }

    /// <summary>The route's or the pool's name, or the server's address.</summary>
    public required string Name { get; init; }

    /// <summary>The server's pool, when several pools have it.</summary>
    public string? Pool { get; init; }

    /// <summary>The server in every pool that has it, instead of <see cref="Pool"/>.</summary>
    public bool AllPools { get; init; }

    /// <summary>Ask open WebSockets to leave; false: they stay.</summary>
    public bool Leave { get; init; }

    /// <summary>The close code they are told.</summary>
    public int Code { get; init; } = CloseOrder.GoingAway;

    /// <summary>The reason beside it, or null.</summary>
    public string? Reason { get; init; }

    /// <summary>Over how long the asking is spread, in nginx's syntax; null: <see cref="StandardWindow"/>.</summary>
    public string? Window { get; init; }

    /// <summary>The name of the person who asks, for the audit.</summary>
    public string Author { get; init; } = "local";

    /// <summary>What is wrong with it, a sentence, or null.</summary>
    public string? Fault() =>
        Window is not null && (!NginxTime.TryParse(Window, out var window) || window > _longestWindow)
            ? $"\"{Window}\" is not a window; it is a time of at most 1d, as 60s."
            : CloseOrder.Fault(Code, Reason);

    /// <summary>What open ones are told, or null.</summary>
    public CloseOrder? Order() => Leave ? new(TunnelEnd.Drain, Code, Reason) : null;

    /// <summary>The window as a time.</summary>
    public TimeSpan Spread() => NginxTime.TryParse(Window ?? StandardWindow, out var window) ? window : TimeSpan.Zero;
}

/// <summary>The answer to a request to drain, or to end a drain.</summary>
/// <param name="ExitCode">0 done, 1 there is no such thing or no such drain, 64 the request was not understood.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Warning">What somebody should know besides, or null.</param>
/// <param name="Drain">The drain, when one began; null when several did.</param>
/// <param name="Drains">Every drain that began.</param>
public sealed record DrainAnswer(
    int ExitCode,
    string Summary,
    string? Warning = null,
    DrainLine? Drain = null,
    IReadOnlyList<DrainLine>? Drains = null
);

/// <summary>One drain as of now, for people and scripts.</summary>
/// <param name="Kind">route, pool or server.</param>
/// <param name="Name">As people read it: <c>route chat</c>, <c>server http://10.0.0.1:80 of pool chat</c>.</param>
/// <param name="Server">The server's address; null for a route or a pool.</param>
/// <param name="StartedUtc">When it began.</param>
/// <param name="AtStart">WebSockets that were open then.</param>
/// <param name="Remaining">WebSockets that are open now.</param>
/// <param name="Leave">True when open ones are asked to leave.</param>
/// <param name="Code">The close code they are told; 0: they stay.</param>
/// <param name="Reason">The reason beside it, or null.</param>
/// <param name="WindowSeconds">Over how long the asking is spread.</param>
/// <param name="SecondsLeft">Until everybody has been asked; 0 after that, and when they stay.</param>
/// <param name="By">Who began it.</param>
/// <param name="Id">The identity of the route, or of the pool.</param>
public sealed record DrainLine(
    DrainKind Kind,
    string Name,
    string? Server,
    DateTime StartedUtc,
    int AtStart,
    int Remaining,
    bool Leave,
    int Code,
    string? Reason,
    double WindowSeconds,
    double SecondsLeft,
    string By,
    Guid Id
)
{
    /// <summary>Reads a drain; <paramref name="name"/> is what it is called now.</summary>
    public static DrainLine Of(DrainStatus drain, string name) =>
        new(
            drain.Order.Target.Kind,
            name,
            drain.Order.Target.Kind == DrainKind.Server ? drain.Order.Target.Server : null,
            drain.Started.UtcDateTime,
            drain.AtStart,
            drain.Remaining,
            drain.Order.Leave is not null,
            drain.Order.Leave?.Code ?? 0,
            drain.Order.Leave?.Reason,
            drain.Order.Leave is null ? 0 : drain.Order.Window.TotalSeconds,
            Math.Round(drain.TimeLeft.TotalSeconds, 1),
            drain.Order.By,
            drain.Order.Target.Id
        );
}
