using System.Buffers.Binary;
using System.Text;

namespace Appliance.Proxy.Connections.Frames;

/// <summary>
/// Reads the frame headers of one direction of a WebSocket (RFC 6455, 5.2) as the bytes pass, in whatever pieces they come, and counts. It
/// alters and refuses nothing: what a peer breaks is the other peer's to judge. Hot path: no allocation but for a close frame. A mutable
/// struct: keep it in a field.
/// </summary>
internal struct FrameMeter
{
    private const int CloseOpcode = 8;
    private const int LongestControlPayload = 125;

    private Stage _stage;
    private byte _first;
    private bool _masked;
    private int _bytesLeftInField;
    private ulong _length;
    private ulong _left;
    private uint _mask;
    private byte[]? _closePayload;
    private int _closeLength;

    private long _wireBytes;
    private long _payloadBytes;
    private long _messages;
    private long _text;
    private long _binary;
    private long _continuation;
    private long _ping;
    private long _pong;
    private long _close;
    private long _other;

    private enum Stage : byte
    {
        FirstByte,
        SecondByte,
        Length,
        Mask,
        Payload,
    }

    /// <summary>True for bytes that are no frames: only their number is counted.</summary>
    public bool IsRaw { get; set; }

    /// <summary>True between two frames: a frame of our own may be put here.</summary>
    public readonly bool AtBoundary => _stage == Stage.FirstByte;

    /// <summary>
    /// So many bytes may be added without passing beyond the frame that has begun: its payload's rest, or one of its header.
    /// </summary>
    public readonly int MostInFrame => _stage == Stage.Payload ? (int)Math.Min(_left, int.MaxValue) : 1;

    /// <summary>True once a whole close frame has passed.</summary>
    public readonly bool SawClose => Volatile.Read(in _close) > 0;

    /// <summary>The code of the first close frame; 1005 when it had none, 0 before one passed.</summary>
    public int CloseCode { get; private set; }

    /// <summary>The reason of the first close frame, or null.</summary>
    public string? CloseReason { get; private set; }

    /// <summary>
    /// The counts so far. May be read while another thread feeds the meter: each figure is whole, together they may be a frame apart.
    /// </summary>
    public readonly FrameCounts Counts =>
        new()
        {
            WireBytes = Volatile.Read(in _wireBytes),
            PayloadBytes = Volatile.Read(in _payloadBytes),
            Messages = Volatile.Read(in _messages),
            Text = Volatile.Read(in _text),
            Binary = Volatile.Read(in _binary),
            Continuation = Volatile.Read(in _continuation),
            Ping = Volatile.Read(in _ping),
            Pong = Volatile.Read(in _pong),
            Close = Volatile.Read(in _close),
            Other = Volatile.Read(in _other),
        };

    /// <summary>Takes the next bytes. Returns how many of them belong to frames that are complete now; 0 when none ended here.</summary>
    public int Add(ReadOnlySpan<byte> bytes)
    {
        var boundary = 0;
        var at = 0;
        _wireBytes += bytes.Length;
        if (IsRaw)
        {
            _payloadBytes += bytes.Length;
            return bytes.Length;
        }

        while (at < bytes.Length)
        {
            if (_stage == Stage.Payload)
            {
                var take = (int)Math.Min(_left, (ulong)(bytes.Length - at));
                TakePayload(bytes.Slice(at, take));
                at += take;
            }
            else if (_stage == Stage.FirstByte && WholeHeader(bytes[at..]) is var length and > 0)
            {
                at += length;
            }
            else
            {
                TakeHeader(bytes[at++]);
            }

            // A frame without payload ends with its header.
            if (_stage != Stage.Payload || _left != 0)
                continue;
            EndFrame();
            boundary = at;
        }

        return boundary;
    }

    // The ordinary case immediately: a header that lies in one piece. Returns its length, or 0 when some of it has not come.
    private int WholeHeader(ReadOnlySpan<byte> bytes)
    {
        if (!FrameHeader.TryRead(bytes, out var header))
            return 0;
        (_first, _left, _mask) = (header.First, header.Length, header.Mask);
        _stage = Stage.Payload;
        return header.Size;
    }

    private void TakeHeader(byte value)
    {
        switch (_stage)
        {
            case Stage.FirstByte:
                _first = value;
                _stage = Stage.SecondByte;
                break;
            case Stage.SecondByte:
                _masked = (value & 0x80) != 0;
                _length = (ulong)value & 0x7F;
                _mask = 0;
                if (_length >= 126)
                {
                    _bytesLeftInField = _length == 126 ? 2 : 8;
                    _length = 0;
                    _stage = Stage.Length;
                }
                else
                {
                    EndLength();
                }

                break;
            case Stage.Length:
                _length = (_length << 8) | value;
                if (--_bytesLeftInField == 0)
                    EndLength();
                break;
            case Stage.Mask:
                _mask = (_mask << 8) | value;
                if (--_bytesLeftInField == 0)
                    BeginPayload();
                break;
        }
    }

    private void EndLength()
    {
        if (!_masked)
        {
            BeginPayload();
            return;
        }

        _bytesLeftInField = 4;
        _stage = Stage.Mask;
    }

    private void BeginPayload()
    {
        _left = _length;
        _stage = Stage.Payload;
    }

    private void TakePayload(ReadOnlySpan<byte> piece)
    {
        _left -= (ulong)piece.Length;
        _payloadBytes += piece.Length;
        if ((_first & 0x0F) != CloseOpcode || _close > 0)
            return;

        _closePayload ??= new byte[LongestControlPayload];
        foreach (var value in piece[..Math.Min(piece.Length, LongestControlPayload - _closeLength)])
        {
            _closePayload[_closeLength] = (byte)(value ^ (_mask >> (24 - ((_closeLength & 3) * 8))));
            _closeLength++;
        }
    }

    private void EndFrame()
    {
        _stage = Stage.FirstByte;
        var opcode = _first & 0x0F;
        var final = (_first & 0x80) != 0;
        switch (opcode)
        {
            case 0:
                _continuation++;
                break;
            case 1:
                _text++;
                break;
            case 2:
                _binary++;
                break;
            case CloseOpcode:
                if (_close == 0)
                    KeepClose();
                Volatile.Write(ref _close, _close + 1);
                break;
            case 9:
                _ping++;
                break;
            case 10:
                _pong++;
                break;
            default:
                _other++;
                break;
        }

        if (final && opcode <= 2)
            _messages++;
    }

    private void KeepClose()
    {
        CloseCode = _closeLength < 2 ? 1005 : BinaryPrimitives.ReadUInt16BigEndian(_closePayload);
        CloseReason = _closeLength <= 2 ? null : Encoding.UTF8.GetString(_closePayload.AsSpan(2, _closeLength - 2));
        _closePayload = null;
    }
}
