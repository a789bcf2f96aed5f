using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Appliance.Proxy.Edge;

/// <summary>
/// What the server under us reads an HTTP/1 connection by. A head is shown to it when it is whole and judged, and then the body that
/// belongs to it, and only then what follows: both know
/// the same ends. A request that is not taken is replaced by a stand-in without content, so that it is answered by the pipeline with a
/// page, and the connection ends.
/// Hot path: no copy and no allocation for a head that comes in one piece.
/// </summary>
/// <param name="inner">The connection.</param>
/// <param name="head">Gets what was read of each head.</param>
/// <param name="time">The clock; null: the system's.</param>
/// <param name="givenUp">Gets what came of a head that took too long: the server under us answers it with 408, without a request.</param>
internal sealed class HeadReader(
    PipeReader inner,
    ClientHead head,
    TimeProvider? time = null,
    Action<ReadOnlySequence<byte>>? givenUp = null
) : PipeReader
{
    /// <summary>How long a head may take that has begun.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // The server under us looks at its clock once a second, and begins a bit earlier.
    private static readonly TimeSpan _almost = Patience - TimeSpan.FromSeconds(3);
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private long _begunAt;
    private const int MostBytes = RequestHead.MostLineBytes + RequestHead.MostHeaderBytes + 2;

    private ReadOnlySequence<byte> _unread;
    private ReadOnlySequence<byte> _shown;
    private Stage _stage = Stage.Head;
    private ChunkedFraming _chunks;
    private long _left;
    private long _looked;
    private bool _isFirst = true;
    private bool _isChunked;
    private bool _isBegun;

    // The server was shown all of a head or body, and waits for more: it is told that there is none, since it would be shown the same
    // again and again.
    private bool _isStuck;

    private enum Stage
    {
        // A head is to come.
        Head,

        // So many bytes, then perhaps chunks, then a head.
        Known,

        // A chunked body of which so many bytes are looked at.
        Chunks,

        // What stands in for bytes that are not taken is shown.
        StandIn,

        // Nothing more is shown.
        Over,
    }

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (head.IsLeft)
            return inner.ReadAsync(cancellationToken);
        if (_stage == Stage.Over)
            return new(new ReadResult(default, isCanceled: false, isCompleted: true));
        var reading = inner.ReadAsync(cancellationToken);
        if (!reading.IsCompletedSuccessfully)
            return ShowAsync(reading, cancellationToken);
        var result = reading.Result;
        return Show(ref result) ? new(result) : ShowAsync(inner.ReadAsync(cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        if (_stage == Stage.Over)
        {
            result = new(default, isCanceled: false, isCompleted: true);
            return true;
        }

        while (inner.TryRead(out result))
        {
            if (head.IsLeft || Show(ref result))
                return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (head.IsLeft && _shown.IsEmpty)
        {
            inner.AdvanceTo(consumed, examined);
            return;
        }

        if (_stage == Stage.Over)
            return;
        var (source, some) = (_unread, _shown);
        (_unread, _shown) = (default, default); // the memory goes back
        if (_stage == Stage.StandIn)
        {
            _stage = Stage.Over;
            inner.AdvanceTo(source.End);
            return;
        }

        if (_isBegun)
        {
            // The server waits for more of the head than the byte it was shown.
            inner.AdvanceTo(source.Start, source.End);
            return;
        }

        var bytes = some.Slice(0, consumed).Length;
        if (_stage == Stage.Known)
        {
            _left -= bytes;
            _isStuck = bytes == 0 && _left == some.Length && examined.Equals(some.End);
            if (_left == 0)
                (_stage, _looked) = (_isChunked ? Stage.Chunks : Stage.Head, 0);
        }
        else
        {
            _looked -= Math.Min(_looked, bytes);
        }

        inner.AdvanceTo(consumed, examined);
    }

    /// <inheritdoc/>
    public override void CancelPendingRead() => inner.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        head.End();
        inner.Complete(exception);
    }

    /// <inheritdoc/>
    public override ValueTask CompleteAsync(Exception? exception = null)
    {
        head.End();
        return inner.CompleteAsync(exception);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> ShowAsync(ValueTask<ReadResult> reading, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await reading;
            if (head.IsLeft || Show(ref result))
                return result;
            reading = inner.ReadAsync(cancellationToken);
        }
    }

    // False when there is nothing to show yet.
    private bool Show(ref ReadResult result)
    {
        (_unread, _isBegun) = (result.Buffer, false);
        return _stage switch
        {
            Stage.Head => ShowHead(ref result),
            Stage.Known => Give(ref result, _unread.Slice(0, Math.Min(_left, _unread.Length)), isLast: _isStuck),
            Stage.Chunks => ShowChunks(ref result),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private bool Give(ref ReadResult result, ReadOnlySequence<byte> some, bool isLast = false)
    {
        _shown = some;
        result = new(some, result.IsCanceled, isLast || (result.IsCompleted && some.Length == _unread.Length));
        return true;
    }

    private bool ShowHead(ref ReadResult result)
    {
        SkipEmptyLines();
        if (_unread.IsEmpty)
        {
            if (result.IsCanceled || result.IsCompleted)
                return Give(ref result, _unread);
            inner.AdvanceTo(_unread.End);
            return false;
        }

        if (_looked > 0 && !MayBeWhole())
            return ShowBegun(ref result);
        var some = _unread.Slice(0, Math.Min(_unread.Length, MostBytes));
        if (some.IsSingleSegment)
            return Judge(ref result, some.FirstSpan);
        var flat = ArrayPool<byte>.Shared.Rent((int)some.Length);
        try
        {
            some.CopyTo(flat);
            return Judge(ref result, flat.AsSpan(0, (int)some.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(flat);
        }
    }

    private bool Judge(ref ReadResult result, ReadOnlySpan<byte> bytes)
    {
        var read = RequestHead.Read(bytes);
        if (read.Refusal is { } refusal)
        {
            // The server has an answer of its own to one who begins with HTTP/2.
            if (_isFirst && bytes.StartsWith("PRI * HTTP/2.0\r\n"u8))
            {
                head.Leave();
                return true;
            }

            head.Begin(refusal, bytes);
            _stage = Stage.StandIn;
            _shown = StandIn.For(bytes);
            result = new(_shown, isCanceled: false, isCompleted: false);
            return true;
        }

        if (read.Length == 0)
            return ShowBegun(ref result);
        (_isFirst, _isStuck, _looked) = (false, false, 0);
        var line = read.HasOddLine ? ClientHead.LineOf(bytes) : null; // before it is corrected
        Correct(read);
        var kept = read.HasUpgrade ? _unread.Slice(0, read.Length).ToArray() : null;
        head.Begin(read, line, _unread.Slice(read.LinesAt, read.Length - read.LinesAt), kept);
        _isChunked = read.IsChunked;
        _chunks = default;
        _left = read.Length + read.BodyBytes;
        if (_left < 0)
            _left = long.MaxValue; // nobody sends so much
        _stage = Stage.Known;
        return Give(ref result, _unread.Slice(0, Math.Min(_left, _unread.Length)));
    }

    // The first byte of a head that is not whole: from then on the server limits how long the rest may take.
    private bool ShowBegun(ref ReadResult result)
    {
        var isNew = _looked == 0;
        _looked = _unread.Length;
        if (isNew)
            _begunAt = _time.GetTimestamp();
        else if (result.IsCanceled && _time.GetElapsedTime(_begunAt) > _almost)
            givenUp?.Invoke(_unread);
        if (!isNew && !result.IsCanceled && !result.IsCompleted)
        {
            inner.AdvanceTo(_unread.Start, _unread.End);
            return false;
        }

        _isBegun = true;
        return Give(ref result, _unread.Slice(0, 1), isLast: result.IsCompleted);
    }

    private bool ShowChunks(ref ReadResult result)
    {
        foreach (var memory in _unread.Slice(_looked))
        {
            _looked += _chunks.Take(memory.Span);
            if (_chunks.IsDone || _chunks.IsBroken)
                break;
        }

        if (_chunks.IsDone)
            (_stage, _isChunked, _left) = (Stage.Known, false, _looked);
        if (!_chunks.IsBroken)
            return Give(ref result, _unread.Slice(0, _looked));

        // What is sound, and then something that is no chunk in anybody's eyes: the server refuses the body with 400. In an extension that
        // is a line feed alone; letters would end as a part of it, and what follows them as data at a server.
        _stage = Stage.StandIn;
        _shown = new([.. _unread.Slice(0, _looked).ToArray(), .. _chunks.BrokeInExtension ? "\nxx\r\n"u8 : "xx\r\nxx\r\n"u8]);
        result = new(_shown, isCanceled: false, isCompleted: false);
        return true;
    }

    // Empty lines before a request are nothing (RFC 9112, 2.2).
    private void SkipEmptyLines()
    {
        if (_unread.IsEmpty || _unread.FirstSpan is [not ((byte)'\r' or (byte)'\n'), ..])
            return;
        var reader = new SequenceReader<byte>(_unread);
        reader.AdvancePastAny((byte)'\r', (byte)'\n');
        _unread = _unread.Slice(reader.Position);
        _looked = 0;
    }

    // Cheap, since a head may come byte by byte: only what is new is looked at.
    private bool MayBeWhole()
    {
        var fresh = _unread.Slice(Math.Max(0, Math.Min(_looked, _unread.Length) - 2));
        return _unread.Length >= RequestHead.MostLineBytes
            || new SequenceReader<byte>(fresh).TryReadTo(out ReadOnlySequence<byte> _, "\n\r\n"u8)
            || new SequenceReader<byte>(fresh).TryReadTo(out ReadOnlySequence<byte> _, "\n\n"u8);
    }

    // What is right and what the server under us does not know; in place, as it writes there itself.
    private void Correct(in RequestHead read)
    {
        if (read.EmptyPortAt > 0)
            ByteAt(read.EmptyPortAt) = (byte)' ';
        for (var at = 0; at < read.CapitalScheme.Length; at++)
            ByteAt(read.CapitalScheme.At + at) |= 0x20;
    }

    private ref byte ByteAt(int at) => ref MemoryMarshal.AsMemory(_unread.Slice(at, 1).First).Span[0];
}
