namespace Appliance.Proxy.Dialing;

/// <summary>Remembers the first two bytes that came: what speaks no TLS is told apart from TLS that failed.</summary>
internal sealed class FirstBytes(Stream inner) : OpeningStream(inner)
{
    private readonly byte[] seen = new byte[2];
    private int count;

    /// <summary>What came first; empty when nothing did.</summary>
    public ReadOnlySpan<byte> Seen => seen.AsSpan(0, count);

    protected override async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var read = await Inner.ReadAsync(buffer, cancellationToken);
        var fresh = Math.Min(read, seen.Length - count);
        buffer.Span[..fresh].CopyTo(seen.AsSpan(count));
        count += fresh;
        IsOpen = count == seen.Length;
        return read;
    }
}
