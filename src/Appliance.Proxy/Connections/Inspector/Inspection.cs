using System.Collections.Immutable;
using System.Net;
using System.Threading.Channels;

namespace Appliance.Proxy.Connections.Inspector;

/// <summary>Whose messages somebody wants to see, and for how long.</summary>
public sealed record InspectionOrder
{
    /// <summary>The open connection, by number; null: the next one that opens on <see cref="RouteId"/>.</summary>
    public long? ConnectionId { get; init; }

    /// <summary>The route whose next connection is meant.</summary>
    public Guid? RouteId { get; init; }

    /// <summary>Only one of these clients; null: any. For the next connection.</summary>
    public IPNetwork? Client { get; init; }

    /// <summary>What it is about, in words for the banner.</summary>
    public required string About { get; init; }

    /// <summary>It ends automatically after this long. One second to an hour. Default one minute.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The name of the person who wants it.</summary>
    public required string By { get; init; }

    /// <summary>
    /// Regular expressions; what they match is blacked out before a preview is kept, beside <see cref="Redaction.Standard"/>.
    /// </summary>
    public ImmutableArray<string> Redact { get; init; } = [];
}

/// <summary>The states of an inspection.</summary>
public enum InspectionState
{
    /// <summary>Waits for the next connection of its route.</summary>
    Armed,

    /// <summary>Messages are being kept.</summary>
    Running,

    /// <summary>Over; what was kept can still be read.</summary>
    Over,
}

/// <summary>
/// The messages of one connection for a limited time, in memory, the newest <see cref="Kept"/>. The relay only copies bytes and queues
/// them; inflating, redaction and decoding happen elsewhere, and what would pile up is dropped and counted.
/// </summary>
public sealed class Inspection
{
    /// <summary>How many messages are kept.</summary>
    public const int Kept = 500;

    private const int MostQueued = 256;

    private readonly TimeProvider _time;
    private readonly Errands _errands;
    private readonly Lock _lock = new();
    private readonly Queue<InspectedMessage> _messages = new();
    private readonly Channel<TappedMessage> _queue = Channel.CreateBounded<TappedMessage>(
        new BoundedChannelOptions(MostQueued) { SingleReader = true }
    );
    private readonly Redaction _redaction;
    private FrameTap? _fromClient;
    private FrameTap? _fromServer;
    private long _number;
    private long _dropped;

    internal Inspection(long id, InspectionOrder order, Redaction redaction, TimeProvider time, Errands errands)
    {
        (Id, Order, _redaction, _time, _errands) = (id, order, redaction, time, errands);
        Started = time.GetUtcNow();
        Ends = Started + order.Duration;
    }

    /// <summary>Unique in this process, rising.</summary>
    public long Id { get; }

    /// <summary>What was asked for.</summary>
    public InspectionOrder Order { get; }

    /// <summary>When it was started.</summary>
    public DateTimeOffset Started { get; }

    /// <summary>When it ends automatically, or ended.</summary>
    public DateTimeOffset Ends { get; private set; }

    /// <summary>The state of the inspection.</summary>
    public InspectionState State { get; private set; }

    /// <summary>The connection, once there is one.</summary>
    public LiveConnection? Connection { get; private set; }

    /// <summary>How many messages came faster than they could be looked at.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>The kept messages behind that number, oldest first.</summary>
    public IReadOnlyList<InspectedMessage> Messages(long after = 0)
    {
        lock (_lock)
            return [.. _messages.Where(message => message.Number > after)];
    }

    /// <summary>What looks at one direction; null once it is over.</summary>
    internal FrameTap? Tap(bool fromClient) =>
        State == InspectionState.Running
            ? fromClient
                ? _fromClient
                : _fromServer
            : null;

    /// <summary>Begins with a connection; from its first byte when it has just opened. False when its time was up before.</summary>
    internal bool Attach(LiveConnection connection, bool fromTheStart)
    {
        var extensions = connection.Extensions;
        lock (_lock)
        {
            // Its time ends on a thread of its own: what is over must not run on without an end.
            if (State == InspectionState.Over)
                return false;
            _fromClient = new FrameTap(this, fromClient: true, _time);
            _fromServer = new FrameTap(this, fromClient: false, _time);
            (Connection, State) = (connection, InspectionState.Running);
            connection.Inspection = this;
        }

        // Not to be cancelled: the queue ends with the inspection, and what is in it was seen.
        _errands.Run($"The reading of inspection {Id}", _ =>
            Task.Run(
                () => ReadAsync(new(extensions, fromClient: true, fromTheStart), new(extensions, fromClient: false, fromTheStart)),
                CancellationToken.None
            )
        );
        return true;
    }

    /// <summary>Stops it. False when it was over.</summary>
    internal bool End()
    {
        lock (_lock)
        {
            if (State == InspectionState.Over)
                return false;
            State = InspectionState.Over;
            if (Ends > _time.GetUtcNow())
                Ends = _time.GetUtcNow();
        }

        if (Connection is { } connection && connection.Inspection == this)
            connection.Inspection = null;
        _queue.Writer.TryComplete();
        return true;
    }

    /// <summary>
    /// Takes a message from the relay and never waits. False when there is no room: readers then learn that a message is missing.
    /// </summary>
    internal bool Take(TappedMessage message)
    {
        if (_queue.Writer.TryWrite(message))
            return true;
        Interlocked.Increment(ref _dropped);
        return false;
    }

    private async Task ReadAsync(MessageInflater fromClient, MessageInflater fromServer)
    {
        using (fromClient)
        using (fromServer)
        {
            await foreach (var message in _queue.Reader.ReadAllAsync(CancellationToken.None))
            {
                var (preview, note) = MessagePreview.Of(message, message.FromClient ? fromClient : fromServer, _redaction);
                lock (_lock)
                {
                    _messages.Enqueue(
                        new InspectedMessage(
                            ++_number,
                            message.At,
                            message.FromClient,
                            message.Opcode,
                            message.Compressed,
                            message.Bytes,
                            preview,
                            note
                        )
                    );
                    if (_messages.Count > Kept)
                        _messages.Dequeue();
                }
            }
        }
    }
}

/// <summary>One message, or control frame, as somebody may see it.</summary>
/// <param name="Number">Its number in the inspection, rising from 1.</param>
/// <param name="At">When its last byte passed, UTC.</param>
/// <param name="FromClient">True from the client to the server.</param>
/// <param name="Opcode">1 text, 2 binary, 8 close, 9 ping, 10 pong (RFC 6455, 11.8).</param>
/// <param name="Compressed">True when permessage-deflate compressed it.</param>
/// <param name="Bytes">Payload bytes on the wire.</param>
/// <param name="Preview">The beginning of its text, redacted; null for a message without readable text.</param>
/// <param name="Note">Why there is no preview, or what is missing in it; null: the preview is whole.</param>
public sealed record InspectedMessage(
    long Number,
    DateTimeOffset At,
    bool FromClient,
    int Opcode,
    bool Compressed,
    long Bytes,
    string? Preview,
    string? Note
);
