namespace Appliance.Proxy.Epoll;

/// <summary>
/// Counts a client's TLS records that carry nothing: renewals of keys, alerts, attempts to renegotiate. Each costs about as much as a
/// message does, and a renewal may ask for an answer, which waits in native memory until something is sent. An honest client renews its
/// keys once in many gigabytes.
/// </summary>
/// <remarks>
/// TLS 1.3 hides what a record is. But how much it could have carried is known from its length, and what it did carry comes out of TLS:
/// what is missing then, at five bytes for a renewal, cannot be more renewals than that, nor more than there were records beyond those that
/// were opened. Both bounds are zero, or nearly, for clients that send messages.
/// </remarks>
internal sealed class TlsRecords(TimeProvider time)
{
    /// <summary>What reading fails with, in the place of a negated errno (EPROTO).</summary>
    public const int TooMany = -71;

    private const int MostASecond = 1000;
    private const int MostUnanswered = 4000;

    private const int HeaderBytes = 5;
    private const int ApplicationData = 23;

    // Of a record of TLS 1.3: its tag, and the byte that says what it is.
    private const int Overhead = 17;
    private const int RenewalBytes = 5;

    private readonly long _second = time.TimestampFrequency;
    private long _windowAt = time.GetTimestamp();
    private bool _counts;
    private bool _hidesKinds;
    private int _headerAt;
    private int _kind;
    private int _length;
    private int _left;
    private long _records;
    private long _couldCarry;
    private long _others;
    private long _opened;
    private long _reads;
    private long _unanswered;

    /// <summary>The handshake is over; what came for it does not count.</summary>
    public void Begin(bool hidesKinds)
    {
        (_hidesKinds, _windowAt) = (hidesKinds, time.GetTimestamp());
        Forget();
        _counts = true;
    }

    /// <summary>This came from the client, enciphered.</summary>
    public void Came(ReadOnlySpan<byte> wire)
    {
        while (!wire.IsEmpty)
        {
            if (_left > 0)
            {
                var part = Math.Min(_left, wire.Length);
                _left -= part;
                wire = wire[part..];
                if (_left == 0)
                    Count();
                continue;
            }

            switch (_headerAt++)
            {
                case 0:
                    _kind = wire[0];
                    break;
                case HeaderBytes - 2:
                    _length = wire[0] << 8;
                    break;
                case HeaderBytes - 1:
                    (_left, _headerAt) = (_length | wire[0], 0);
                    _length = _left;
                    break;
            }

            wire = wire[1..];
        }
    }

    /// <summary>So much came out of TLS by one read.</summary>
    public void Opened(int bytes)
    {
        _opened += bytes;
        _reads++;
    }

    /// <summary>Something was sent, and with it the answers that waited.</summary>
    public void Answered() => Volatile.Write(ref _unanswered, 0);

    /// <summary>True when there were too many. Asked when all that came whole has been opened.</summary>
    public bool AreTooMany()
    {
        if (!_counts)
            return false;
        var empty = _others + (_hidesKinds ? Math.Max(0, Math.Min((_couldCarry - _opened) / RenewalBytes, _records - _reads)) : 0);
        if (empty > MostASecond || Volatile.Read(ref _unanswered) + empty > MostUnanswered)
            return true;
        var now = time.GetTimestamp();
        if (now - _windowAt < _second)
            return false;
        _windowAt = now;
        Volatile.Write(ref _unanswered, Volatile.Read(ref _unanswered) + empty);
        Forget();
        return false;
    }

    private void Forget() => (_records, _couldCarry, _others, _opened, _reads) = (0, 0, 0, 0, 0);

    private void Count()
    {
        if (_kind != ApplicationData)
        {
            _others++;
            return;
        }

        _records++;
        _couldCarry += Math.Max(0, _length - Overhead);
    }
}
