namespace Appliance.Proxy.Http1;

/// <summary>Finds the data in a chunked body (RFC 9112, 7.1), in whatever pieces it comes. Trailers are read and dropped.</summary>
internal struct ChunkReader
{
    private const int MostLineBytes = 8 * 1024;

    private Stage _stage;
    private long _left;
    private int _digits;
    private int _lineBytes;
    private bool _inExtension;
    private bool _lineEmpty;

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
        if (++_lineBytes > MostLineBytes)
            return false;
        switch (_stage)
        {
            case Stage.Size when value == '\n':
                if (_digits == 0)
                    return false;
                _stage = _left == 0 ? Stage.Trailer : Stage.Data;
                NewLine();
                return true;
            case Stage.Size:
                return TakeSizeByte(value);
            case Stage.DataEnd:
                if (value == '\r')
                    return true;
                if (value != '\n')
                    return false;
                _stage = Stage.Size;
                NewLine();
                return true;
            default:
                if (value == '\n')
                {
                    if (_lineEmpty)
                        _stage = Stage.Done;
                    NewLine();
                }
                else if (value != '\r')
                {
                    _lineEmpty = false;
                }

                return true;
        }
    }

    private bool TakeSizeByte(byte value)
    {
        if (_inExtension || value == '\r')
            return true;
        if (value is (byte)';' or (byte)' ' or (byte)'\t')
        {
            _inExtension = true;
            return true;
        }

        if (!char.IsAsciiHexDigit((char)value) || ++_digits > 15)
            return false;
        _left = (_left << 4) | (uint)(char.IsAsciiDigit((char)value) ? value - (byte)'0' : (value | 0x20) - (byte)'a' + 10);
        return true;
    }

    private void NewLine()
    {
        _digits = 0;
        _lineBytes = 0;
        _inExtension = false;
        _lineEmpty = true;
    }
}
