using System.Buffers;
using System.Globalization;
using System.Text;

namespace Appliance.Proxy.Http1;

/// <summary>
/// Takes the head of a server's answer apart, line by line as it comes. It is as tolerant as nginx and HAProxy both are: a line may end in
/// LF alone, blanks may stand twice before the status, bytes above 0x7F and control characters may stand in values. What two parsers could
/// read differently is a fault, as soon as it is read: a CR without its LF, a NUL, a folded line, a name that is no token.
/// </summary>
/// <param name="known">Lines of earlier answers of the same connection: what is the same again is not made again. Null: none.</param>
internal sealed class AnswerReader(KnownLines? known = null)
{
    private static readonly SearchValues<byte> _tokenBytes = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8
    );

    private HeaderLines _lines = new();
    private int _at;
    private int _seen;
    private int _status;
    private string _reason = "";
    private bool _http11;

    /// <summary>What is wrong with it, in words behind "the answer to the handshake"; null as long as nothing is.</summary>
    public string? Fault { get; private set; }

    /// <summary>Begins with the next head. What <see cref="Head"/> has given away stays as it is.</summary>
    public void Begin()
    {
        if (_lines.Count > 0)
            _lines = new();
        (_at, _seen, _status, _reason, _http11, Fault) = (0, 0, 0, "", false, null);
    }

    /// <summary>As <see cref="Begin"/>, for who has done with the head before: its lines are used again.</summary>
    public void BeginAgain()
    {
        _lines.Clear();
        Begin();
    }

    /// <summary>
    /// Reads on in <paramref name="bytes"/>, which begin with the head and may be longer each time. The head's length with its empty line,
    /// or 0 when its end has not come yet, or <see cref="Fault"/> is set.
    /// </summary>
    public int Read(ReadOnlySpan<byte> bytes)
    {
        while (Fault is null)
        {
            var feed = bytes[_seen..].IndexOf((byte)'\n');
            var line = bytes[_at..(feed < 0 ? bytes.Length : _seen + feed)];
            if (feed >= 0 && line.EndsWith("\r"u8))
                line = line[..^1];
            Fault = Wrong(line, whole: feed >= 0);
            if (feed < 0 || Fault is not null)
            {
                _seen = bytes.Length;
                return 0;
            }

            _at = _seen = _seen + feed + 1;
            if (_status == 0)
                Fault = TakeStatus(line);
            else if (line.IsEmpty)
                return _at;
            else
                Fault = TakeLine(line);
        }

        return 0;
    }

    /// <summary>The head, once <see cref="Read"/> has told its length.</summary>
    public UpstreamHead Head(ReadOnlyMemory<byte> behind) => new(_status, _reason, _http11, _lines, behind);

    // The last byte of a line that is not whole may be the CR before its LF.
    private string? Wrong(ReadOnlySpan<byte> line, bool whole)
    {
        if (line.Contains((byte)0))
            return "has a NUL byte in its head";
        if ((whole || line.IsEmpty ? line : line[..^1]).Contains((byte)'\r'))
            return "has a CR without LF in its head";
        var start = "HTTP/1."u8;
        return _status != 0 || (line.Length < start.Length && !whole ? start.StartsWith(line) : line.StartsWith(start))
            ? null
            : "is not HTTP/1.1";
    }

    // HTTP/1.x SP 3DIGIT [SP reason]
    private string? TakeStatus(ReadOnlySpan<byte> line)
    {
        const string bad = "has a status line that cannot be read";
        if (line.Length < 9 || line[7] is not ((byte)'0' or (byte)'1') || line[8] != ' ')
            return bad;
        var rest = line[8..].TrimStart((byte)' ');
        if (rest.Length < 3 || !int.TryParse(rest[..3], NumberStyles.None, CultureInfo.InvariantCulture, out var status) || status < 100)
            return bad;
        if (rest.Length > 3 && rest[3] != ' ')
            return bad;
        (_status, _http11, _reason) = (status, line[7] == '1', rest.Length > 4 ? ReasonOf(status, rest[4..]) : "");
        return null;
    }

    private static string ReasonOf(int status, ReadOnlySpan<byte> reason) =>
        status == 200 && reason.SequenceEqual("OK"u8) ? "OK" : Encoding.Latin1.GetString(reason);

    private string? TakeLine(ReadOnlySpan<byte> line)
    {
        if (known is not null && known.Find(_lines.Count, line) is { } again)
        {
            _lines.Append(again);
            return null;
        }

        if (LineOf(line, out var taken) is { } fault)
            return fault;
        _lines.Append(taken);
        known?.Remember(_lines.Count - 1, line, taken);
        return null;
    }

    /// <summary>One header line without its end, which has neither CR, LF nor NUL in it; what is wrong with it, or null.</summary>
    public static string? LineOf(ReadOnlySpan<byte> line, out HeaderLine taken)
    {
        taken = default;
        if (line[0] is (byte)' ' or (byte)'\t')
            return "has a folded header line";
        var colon = line.IndexOf((byte)':');
        if (colon <= 0 || line[..colon].ContainsAnyExcept(_tokenBytes))
            return "has a header line without a name";
        taken = new(Encoding.Latin1.GetString(line[..colon]), Encoding.Latin1.GetString(line[(colon + 1)..].Trim(" \t"u8)));
        return null;
    }
}
