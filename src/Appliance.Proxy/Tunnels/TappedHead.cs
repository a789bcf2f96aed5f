using System.Buffers;
using System.IO.Pipelines;

namespace Appliance.Proxy.Tunnels;

/// <summary>
/// Keeps a copy of the first request head of a connection, as a connection feature. Kestrel keeps neither the order nor the line breaks between repeated
/// headers, and a WebSocket's handshake is nearly always the first request of its connection.
/// </summary>
internal sealed class TappedHead
{
    /// <summary>A longer head is not kept; its tunnel falls back to Kestrel's order.</summary>
    public const int MostBytes = 32 * 1024;

    private byte[]? _bytes = [];
    private bool _complete;

    /// <summary>True while the head has not been seen to its end.</summary>
    public bool Listening { get; private set; } = true;

    /// <summary>The whole head with its empty line, once; empty when there is none or it was not kept.</summary>
    public ReadOnlyMemory<byte> Take()
    {
        var bytes = _complete ? _bytes : null;
        _bytes = null;
        return bytes;
    }

    /// <summary>Takes what the server has consumed. It consumes a head to its very end before it looks at anything behind.</summary>
    public void Consumed(ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsEmpty || _bytes is null) return;
        var had = _bytes.Length;
        if (had + bytes.Length > MostBytes)
        {
            Stop();
            return;
        }

        var more = new byte[had + (int)bytes.Length];
        _bytes.CopyTo(more, 0);
        bytes.CopyTo(more.AsSpan(had));
        _bytes = more;

        // The end may lie across two pieces.
        var from = Math.Max(0, had - 3);
        if (HeadParser.Length(more.AsSpan(from)) is not (> 0 and var length)) return;
        if (from + length == more.Length && MentionsUpgrade(more))
        {
            Listening = false;
            _complete = true;
        }
        else
        {
            Stop();
        }
    }

    /// <summary>Drops the copy and listens no more.</summary>
    public void Stop()
    {
        Listening = false;
        _bytes = null;
    }

    private static bool MentionsUpgrade(ReadOnlySpan<byte> head)
    {
        for (var rest = head; ;)
        {
            var at = rest.IndexOfAny((byte)'u', (byte)'U');
            if (at < 0) return false;
            rest = rest[at..];
            if (rest.Length >= 7 && System.Text.Ascii.EqualsIgnoreCase(rest[..7], "upgrade"u8)) return true;
            rest = rest[1..];
        }
    }
}
