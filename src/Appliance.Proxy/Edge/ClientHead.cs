using System.Buffers;
using System.Text;

namespace Appliance.Proxy.Edge;

/// <summary>
/// What was read of the head of the request that is under way on an HTTP/1 connection, as a connection feature: the server under us keeps
/// neither the order of header lines nor all that
/// Connection says.
/// </summary>
internal sealed class ClientHead
{
    private const int MostOfALine = 2048;
    private byte[]? _bytes;
    private byte[] _lines = [];
    private int _length;
    private bool _isFresh;

    /// <summary>The header lines of the request that is under way, as the client wrote them; empty when they are not kept.</summary>
    public ReadOnlySpan<byte> Lines =>
        _lines is var lines && _length is var length && length <= lines.Length ? lines.AsSpan(0, length) : default;

    /// <summary>Why the request is not taken; what the server under us was shown is then a stand-in for it.</summary>
    public Refusal? Refusal { get; private set; }

    /// <summary>All that the Connection lines say; null when that is not more than one of the usual options.</summary>
    public string? Connection { get; private set; }

    /// <summary>A header's name has an underscore.</summary>
    public bool HasUnderscore { get; private set; }

    /// <summary>The connection carries something else than requests from here on.</summary>
    public bool IsLeft { get; private set; }

    /// <summary>True once for every request whose head was judged here.</summary>
    public bool TakeJudged()
    {
        var was = _isFresh;
        _isFresh = false;
        return was;
    }

    /// <summary>The head with its empty line, once, of a request that asks for another protocol; else empty.</summary>
    public ReadOnlyMemory<byte> Take()
    {
        var taken = _bytes;
        _bytes = null;
        return taken;
    }

    /// <summary>
    /// To be called before another protocol takes over: what comes is not judged any more, and no further request is taken on this
    /// connection.
    /// </summary>
    public void Leave()
    {
        IsLeft = true;
        Forget();
    }

    /// <summary>The next request has this head.</summary>
    /// <param name="read">What was read.</param>
    /// <param name="line">Its first line, where <see cref="RequestHead.HasOddLine"/>.</param>
    /// <param name="lines">Its header lines.</param>
    /// <param name="kept">All of its bytes, when it asks for another protocol.</param>
    public void Begin(in RequestHead read, string? line, in ReadOnlySequence<byte> lines, byte[]? kept)
    {
        // Rented for this request alone: an idle connection holds nothing.
        Forget();
        var copy = ArrayPool<byte>.Shared.Rent((int)lines.Length); // a head is limited
        lines.CopyTo(copy);
        (_lines, _length) = (copy, (int)lines.Length);
        _isFresh = true;
        _bytes = kept;
        (Refusal, RefusedLine, OddLine, HeadBytes) = (null, null, line, read.Length);
        Connection = read.Connection;
        HasUnderscore = read.HasUnderscore;
    }

    /// <summary>
    /// The first line as the client wrote it, of a request that is taken and has more spaces there, or a scheme in capitals; else null.
    /// </summary>
    public string? OddLine { get; private set; }

    /// <summary>Bytes of the head as they came; of a request that is not taken: those that had come, up to its end.</summary>
    public int HeadBytes { get; private set; }

    /// <summary>The first line of the request that is not taken, up to 2 KB of it; null: it is taken.</summary>
    public string? RefusedLine { get; private set; }

    /// <summary>The next request, which begins with these bytes, is not taken.</summary>
    public void Begin(Refusal refusal, ReadOnlySpan<byte> bytes)
    {
        RefusedLine = LineOf(bytes);
        OddLine = null;
        HeadBytes = Head(bytes);
        _isFresh = true;
        _bytes = null;
        _length = 0;
        Refusal = refusal;
    }

    /// <summary>The first line of these bytes, up to 2 KB of it.</summary>
    public static string LineOf(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOfAny((byte)'\r', (byte)'\n');
        return Encoding.Latin1.GetString(bytes[..Math.Min(end < 0 ? bytes.Length : end, MostOfALine)]);
    }

    private static int Head(ReadOnlySpan<byte> bytes)
    {
        var (end, bare) = (bytes.IndexOf("\r\n\r\n"u8), bytes.IndexOf("\n\n"u8));
        return (end, bare) switch
        {
            (< 0, < 0) => bytes.Length,
            (>= 0, < 0) => end + 4,
            (>= 0, _) when end < bare => end + 4,
            _ => bare + 2,
        };
    }

    /// <summary>The request is over, or something else than requests follows: its lines are not needed any more.</summary>
    public void Forget()
    {
        _length = 0;
        if (Interlocked.Exchange(ref _lines, []) is { Length: > 0 } copy)
            ArrayPool<byte>.Shared.Return(copy);
    }

    /// <summary>The connection is over.</summary>
    public void End()
    {
        _bytes = null;

        // A request may still look at them: they are not given back.
        _length = 0;
        _lines = [];
    }
}
