using Appliance.Proxy.Traffic;

namespace Appliance.Data.Figures;

/// <summary>What one item carried in a span of time. Immutable; those of several spans can be added.</summary>
public sealed record FigurePoint
{
    /// <summary>It carried nothing.</summary>
    public static FigurePoint None { get; } = new();

    /// <summary>Answers 1xx: WebSockets that ended.</summary>
    public long Informational { get; init; }

    /// <summary>Answers 2xx.</summary>
    public long Success { get; init; }

    /// <summary>Answers 3xx.</summary>
    public long Redirection { get; init; }

    /// <summary>Answers 4xx.</summary>
    public long ClientErrors { get; init; }

    /// <summary>Answers 5xx.</summary>
    public long ServerErrors { get; init; }

    /// <summary>Bytes of request bodies.</summary>
    public long BytesIn { get; init; }

    /// <summary>Bytes of response bodies.</summary>
    public long BytesOut { get; init; }

    /// <summary>WebSockets that opened.</summary>
    public long SocketsOpened { get; init; }

    /// <summary>The most WebSockets that were open at the same time, by a look every second.</summary>
    public long MostSockets { get; init; }

    /// <summary>WebSocket messages, both ways.</summary>
    public long Messages { get; init; }

    /// <summary>Bytes of WebSockets, both ways, with frame headers.</summary>
    public long SocketBytes { get; init; }

    /// <summary>How long its requests took.</summary>
    public LatencyCounts Latencies { get; init; } = LatencyCounts.None;

    /// <summary>Finished requests of every class.</summary>
    public long Requests => Informational + Success + Redirection + ClientErrors + ServerErrors;

    /// <summary>Bytes of any kind, both ways.</summary>
    public long Bytes => BytesIn + BytesOut + SocketBytes;

    /// <summary>True when nothing was carried and no WebSocket was open.</summary>
    public bool IsNothing => Requests == 0 && MostSockets == 0 && SocketsOpened == 0 && Messages == 0 && Bytes == 0;

    /// <summary>
    /// What was carried between two readings of the same counters. Counters never fall; one that did counts as no growth.
    /// </summary>
    public static FigurePoint Between(in TrafficCounts before, in TrafficCounts now) =>
        new()
        {
            Informational = Growth(before.Informational, now.Informational),
            Success = Growth(before.Success, now.Success),
            Redirection = Growth(before.Redirection, now.Redirection),
            ClientErrors = Growth(before.ClientErrors, now.ClientErrors),
            ServerErrors = Growth(before.ServerErrors, now.ServerErrors),
            BytesIn = Growth(before.BytesIn, now.BytesIn),
            BytesOut = Growth(before.BytesOut, now.BytesOut),
            SocketsOpened = Growth(before.SocketsOpened, now.SocketsOpened),
            Messages = Growth(before.Messages, now.Messages),
            SocketBytes = Growth(
                before.SocketBytesToClient + before.SocketBytesToServer,
                now.SocketBytesToClient + now.SocketBytesToServer
            ),
        };

    /// <summary>Both together: sums, and the greater of the two <see cref="MostSockets"/>.</summary>
    public FigurePoint Add(FigurePoint other) =>
        new()
        {
            Informational = Informational + other.Informational,
            Success = Success + other.Success,
            Redirection = Redirection + other.Redirection,
            ClientErrors = ClientErrors + other.ClientErrors,
            ServerErrors = ServerErrors + other.ServerErrors,
            BytesIn = BytesIn + other.BytesIn,
            BytesOut = BytesOut + other.BytesOut,
            SocketsOpened = SocketsOpened + other.SocketsOpened,
            MostSockets = Math.Max(MostSockets, other.MostSockets),
            Messages = Messages + other.Messages,
            SocketBytes = SocketBytes + other.SocketBytes,
            Latencies = Latencies.Add(other.Latencies),
        };

    private static long Growth(long before, long now) => Math.Max(0, now - before);
}
