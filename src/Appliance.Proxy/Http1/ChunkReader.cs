namespace Appliance.Proxy.Http1;

/// <summary>
/// Finds the data in a chunked body (RFC 9112, 7.1), in whatever pieces it comes, and the trailer lines behind it. As strict as nginx: a
/// line ends in CRLF or LF, and a CR alone is a fault.
/// </summary>
internal struct ChunkReader
{
    private const int MostLineBytes = 8 * 1024;
    private const int MostTrailerBytes = 32 * 1024;

    private Stage _stage;
    private long _left;
    private int _digits;
    private int _lineBytes;
    private int _trailerBytes;
    private bool _inExtension;

    // The last byte was a CR: only LF may follow.
    private bool _isEnding;
    private List<byte>? _line;

    private enum Stage : byte
    {
        Size,
        Data,
        DataEnd,
        Trailer,
        Done,
    }

    /// <summary>True behind the last chunk and the trailers.</summary>
    public readonly bool Done => _stage == Stage.Done;

    /// <summary>The trailer lines, in their order; null before the first one.</summary>
    public HeaderLines? Trailers { get; private set; }

    /// <summary>
    /// Takes bytes from the front of <paramref name="bytes"/> up to and including the next piece of data, which is <paramref name="data"/>
    /// (empty when none came). Returns how many were taken, or -1 when this is not a chunked body.
    /// </summary>
    public int Next(ReadOnlySpan<byte> bytes, out Range data)
    {
        data = 0..0;
        for (var at = 0; at < bytes.Length; )
        {
            if (_stage == Stage.Done)
                return at;
            if (_stage == Stage.Data)
            {
                var take = (int)Math.Min(_left, bytes.Length - at);
                data = at..(at + take);
                _left -= take;
                if (_left == 0)
                    _stage = Stage.DataEnd;
                return at + take;
            }

            if (!TakeLineByte(bytes[at++]))
                return -1;
        }

        return bytes.Length;
    }

    private bool TakeLineByte(byte value)
    {
        if (++_lineBytes > MostLineBytes || (_isEnding && value != '\n'))
            return false;
        if (value == '\n')
        {
            _isEnding = false;
            return EndLine();
        }

        if (value == '\r')
        {
            _isEnding = true;
            return _stage != Stage.Size || _digits > 0;
        }

        return _stage switch
        {
            Stage.Size => TakeSizeByte(value),
            Stage.Trailer => TakeTrailerByte(value),
            _ => false, // behind the data only the end of its line
        };
    }

    private bool EndLine()
    {
        switch (_stage)
        {
            case Stage.Size when _digits == 0:
                return false;
            case Stage.Size:
                _stage = _left == 0 ? Stage.Trailer : Stage.Data;
                break;
            case Stage.DataEnd:
                _stage = Stage.Size;
                break;
            case Stage.Trailer when _line is not { Count: > 0 }:
                _stage = Stage.Done;
                break;
            default:
                if (!TakeTrailer())
                    return false;
                break;
        }

        (_digits, _lineBytes, _inExtension) = (0, 0, false);
        return true;
    }

    private bool TakeSizeByte(byte value)
    {
        if (_inExtension)
            return value != 0;
        if (value is (byte)';' or (byte)' ' or (byte)'\t')
        {
            _inExtension = true;
            return _digits > 0;
        }

        if (!char.IsAsciiHexDigit((char)value) || ++_digits > 15)
            return false;
        _left = (_left << 4) | (uint)(char.IsAsciiDigit((char)value) ? value - (byte)'0' : (value | 0x20) - (byte)'a' + 10);
        return true;
    }

    private bool TakeTrailerByte(byte value)
    {
        if (value == 0 || ++_trailerBytes > MostTrailerBytes)
            return false;
        (_line ??= []).Add(value);
        return true;
    }

    private bool TakeTrailer()
    {
        var isLine = AnswerReader.LineOf(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_line), out var taken) is null;
        _line!.Clear(); // a line was taken, which is its content
        if (isLine)
            (Trailers ??= new()).Append(taken);
        return isLine;
    }
}
