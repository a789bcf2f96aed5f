namespace Appliance.Proxy.Dialing;

/// <summary>Remembers the first two bytes that came: what speaks no TLS is told apart from TLS that failed.</summary>
internal sealed class FirstBytes(Stream inner) : OpeningStream(inner)
{
    private readonly byte[] _seen = new byte[2];
    private int _count;

    /// <summary>What came first; empty when nothing did.</summary>
    public ReadOnlySpan<byte> Seen => _seen.AsSpan(0, _count);

    protected override async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var read = await Inner.ReadAsync(buffer, cancellationToken);
        var fresh = Math.Min(read, _seen.Length - _count);
        buffer.Span[..fresh].CopyTo(_seen.AsSpan(_count));
        _count += fresh;
        IsOpen = _count == _seen.Length;
        return read;
    }
}
