using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Edge;

/// <summary>
/// The rules for a whole head of an HTTP/1 request, by bytes, in one pass. The server under us is more lenient than a proxy may be, and
/// forgets what it has read: what two parsers could
/// read differently is refused here (RFC 9112, 2.2, 5 and 6), and how long the body is follows from this reading alone.
/// </summary>
internal ref struct RequestHead
{
    /// <summary>
    /// The longest first line, and the longest lines together behind it; the most of these lines. As the server under us has them.
    /// </summary>
    public const int MostLineBytes = 8 * 1024,
        MostHeaderBytes = 32 * 1024,
        MostLines = 100;

    // Without the underscore, which is looked at.
    private static readonly SearchValues<byte> _nameBytes = SearchValues.Create(
        "!#$%&'*+-.^`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8
    );
    private static readonly SearchValues<byte> _valueEnds = SearchValues.Create("\r\n\0"u8);
    private static readonly Refusal _longLine = new(StatusCodes.Status414UriTooLong, "The request target is too long.");
    private static readonly Refusal _longHead = new(
        StatusCodes.Status431RequestHeaderFieldsTooLarge,
        "The header lines of the request are too many or too long."
    );
    private static readonly Refusal _noRequest = Refusal.Bad("This is not a request of HTTP.");
    private static readonly Refusal _badName = Refusal.Bad("A header line has no name that HTTP allows, or a space before its colon.");
    private static readonly Refusal _badValue = Refusal.Bad("A header value has a zero byte or a carriage return in it.");
    private static readonly Refusal _noHost = Refusal.Bad("A request needs exactly one Host header.");
    private static readonly Refusal _badHost = Refusal.Bad("The Host header is not a host.");
    private static readonly Refusal _badLength = Refusal.Bad("The Content-Length is not one number.");
    private static readonly Refusal _lengthAndCoding = Refusal.Bad("A request has a Content-Length or a Transfer-Encoding, not both.");
    private static readonly Refusal _oldCoding = Refusal.Bad("HTTP/1.0 has no Transfer-Encoding.");
    private static readonly Refusal _noEnd = Refusal.Bad("The last Transfer-Encoding of a request is chunked, once.");
    private static readonly Refusal _otherCoding = new(
        StatusCodes.Status501NotImplemented,
        "The only transfer coding that is understood here is chunked."
    );
    private static readonly Refusal _lengthNeeded = new(
        StatusCodes.Status411LengthRequired,
        "A request of HTTP/1.0 with a body needs a Content-Length."
    );

    private readonly ReadOnlySpan<byte> _bytes;
    private ReadOnlySpan<byte> _connection;
    private int _connections;
    private int _hosts;
    private bool _hasLength;
    private bool _hasCoding;

    private RequestHead(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Why the request is not taken; null when it is, or when its head is not whole.</summary>
    public Refusal? Refusal { get; private set; }

    /// <summary>The length of the head with its empty line; 0 when it is not whole.</summary>
    public int Length { get; private set; }

    /// <summary>Where its header lines begin.</summary>
    public int LinesAt { get; private set; }

    /// <summary>The first line is to be kept as it came: it is not what is made of method, target and version.</summary>
    public bool HasOddLine { get; private set; }

    /// <summary>The length of the body, when it is not <see cref="IsChunked"/>.</summary>
    public long BodyBytes { get; private set; }

    /// <summary>The body comes in chunks.</summary>
    public bool IsChunked { get; private set; }

    /// <summary>A header's name has an underscore.</summary>
    public bool HasUnderscore { get; private set; }

    /// <summary>There is an Upgrade header.</summary>
    public bool HasUpgrade { get; private set; }

    /// <summary>All that the Connection lines say; null when that is not more than one of the usual options.</summary>
    public string? Connection { get; private set; }

    /// <summary>Where the colon of a Host stands that has an empty port; else 0.</summary>
    public int EmptyPortAt { get; private set; }

    /// <summary>Where a scheme with capital letters begins, and how long it is; else 0.</summary>
    public (int At, int Length) CapitalScheme { get; private set; }

    /// <summary>Judges the head that <paramref name="bytes"/> begins with; empty lines before it are already skipped.</summary>
    public static RequestHead Read(ReadOnlySpan<byte> bytes)
    {
        var head = new RequestHead(bytes);
        head.Refusal = head.Judge();
        return head;
    }

    private Refusal? Judge()
    {
        if (!RequestLine.MayBegin(_bytes[0]))
            return _noRequest;
        var end = _bytes.IndexOf((byte)'\n');
        if (end >= MostLineBytes || (end < 0 && _bytes.Length >= MostLineBytes))
            return _longLine;
        if (end < 0)
            return null;
        var first = RequestLine.Read(WithoutEnd(_bytes[..end]));
        if (first.Refusal is not null)
            return first.Refusal;
        HasOddLine = first.IsOdd;
        if (first.CapitalSchemeLength > 0)
            CapitalScheme = (first.TargetAt, first.CapitalSchemeLength);

        var start = LinesAt = end + 1;
        var at = start;
        for (var lines = 0; ; lines++)
        {
            var rest = _bytes[at..];
            if (EmptyLine(rest) is var empty and > 0)
            {
                Length = at + empty;
                return Length - start > MostHeaderBytes ? _longHead : Whole(first);
            }

            if (at - start > MostHeaderBytes || lines == MostLines)
                return _longHead;
            var length = Line(rest, at, out var fault);
            if (fault is not null)
                return fault;
            if (length == 0)
                return _bytes.Length - start > MostHeaderBytes ? _longHead : null;
            at += length;
        }
    }

    // The length of a header line with its end; 0 when it is not whole.
    private int Line(ReadOnlySpan<byte> rest, int at, out Refusal? fault)
    {
        fault = null;
        var name = rest.IndexOfAnyExcept(_nameBytes);
        while (name >= 0 && rest[name] == '_')
        {
            HasUnderscore = true;
            var more = rest[(name + 1)..].IndexOfAnyExcept(_nameBytes);
            name = more < 0 ? -1 : name + 1 + more;
        }

        if (name < 0 || (name == 0 && rest is [(byte)'\r']))
            return 0;
        if (name == 0 || rest[name] != ':')
        {
            fault = rest[0] == '\r' ? _badValue : _badName;
            return 0;
        }

        var value = rest[(name + 1)..];
        var end = value.IndexOfAny(_valueEnds);
        if (end < 0)
            return 0;
        var isEnded = value[end] == '\n';
        if (!isEnded && end + 1 == value.Length && value[end] == '\r')
            return 0;
        if (!isEnded && (value[end] == 0 || value[end + 1] != '\n'))
        {
            fault = _badValue;
            return 0;
        }

        fault = Note(rest[..name], value[..end].TrimEnd(" \t"u8), at + name + 1);
        return name + 1 + end + (isEnded ? 1 : 2);
    }

    private Refusal? Note(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, int at)
    {
        switch (name.Length)
        {
            case 4 when Ascii.EqualsIgnoreCase(name, "host"u8):
                return Host(value.TrimStart(" \t"u8), at + value.Length - 1);
            case 7 when Ascii.EqualsIgnoreCase(name, "upgrade"u8):
                HasUpgrade = true;
                return null;
            case 10 when Ascii.EqualsIgnoreCase(name, "connection"u8):
                value = value.TrimStart(" \t"u8);
                if (++_connections > 1)
                    Connection = $"{Connection ?? Encoding.Latin1.GetString(_connection)}, {Encoding.Latin1.GetString(value)}";
                _connection = value;
                return null;
            case 14 when Ascii.EqualsIgnoreCase(name, "content-length"u8):
                return ContentLength(value.TrimStart(" \t"u8));
            case 17 when Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8):
                return TransferEncoding(value.TrimStart(" \t"u8));
            default:
                return null;
        }
    }

    private Refusal? Host(ReadOnlySpan<byte> value, int lastAt)
    {
        if (++_hosts > 1)
            return _noHost;
        if (value is [.., not (byte)':', (byte)':'])
        {
            EmptyPortAt = lastAt;
            value = value[..^1];
        }

        return HostHeader.CanGoOn(value) ? null : _badHost;
    }

    private Refusal? ContentLength(ReadOnlySpan<byte> value)
    {
        // A sign, a list and a second line are what parsers differ about.
        if (
            _hasLength
            || value.IsEmpty
            || value.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            || !long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
        )
            return _badLength;
        _hasLength = true;
        BodyBytes = length;
        return null;
    }

    private Refusal? TransferEncoding(ReadOnlySpan<byte> value)
    {
        if (_hasCoding)
            return _noEnd;
        _hasCoding = true;
        IsChunked = Ascii.EqualsIgnoreCase(value, "chunked"u8);
        if (IsChunked)
            return null;
        var last = value[(value.LastIndexOf((byte)',') + 1)..].Trim(" \t"u8);
        return Ascii.EqualsIgnoreCase(last, "chunked"u8) ? _otherCoding : _noEnd;
    }

    private Refusal? Whole(RequestLine first)
    {
        if (_hosts == 0 && !first.IsOld)
            return _noHost;
        if (_hasCoding && first.IsOld)
            return _oldCoding;
        if (_hasCoding && _hasLength)
            return _lengthAndCoding;
        if (first is { IsOld: true, NeedsLength: true } && !_hasLength)
            return _lengthNeeded;
        if (_connections == 1 && !IsUsual(_connection))
            Connection = Encoding.Latin1.GetString(_connection);
        return null;
    }

    private static bool IsUsual(ReadOnlySpan<byte> option) =>
        Ascii.EqualsIgnoreCase(option, "keep-alive"u8)
        || Ascii.EqualsIgnoreCase(option, "close"u8)
        || Ascii.EqualsIgnoreCase(option, "upgrade"u8);

    private static int EmptyLine(ReadOnlySpan<byte> rest) =>
        rest switch
        {
            [(byte)'\n', ..] => 1,
            [(byte)'\r', (byte)'\n', ..] => 2,
            _ => 0,
        };

    private static ReadOnlySpan<byte> WithoutEnd(ReadOnlySpan<byte> line) => line is [.., (byte)'\r'] ? line[..^1] : line;
}
