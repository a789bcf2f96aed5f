namespace Appliance.Proxy.Traffic;

/// <summary>One reading of the counters. Bytes of requests are bodies; bytes of WebSockets are wire bytes with frame headers.</summary>
/// <param name="Informational">Answers 1xx (opened WebSockets are 101).</param>
/// <param name="Success">Answers 2xx.</param>
/// <param name="Redirection">Answers 3xx.</param>
/// <param name="ClientErrors">Answers 4xx.</param>
/// <param name="ServerErrors">Answers 5xx.</param>
/// <param name="Active">Requests being served now, open WebSockets included.</param>
/// <param name="BytesIn">Request bodies.</param>
/// <param name="BytesOut">Response bodies.</param>
/// <param name="SocketsOpen">WebSockets open now.</param>
/// <param name="SocketsOpened">WebSockets opened since the start.</param>
/// <param name="MessagesToClient">WebSocket messages to clients.</param>
/// <param name="MessagesToServer">WebSocket messages to servers.</param>
/// <param name="SocketBytesToClient">WebSocket bytes to clients.</param>
/// <param name="SocketBytesToServer">WebSocket bytes to servers.</param>
public readonly record struct TrafficCounts(
    long Informational,
    long Success,
    long Redirection,
    long ClientErrors,
    long ServerErrors,
    long Active,
    long BytesIn,
    long BytesOut,
    long SocketsOpen,
    long SocketsOpened,
    long MessagesToClient,
    long MessagesToServer,
    long SocketBytesToClient,
    long SocketBytesToServer
)
{
    /// <summary>Finished requests of every class.</summary>
    public long Requests => Informational + Success + Redirection + ClientErrors + ServerErrors;

    /// <summary>Messages in both directions together.</summary>
    public long Messages => MessagesToClient + MessagesToServer;

    /// <summary>Bytes of any kind, both ways.</summary>
    public long Bytes => BytesIn + BytesOut + SocketBytesToClient + SocketBytesToServer;
}
