using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace Appliance.Proxy.Edge;

/// <summary>
/// Reads a client's first settings on their way to the HTTP server (RFC 9113, 3.4): the preface, then one frame SETTINGS. What follows is
/// not looked at.
/// </summary>
internal sealed class Http2Settings(PipeReader inner) : PipeReader
{
    private const int PrefaceBytes = 24;
    private const int FrameHeaderBytes = 9;
    private const int SettingBytes = 6;
    private const int TableSizeId = 1;

    // A longer first frame has settings that nobody knows; those that matter come first in it.
    private const int MostBytes = 512;

    private byte[]? _begun = new byte[MostBytes];
    private ReadOnlySequence<byte> _last;
    private long _consumed;
    private int _seen;

    /// <summary>The size of the client's dynamic table in its first settings, in bytes; 4096 when they do not say.</summary>
    public uint TableSize { get; private set; } = Http2Frames.StandardTable;

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (_begun is null)
            return inner.ReadAsync(cancellationToken);
        var read = inner.ReadAsync(cancellationToken);
        if (!read.IsCompletedSuccessfully)
            return LookAsync(read);
        var result = read.Result;
        Look(result.Buffer);
        return new(result);
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        if (!inner.TryRead(out result))
            return false;
        Look(result.Buffer);
        return true;
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_begun is not null)
            _consumed += _last.Slice(0, consumed).Length;
        _last = default;
        inner.AdvanceTo(consumed, examined);
    }

    /// <inheritdoc/>
    public override void CancelPendingRead() => inner.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    /// <inheritdoc/>
    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    private async ValueTask<ReadResult> LookAsync(ValueTask<ReadResult> read)
    {
        var result = await read;
        Look(result.Buffer);
        return result;
    }

    private void Look(ReadOnlySequence<byte> buffer)
    {
        if (_begun is null)
            return;
        _last = buffer;
        var news = buffer.Slice(Math.Min(_seen - _consumed, buffer.Length));
        var part = (int)Math.Min(news.Length, MostBytes - _seen);
        news.Slice(0, part).CopyTo(_begun.AsSpan(_seen));
        _seen += part;

        var settings = _begun.AsSpan(0, _seen);
        if (settings.Length < PrefaceBytes + FrameHeaderBytes)
            return;
        settings = settings[PrefaceBytes..];
        var length = BinaryPrimitives.ReadInt32BigEndian(settings) >>> 8;
        settings = settings[FrameHeaderBytes..];
        if (settings.Length < length && _seen < MostBytes)
            return;
        settings = settings[..Math.Min(length, settings.Length)];
        for (; settings.Length >= SettingBytes; settings = settings[SettingBytes..])
        {
            if (BinaryPrimitives.ReadInt16BigEndian(settings) == TableSizeId)
                TableSize = BinaryPrimitives.ReadUInt32BigEndian(settings[2..]);
        }

        (_begun, _last) = (null, default);
    }
}
