namespace Appliance.Proxy.Http1;

/// <summary>
/// The header lines of a connection's last answer, by place: most lines of the next one are the same bytes, and need neither be checked nor
/// made again. At most some 4 KB a connection. Not for two threads at the same time.
/// </summary>
internal sealed class KnownLines
{
    private const int MostLines = 24;
    private const int MostLineBytes = 160;
    private readonly List<(byte[] Bytes, int Length, HeaderLine Line)> _known = [];

    /// <summary>The line at that place, when it was these very bytes before; else null.</summary>
    public HeaderLine? Find(int at, ReadOnlySpan<byte> bytes) =>
        at < _known.Count && _known[at] is var (before, length, line) && bytes.SequenceEqual(before.AsSpan(0, length)) ? line : null;

    /// <summary>Remembers a line that was checked.</summary>
    public void Remember(int at, ReadOnlySpan<byte> bytes, HeaderLine line)
    {
        // What names a person is not kept beyond its answer.
        if (at > _known.Count || at >= MostLines || bytes.Length > MostLineBytes || line.Is("Set-Cookie"))
            return;
        if (at == _known.Count)
        {
            _known.Add((bytes.ToArray(), bytes.Length, line));
            return;
        }

        var (kept, _, _) = _known[at];
        if (kept.Length < bytes.Length)
            kept = new byte[bytes.Length];
        bytes.CopyTo(kept);
        _known[at] = (kept, bytes.Length, line);
    }
}
