using System.Buffers;
using System.Buffers.Binary;

namespace Appliance.Proxy.Edge;

/// <summary>
/// Follows the frames that the HTTP server writes over one connection of HTTP/2 (RFC 9113, 4.1). Hot path: no allocation.
/// </summary>
internal sealed class Http2Frames
{
    /// <summary>The size of a client's dynamic table that nobody has changed, in bytes (RFC 9113, 6.5.2).</summary>
    public const uint StandardTable = 4096;

    private const int HeaderBytes = 9;

    // What every client takes (RFC 9113, 4.2).
    private const int MostPayload = 16 * 1024;

    // Only for a stream that was reset just now can an interim answer still be under way.
    private const int MostResets = 32;

    private readonly byte[] _header = new byte[HeaderBytes];
    private readonly int[] _resets = new int[MostResets];
    private int _filled;
    private int _payload;
    private int _acknowledged;
    private int _nextReset;
    private bool _isInBlock;
    private bool _hasHeaders;

    /// <summary>True when the last frame has ended, and a block of headers with it.</summary>
    public bool AreBetween => _filled == 0 && _payload == 0 && !_isInBlock;

    /// <summary>Takes what the server writes next.</summary>
    public void Read(ReadOnlySpan<byte> written)
    {
        while (!written.IsEmpty)
        {
            if (_payload > 0)
            {
                var part = Math.Min(_payload, written.Length);
                _payload -= part;
                written = written[part..];
                continue;
            }

            var taken = Math.Min(HeaderBytes - _filled, written.Length);
            written[..taken].CopyTo(_header.AsSpan(_filled));
            _filled += taken;
            written = written[taken..];
            if (_filled == HeaderBytes)
                Begin();
        }
    }

    /// <summary>True when the server has reset that stream a short time ago.</summary>
    public bool WasReset(int stream) => _resets.AsSpan().Contains(stream);

    /// <summary>
    /// What a block of ours begins with; null when none may be written now. A client that has made its dynamic table smaller expects to be
    /// told so by the next block (RFC 7541, 4.2).
    /// </summary>
    /// <param name="tableSize">The table in the client's first settings, in bytes.</param>
    public byte[]? PrefixFor(uint tableSize)
    {
        if (_hasHeaders)
            return [];
        // The values of later settings are not known here: the server's next block speaks of them.
        if (_acknowledged > 1)
            return null;
        return tableSize >= StandardTable ? [] : Hpack.TableSize(tableSize);
    }

    /// <summary>
    /// Writes a block that is the whole head of a message: HEADERS, and CONTINUATION when it is long. All of it or, when that throws, not a
    /// byte: half a block would break the connection.
    /// </summary>
    public static void WriteHeaders(IBufferWriter<byte> to, int stream, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> block)
    {
        var frames = Math.Max(1, (prefix.Length + block.Length + MostPayload - 1) / MostPayload);
        var length = (frames * HeaderBytes) + prefix.Length + block.Length;
        var room = to.GetSpan(length);
        var type = FrameType.Headers;
        do
        {
            var part = block[..Math.Min(block.Length, MostPayload - prefix.Length)];
            block = block[part.Length..];
            BinaryPrimitives.WriteInt32BigEndian(room, (prefix.Length + part.Length) << 8);
            room[3] = (byte)type;
            room[4] = block.IsEmpty ? FrameFlags.EndHeaders : (byte)0;
            BinaryPrimitives.WriteInt32BigEndian(room[5..], stream);
            prefix.CopyTo(room[HeaderBytes..]);
            part.CopyTo(room[(HeaderBytes + prefix.Length)..]);
            room = room[(HeaderBytes + prefix.Length + part.Length)..];
            type = FrameType.Continuation;
            prefix = [];
        } while (!block.IsEmpty);
        to.Advance(length);
    }

    private void Begin()
    {
        _filled = 0;
        _payload = BinaryPrimitives.ReadInt32BigEndian(_header) >>> 8;
        var flags = _header[4];
        switch ((FrameType)_header[3])
        {
            case FrameType.Headers or FrameType.Continuation:
                (_isInBlock, _hasHeaders) = ((flags & FrameFlags.EndHeaders) == 0, true);
                break;
            case FrameType.Reset:
                _resets[_nextReset] = BinaryPrimitives.ReadInt32BigEndian(_header.AsSpan(5)) & int.MaxValue;
                _nextReset = (_nextReset + 1) % MostResets;
                break;
            case FrameType.Settings when (flags & FrameFlags.Acknowledge) != 0:
                (_acknowledged, _hasHeaders) = (_acknowledged + 1, false);
                break;
        }
    }

    private enum FrameType : byte
    {
        Headers = 1,
        Reset = 3,
        Settings = 4,
        Continuation = 9,
    }

    private static class FrameFlags
    {
        public const byte Acknowledge = 1;
        public const byte EndHeaders = 4;
    }
}
