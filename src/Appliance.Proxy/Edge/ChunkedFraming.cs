namespace Appliance.Proxy.Edge;

/// <summary>
/// Follows a chunked body (RFC 9112, 7.1) to know where it ends; what is in it is read by the server under us. Strict: line ends are CRLF,
/// sizes are digits and nothing else.
/// </summary>
internal struct ChunkedFraming
{
    private const int MostSizeDigits = 15;
    private const int MostExtensionBytes = 4 * 1024;

    private Place _place;
    private long _size;
    private int _count;

    private enum Place
    {
        Size,
        Extension,
        SizeEnd,
        Data,
        DataReturn,
        DataEnd,
        TrailerBegin,
        Trailer,
        TrailerEnd,
        LastEnd,
        Done,
        Broken,
    }

    /// <summary>The body has come to its end.</summary>
    public readonly bool IsDone => _place == Place.Done;

    /// <summary>What came is not a chunked body.</summary>
    public readonly bool IsBroken => _place == Place.Broken;

    /// <summary>It broke in the extension of a size, where most bytes mean nothing to the server under us.</summary>
    public bool BrokeInExtension { get; private set; }

    /// <summary>How many of these bytes belong to the body: all of them, or up to its end or its fault.</summary>
    public int Take(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (at < bytes.Length && _place < Place.Done)
        {
            if (_place == Place.Data)
            {
                var some = (int)Math.Min(_size, bytes.Length - at);
                at += some;
                _size -= some;
                if (_size == 0)
                    _place = Place.DataReturn;
                continue;
            }

            var before = _place;
            Step(bytes[at]);
            if (_place != Place.Broken)
                at++;
            else
                BrokeInExtension = before == Place.Extension;
        }

        return at;
    }

    private void Step(byte next) =>
        _place = (_place, next) switch
        {
            (Place.Size, (byte)'\r') when _count > 0 => Place.SizeEnd,
            (Place.Size, (byte)';') when _count > 0 => Extend(),
            (Place.Size, _) when char.IsAsciiHexDigit((char)next) && ++_count <= MostSizeDigits => Digit(next),
            (Place.Extension, (byte)'\r') => Place.SizeEnd,
            (Place.Extension, >= 0x20 or (byte)'\t') when ++_count <= MostExtensionBytes => Place.Extension,
            (Place.SizeEnd, (byte)'\n') => Sized(),
            (Place.DataReturn, (byte)'\r') => Place.DataEnd,
            (Place.DataEnd, (byte)'\n') => Restart(Place.Size),
            (Place.TrailerBegin, (byte)'\r') => Place.LastEnd,
            (Place.TrailerBegin or Place.Trailer, not ((byte)'\r' or (byte)'\n' or 0)) when ++_count <= RequestHead.MostHeaderBytes =>
                Place.Trailer,
            (Place.Trailer, (byte)'\r') => Place.TrailerEnd,
            (Place.TrailerEnd, (byte)'\n') => Place.TrailerBegin,
            (Place.LastEnd, (byte)'\n') => Place.Done,
            _ => Place.Broken,
        };

    private Place Digit(byte next)
    {
        _size = (_size * 16) + (next <= '9' ? next - '0' : (next | 0x20) - 'a' + 10);
        return Place.Size;
    }

    private Place Extend() => Restart(Place.Extension);

    private Place Sized() => Restart(_size == 0 ? Place.TrailerBegin : Place.Data);

    // The size stays for the data; a new one begins at 0, to which the data before has counted it down.
    private Place Restart(Place next)
    {
        _count = 0;
        return next;
    }
}
