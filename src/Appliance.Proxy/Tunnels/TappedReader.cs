using System.Buffers;
using System.IO.Pipelines;

namespace Appliance.Proxy.Tunnels;

/// <summary>Passes everything through and shows it to <see cref="TappedHead"/>, until that has heard enough.</summary>
internal sealed class TappedReader(PipeReader inner, TappedHead head) : PipeReader
{
    private ReadOnlySequence<byte> _shown;

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        head.Listening ? ReadAndShowAsync(cancellationToken) : inner.ReadAsync(cancellationToken);

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        var read = inner.TryRead(out result);
        if (read && head.Listening) Show(result.Buffer);
        return read;
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed)
    {
        if (head.Listening) Note(consumed);
        inner.AdvanceTo(consumed);
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (head.Listening) Note(consumed);
        inner.AdvanceTo(consumed, examined);
    }

    /// <inheritdoc/>
    public override void CancelPendingRead() => inner.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        head.Stop();
        inner.Complete(exception);
    }

    /// <inheritdoc/>
    public override ValueTask CompleteAsync(Exception? exception = null)
    {
        head.Stop();
        return inner.CompleteAsync(exception);
    }

    private async ValueTask<ReadResult> ReadAndShowAsync(CancellationToken cancellationToken)
    {
        var result = await inner.ReadAsync(cancellationToken);
        Show(result.Buffer);
        return result;
    }

    private void Show(ReadOnlySequence<byte> buffer)
    {
        head.Read(buffer);
        _shown = head.Listening ? buffer : default;
    }

    private void Note(SequencePosition consumed)
    {
        head.Consumed(_shown.Slice(0, consumed).Length);
        // The memory goes back to the pipe.
        _shown = default;
    }
}
