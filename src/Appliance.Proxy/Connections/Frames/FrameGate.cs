using System.Buffers.Binary;
using System.Security.Cryptography;
using Appliance.Proxy.WebSocketPolicies;

namespace Appliance.Proxy.Connections.Frames;

/// <summary>
/// Looks at the frames of one direction before they go on, for routes whose policy wants that, and for the inspector: bounds a message's
/// size and a client's rate, takes the pongs out that answer our own pings, shows frames to an inspection. A tunnel without any of these
/// has no gate.
/// </summary>
/// <remarks>
/// It starts between two frames. Bytes are passed as they came, in their pieces; only a header that has not come whole, and what may be our
/// pong, is held back until it can be judged, at most <see cref="MostHeldBytes"/>. One thread at a time.
/// </remarks>
internal sealed class FrameGate(LiveConnection connection, TimeProvider time, bool fromClient)
{
    /// <summary>The most that is held back: the longest header, or a whole pong of ours.</summary>
    public const int MostHeldBytes = FrameHeader.MostBytes + PingFrame.PayloadBytes;

    private const int MostKeptBytes = 1024;
    private const int MostControlBytes = 125;
    private static readonly TimeSpan _mostPause = TimeSpan.FromSeconds(1);

    private readonly byte[] _held = new byte[MostHeldBytes];
    private byte[] _joined = [];
    private ulong _left;
    private ulong _messageBytes;
    private double _tokens = connection.Policy.MaxMessageRate;
    private long _tokensAt = time.GetTimestamp();
    private ulong _pingToken;
    private long _pingAt;

    /// <summary>When something came from this end last.</summary>
    public long ReceivedAt { get; private set; } = time.GetTimestamp();

    /// <summary>How much memory stays with the gate between two pieces, beside what is held back.</summary>
    public int KeptBytes => _joined.Length;

    /// <summary>How many bytes are held back.</summary>
    public int HeldBytes { get; private set; }

    /// <summary>What is held back: once nothing is judged any more, it comes before everything else.</summary>
    public ReadOnlySpan<byte> TakeHeld()
    {
        var held = _held.AsSpan(0, HeldBytes);
        HeldBytes = 0;
        return held;
    }

    /// <summary>Judges a piece. The result is valid until the next call.</summary>
    public GateResult Filter(ReadOnlySpan<byte> piece, long now)
    {
        ReceivedAt = now;

        // 1. What was held back belongs in front.
        byte[]? joined = null;
        if (HeldBytes > 0)
        {
            joined = Room(HeldBytes + piece.Length);
            _held.AsSpan(0, HeldBytes).CopyTo(joined);
            piece.CopyTo(joined.AsSpan(HeldBytes));
            piece = joined.AsSpan(0, HeldBytes + piece.Length);
            HeldBytes = 0;
        }

        // 2. Frame by frame. A pong of ours moves what follows to its place, in a copy.
        var policy = connection.Policy;
        var tap = connection.Inspection?.Tap(fromClient);
        var (at, end) = (0, piece.Length);
        while (at < end)
        {
            if (_left > 0)
            {
                var take = (int)Math.Min(_left, (ulong)(end - at));
                tap?.Payload(piece.Slice(at, take));
                at += take;
                _left -= (ulong)take;
                if (_left == 0)
                    tap?.EndFrame(now);
                continue;
            }

            if (!FrameHeader.TryRead(piece[at..end], out var header) || MayBeOurPong(header, piece[at..end]))
            {
                HeldBytes = end - at;
                piece[at..end].CopyTo(_held);
                return new GateResult(joined, at, at) { Pause = Pause(policy) };
            }

            if (IsOurPong(header, piece[at..end]))
            {
                (_pingAt, _pingToken) = (0, 0);
                var size = header.Size + PingFrame.PayloadBytes;
                joined ??= Copied(piece[..end]);
                joined.AsSpan(at + size, end - at - size).CopyTo(joined.AsSpan(at));
                end -= size;
                piece = joined.AsSpan(0, end);
                continue;
            }

            if (Fault(header, policy, now) is { } order)
                return new GateResult(joined, at, end) { Order = order };
            tap?.BeginFrame(header);
            at += header.Size;
            _left = header.Length;
            if (_left == 0)
                tap?.EndFrame(now);
        }

        return new GateResult(joined, end, end) { Pause = Pause(policy) };
    }

    /// <summary>True when it is time to ask <see cref="IsDead"/>. Any thread: a moment too early or too late does not matter.</summary>
    public bool WantsPing(WebSocketPolicy policy, long now) =>
        Volatile.Read(ref _pingAt) != 0 || time.GetElapsedTime(ReceivedAt, now) >= policy.PingInterval;

    /// <summary>
    /// Looks whether this end needs a ping: then <paramref name="token"/> is its payload and it counts as sent. Returns true when it did
    /// not answer the one before.
    /// </summary>
    public bool IsDead(WebSocketPolicy policy, long now, out ulong? token)
    {
        token = null;
        if (policy.PingInterval <= TimeSpan.Zero)
            return false;
        if (_pingAt != 0 && ReceivedAt >= _pingAt)
            _pingAt = 0;
        if (_pingAt != 0)
            return time.GetElapsedTime(_pingAt, now) >= policy.PingTimeout;
        if (time.GetElapsedTime(ReceivedAt, now) < policy.PingInterval)
            return false;
        _pingAt = now;
        Span<byte> random = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(random);
        _pingToken = BinaryPrimitives.ReadUInt64BigEndian(random) | 1;
        token = _pingToken;
        return false;
    }

