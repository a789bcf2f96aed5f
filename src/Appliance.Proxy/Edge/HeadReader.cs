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
internal sealed class HeadReader(PipeReader inner, ClientHead head) : PipeReader
{
    private const int MostBytes = RequestHead.MostLineBytes + RequestHead.MostHeaderBytes + 2;

    private ReadOnlySequence<byte> unread;
    private ReadOnlySequence<byte> shown;
    private Stage stage = Stage.Head;
    private ChunkedFraming chunks;
    private long left;
    private long looked;
    private bool isFirst = true;
    private bool isChunked;
    private bool isBegun;

    // The server was shown all of a head or body, and waits for more: it is told that there is none, since it would be shown the same
    // again and again.
    private bool isStuck;

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
        if (stage == Stage.Over)
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
        if (stage == Stage.Over)
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
        if (head.IsLeft && shown.IsEmpty)
        {
            inner.AdvanceTo(consumed, examined);
            return;
        }

        if (stage == Stage.Over)
            return;
        var (source, some) = (unread, shown);
        (unread, shown) = (default, default); // the memory goes back
        if (stage == Stage.StandIn)
        {
            stage = Stage.Over;
            inner.AdvanceTo(source.End);
            return;
        }

        if (isBegun)
        {
            // The server waits for more of the head than the byte it was shown.
            inner.AdvanceTo(source.Start, source.End);
            return;
        }

        var bytes = some.Slice(0, consumed).Length;
        if (stage == Stage.Known)
        {
            left -= bytes;
            isStuck = bytes == 0 && left == some.Length && examined.Equals(some.End);
            if (left == 0)
                (stage, looked) = (isChunked ? Stage.Chunks : Stage.Head, 0);
        }
        else
        {
            looked -= Math.Min(looked, bytes);
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
        (unread, isBegun) = (result.Buffer, false);
        return stage switch
        {
            Stage.Head => ShowHead(ref result),
            Stage.Known => Give(ref result, unread.Slice(0, Math.Min(left, unread.Length)), isLast: isStuck),
            Stage.Chunks => ShowChunks(ref result),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private bool Give(ref ReadResult result, ReadOnlySequence<byte> some, bool isLast = false)
    {
        shown = some;
        result = new(some, result.IsCanceled, isLast || (result.IsCompleted && some.Length == unread.Length));
        return true;
    }

    private bool ShowHead(ref ReadResult result)
    {
        SkipEmptyLines();
        if (unread.IsEmpty)
        {
            if (result.IsCanceled || result.IsCompleted)
                return Give(ref result, unread);
            inner.AdvanceTo(unread.End);
            return false;
        }

        if (looked > 0 && !MayBeWhole())
            return ShowBegun(ref result);
        var some = unread.Slice(0, Math.Min(unread.Length, MostBytes));
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
            if (isFirst && bytes.StartsWith("PRI * HTTP/2.0\r\n"u8))
            {
                head.Leave();
                return true;
            }

            head.Begin(refusal);
            stage = Stage.StandIn;
            shown = StandIn.For(bytes);
            result = new(shown, isCanceled: false, isCompleted: false);
            return true;
        }

        if (read.Length == 0)
            return ShowBegun(ref result);
        (isFirst, isStuck, looked) = (false, false, 0);
        Correct(read);
        var kept = read.HasUpgrade ? unread.Slice(0, read.Length).ToArray() : null;
        head.Begin(read, kept);
        isChunked = read.IsChunked;
        chunks = default;
        left = read.Length + read.BodyBytes;
        if (left < 0)
            left = long.MaxValue; // nobody sends so much
        stage = Stage.Known;
        return Give(ref result, unread.Slice(0, Math.Min(left, unread.Length)));
    }

    // The first byte of a head that is not whole: from then on the server limits how long the rest may take.
    private bool ShowBegun(ref ReadResult result)
    {
        var isNew = looked == 0;
        looked = unread.Length;
        if (!isNew && !result.IsCanceled && !result.IsCompleted)
        {
            inner.AdvanceTo(unread.Start, unread.End);
            return false;
        }

        isBegun = true;
        return Give(ref result, unread.Slice(0, 1), isLast: result.IsCompleted);
    }

    private bool ShowChunks(ref ReadResult result)
    {
        foreach (var memory in unread.Slice(looked))
        {
            looked += chunks.Take(memory.Span);
            if (chunks.IsDone || chunks.IsBroken)
                break;
        }

        if (chunks.IsDone)
            (stage, isChunked, left) = (Stage.Known, false, looked);
        if (!chunks.IsBroken)
            return Give(ref result, unread.Slice(0, looked));

        // What is sound, and then something that is no chunk in anybody's eyes: the server refuses the body with 400. In an extension that is a
        // line feed alone; letters would end as a part of it, and what follows them as data at a server.
        stage = Stage.StandIn;
        shown = new([.. unread.Slice(0, looked).ToArray(), .. chunks.BrokeInExtension ? "\nxx\r\n"u8 : "xx\r\nxx\r\n"u8]);
        result = new(shown, isCanceled: false, isCompleted: false);
        return true;
    }

    // Empty lines before a request are nothing (RFC 9112, 2.2).
    private void SkipEmptyLines()
    {
        if (unread.IsEmpty || unread.FirstSpan is [not ((byte)'\r' or (byte)'\n'), ..])
            return;
        var reader = new SequenceReader<byte>(unread);
        reader.AdvancePastAny((byte)'\r', (byte)'\n');
        unread = unread.Slice(reader.Position);
        looked = 0;
    }

    // Cheap, since a head may come byte by byte: only what is new is looked at.
    private bool MayBeWhole()
    {
        var fresh = unread.Slice(Math.Max(0, Math.Min(looked, unread.Length) - 2));
        return unread.Length >= RequestHead.MostLineBytes
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

    private ref byte ByteAt(int at) => ref MemoryMarshal.AsMemory(unread.Slice(at, 1).First).Span[0];
}
