using System.IO.Compression;

namespace Appliance.Proxy.Connections.Inspector;

/// <summary>
/// Inflates the messages of one direction (RFC 7692, permessage-deflate). Without context takeover every message stands for itself; with
/// it, only who has seen every message since the first can read the next.
/// </summary>
internal sealed class MessageInflater : IDisposable
{
    /// <summary>What is inflated of one message at most: a few bytes can mean gigabytes.</summary>
    private const int MostInflated = 4 * 1024 * 1024;

    private static readonly byte[] _tail = [0, 0, 0xFF, 0xFF];

    private readonly bool _standsAlone;
    private readonly Feed _feed = new();
    private DeflateStream? _inflate;
    private string? _blind;

    /// <summary>With what the server accepted in <c>Sec-WebSocket-Extensions</c>.</summary>
    public MessageInflater(string? extensions, bool fromClient, bool fromTheStart)
    {
        var parts = (extensions ?? "").Split(';', StringSplitOptions.TrimEntries);
        var deflate =
            parts[0].Equals("permessage-deflate", StringComparison.OrdinalIgnoreCase)
            && !extensions!.Contains(',', StringComparison.Ordinal); // has a first part
        _standsAlone = parts.Any(part =>
            part.Equals(fromClient ? "client_no_context_takeover" : "server_no_context_takeover", StringComparison.OrdinalIgnoreCase)
        );
        if (!deflate)
            _blind = "compressed in a way that is not known here";
        else if (!_standsAlone && !fromTheStart)
            _blind = "compressed with what went before (context takeover): arm the inspector before the connection opens";
    }

    /// <summary>The bytes of a compressed message and whether they are all; or null and why not.</summary>
    public (byte[]? Bytes, bool Whole, string? Note) Inflate(TappedMessage message)
    {
        if (!_standsAlone && _blind is null && message.Gap)
            _blind = "compressed with a message that was missed";
        if (_blind is not null)
            return (null, false, _blind);
        var cut = message.Payload.Length < message.Bytes;
        try
        {
            if (_standsAlone || _inflate is null)
            {
                _inflate?.Dispose();
                _inflate = new DeflateStream(_feed, CompressionMode.Decompress, leaveOpen: true);
            }

            _feed.Give(message.Payload, cut ? [] : _tail);
            var (bytes, all) = Read(_inflate);
            if (!_standsAlone && (cut || !all))
                _blind = "compressed with a message that was too large to follow";
            return (bytes, all && !cut, null);
        }
        catch (InvalidDataException)
        {
            if (!_standsAlone)
                _blind = "compressed with a message that cannot be inflated";
            return (null, false, "cannot be inflated");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _inflate?.Dispose();

    private static (byte[] Bytes, bool All) Read(DeflateStream inflate)
    {
        using var result = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = inflate.Read(buffer)) > 0)
        {
            result.Write(buffer, 0, read);
            if (result.Length >= MostInflated)
                return (result.ToArray(), false);
        }

        return (result.ToArray(), true);
    }

    // What the inflater reads from: it ends with each message, and goes on with the next.
    private sealed class Feed : Stream
    {
        private readonly Queue<ReadOnlyMemory<byte>> _parts = new();

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public void Give(byte[] payload, byte[] tail)
        {
            _parts.Clear();
            _parts.Enqueue(payload);
            _parts.Enqueue(tail);
        }

        public override int Read(Span<byte> buffer)
        {
            while (_parts.TryDequeue(out var part))
            {
                if (part.IsEmpty)
                    continue;
                var take = Math.Min(part.Length, buffer.Length);
                part.Span[..take].CopyTo(buffer);
                if (take < part.Length)
                {
                    var rest = _parts.ToArray();
                    _parts.Clear();
                    _parts.Enqueue(part[take..]);
                    foreach (var piece in rest)
                        _parts.Enqueue(piece);
                }

                return take;
            }

            return 0;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