    /// <summary>
    /// So much of a pause is taken before <see cref="Owed"/> is asked again: what is owed may be hours, and a limit that is lifted holds
    /// now.
    /// </summary>
    public static TimeSpan Part(TimeSpan pause) => pause < _mostPause ? pause : _mostPause;

    /// <summary>How long nothing more may be read from this end, as its route allows now.</summary>
    public TimeSpan Owed(long now)
    {
        var policy = connection.Policy;
        if (policy.MaxMessageRate > 0)
            Refill(policy.MaxMessageRate, now);
        return Pause(policy);
    }

    /// <summary>
    /// This end is not being read: its silence says nothing, and it cannot answer. What was waited for is waited for no more.
    /// </summary>
    public void Excuse(long now)
    {
        ReceivedAt = now;
        Volatile.Write(ref _pingAt, 0);
    }

    // Only a pong of that length can be ours; while it has not come whole, nobody knows.
    private bool MayBeOurPong(FrameHeader header, ReadOnlySpan<byte> bytes) =>
        IsCandidate(header) && bytes.Length < header.Size + PingFrame.PayloadBytes;

    private bool IsOurPong(FrameHeader header, ReadOnlySpan<byte> bytes) =>
        IsCandidate(header) && PingFrame.TokenOf(header, bytes) == _pingToken;

    private bool IsCandidate(FrameHeader header) =>
        _pingToken != 0 && header.Opcode == FrameHeader.Pong && header.Length == PingFrame.PayloadBytes;

    private CloseOrder? Fault(FrameHeader header, WebSocketPolicy policy, long now)
    {
        // A control frame has at most 125 bytes (RFC 6455, 5.5); what is longer is a message that goes by another name.
        if (header.IsControl)
            return policy.MaxMessageBytes > 0 && header.Length > (ulong)Math.Max(policy.MaxMessageBytes, MostControlBytes)
                ? PolicyOrders.MessageTooBig
                : null;
        var begins = header.Opcode != 0;
        if (begins)
            _messageBytes = 0;

        // A sender that announces 2^64 bytes must not begin again.
        _messageBytes = header.Length > ulong.MaxValue - _messageBytes ? ulong.MaxValue : _messageBytes + header.Length;
        if (policy.MaxMessageBytes > 0 && _messageBytes > (ulong)policy.MaxMessageBytes)
            return PolicyOrders.MessageTooBig;
        if (!begins || !fromClient || policy.MaxMessageRate <= 0)
            return null;
        Refill(policy.MaxMessageRate, now);
        if (_tokens < 1 && policy.OverRate == OverRate.Close)
            return PolicyOrders.MessageRate;
        _tokens--;
        return null;
    }

    private void Refill(int rate, long now)
    {
        // The loop's clock stands still within a turn, and may be behind the one that this gate was made by.
        if (now <= _tokensAt)
            return;
        _tokens = Math.Min(rate, _tokens + (time.GetElapsedTime(_tokensAt, now).TotalSeconds * rate));
        _tokensAt = now;
    }

    private TimeSpan Pause(WebSocketPolicy policy) =>
        fromClient && policy is { MaxMessageRate: > 0, OverRate: OverRate.SlowDown } && _tokens < 0
            ? TimeSpan.FromSeconds(-_tokens / policy.MaxMessageRate)
            : TimeSpan.Zero;

    private byte[] Copied(ReadOnlySpan<byte> piece)
    {
        var copy = Room(piece.Length);
        piece.CopyTo(copy);
        return copy;
    }

    // Small ones stay: a header cut in two is rare, and rare again on the same connection. Large ones would be there for thousands that do
    // nothing.
    private byte[] Room(int bytes)
    {
        if (bytes > MostKeptBytes)
            return GC.AllocateUninitializedArray<byte>(bytes);
        if (_joined.Length < bytes)
            _joined = GC.AllocateUninitializedArray<byte>(Math.Max(bytes, 256));
        return _joined;
    }
}

/// <summary>What a <see cref="FrameGate"/> says of a piece.</summary>
/// <param name="Copy">Where the bytes are; null: where they came from.</param>
/// <param name="Pass">So many of them, from the first, go on.</param>
/// <param name="End">Up to here they are what the end sent; what lies behind <paramref name="Pass"/> must not go on.</param>
internal readonly record struct GateResult(byte[]? Copy, int Pass, int End)
{
    /// <summary>The WebSocket must be ended: the frame behind <see cref="Pass"/> is one too many.</summary>
    public CloseOrder? Order { get; init; }

    /// <summary>Read nothing more from this end for so long.</summary>
    public TimeSpan Pause { get; init; }
}

/// <summary>What ends a WebSocket that breaks a limit of its route.</summary>
internal static class PolicyOrders
{
    public static readonly CloseOrder MessageTooBig = new(TunnelEnd.MessageTooBig, CloseOrder.MessageTooBig, "message too big");
    public static readonly CloseOrder MessageRate = new(TunnelEnd.MessageRate, CloseOrder.PolicyViolation, "too many messages");
    public static readonly CloseOrder ClientSilent = new(TunnelEnd.ClientSilent, CloseOrder.GoingAway, "no answer to a ping");
    public static readonly CloseOrder ServerSilent = new(TunnelEnd.ServerSilent, CloseOrder.GoingAway, "no answer to a ping");
}
