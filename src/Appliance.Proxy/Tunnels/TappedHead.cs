using System.Buffers;
using System.Text;

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
    private long _consumed;
    private string? _connectionOptions;

    /// <summary>True while the head has not been seen to its end.</summary>
    public bool Listening { get; private set; } = true;

    /// <summary>The whole head with its empty line, once; empty when there is none or it was not kept.</summary>
    public ReadOnlyMemory<byte> Take()
    {
        var bytes = _complete ? _bytes : null;
        _bytes = null;
        return bytes;
    }

    /// <summary>
    /// What the first head's Connection lines say, once: Kestrel reduces them to <c>close</c> or <c>keep-alive</c> and forgets what else they nominate.
    /// Null when there is nothing besides, and for every later request of the connection.
    /// </summary>
    public string? TakeConnectionOptions()
    {
        var options = _connectionOptions;
        _connectionOptions = null;
        return options;
    }

    /// <summary>
    /// Looks at what was read, before the server does: Kestrel decodes the path in place, so afterwards the bytes are no longer the client's.
    /// </summary>
    public void Read(ReadOnlySequence<byte> unread)
    {
        if (_bytes is null) return;
        var had = _bytes.Length;
        var fresh = unread.Slice(had - _consumed);
        if (fresh.IsEmpty) return;

        // 1. Keep what is new, up to the limit; a body may stand behind the head.
        fresh = fresh.Slice(0, Math.Min(fresh.Length, MostBytes - had));
        var more = new byte[had + (int)fresh.Length];
        _bytes.CopyTo(more, 0);
        fresh.CopyTo(more.AsSpan(had));

        // 2. Is the head whole? Its end may lie across two reads.
        var from = Math.Max(0, had - 3);
        var length = HeadParser.Length(more.AsSpan(from));
        if (length == 0)
        {
            if (more.Length < MostBytes) _bytes = more;
            else Stop();
            return;
        }

        var head = from + length;
        _connectionOptions = OptionsOf(more.AsSpan(0, head));
        _complete = MentionsUpgrade(more.AsSpan(0, head));
        if (!_complete) Stop();
        else _bytes = head == more.Length ? more : more[..head];
        Listening = false;
    }

    /// <summary>The server has consumed that many bytes of what was read and will not be shown them again.</summary>
    public void Consumed(long bytes) => _consumed += bytes;

    /// <summary>Drops the copy and listens no more.</summary>
    public void Stop()
    {
        Listening = false;
        _bytes = null;
    }

    // Only a list can nominate something besides the usual option.
    private static string? OptionsOf(ReadOnlySpan<byte> head)
    {
        if (!head.Contains((byte)',')) return null;
        string? options = null;
        foreach (var range in head.Split((byte)'\n'))
        {
            var line = head[range];
            if (line.Length > 11 && Ascii.EqualsIgnoreCase(line[..11], "connection:"u8))
                options = (options is null ? "" : options + ",") + Encoding.Latin1.GetString(line[11..]).Trim();
        }

        return options;
    }

    private static bool MentionsUpgrade(ReadOnlySpan<byte> head)
    {
        for (var rest = head; ;)
        {
            var at = rest.IndexOfAny((byte)'u', (byte)'U');
            if (at < 0) return false;
            rest = rest[at..];
            if (rest.Length >= 7 && Ascii.EqualsIgnoreCase(rest[..7], "upgrade"u8)) return true;
            rest = rest[1..];
        }
    }
}
