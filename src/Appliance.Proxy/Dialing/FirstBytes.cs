using System.Runtime.CompilerServices;

namespace Appliance.Proxy.Dialing;

/// <summary>
/// The bytes under TLS to a server. Remembers the first two that came: what speaks no TLS is told apart from TLS that failed. And whether
/// they have ended: an end that TLS did not announce may be anybody's on the way.
/// </summary>
internal sealed class FirstBytes(Stream inner) : OpeningStream(inner)
{
    private readonly byte[] _seen = new byte[2];
    private int _count;

    /// <summary>What came first; empty when nothing did.</summary>
    public ReadOnlySpan<byte> Seen => _seen.AsSpan(0, _count);

    /// <summary>True once the connection's end was read.</summary>
    public bool HasEnded { get; private set; }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = base.ReadAsync(buffer, cancellationToken);
        if (buffer.IsEmpty)
            return reading;
        if (!reading.IsCompletedSuccessfully)
            return WatchAsync(reading);
        var read = reading.Result;
        HasEnded |= read == 0;
        return new(read);
    }

    protected override async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var read = await Inner.ReadAsync(buffer, cancellationToken);
        var fresh = Math.Min(read, _seen.Length - _count);
        buffer.Span[..fresh].CopyTo(_seen.AsSpan(_count));
        _count += fresh;
        IsOpen = _count == _seen.Length;
        return read;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> WatchAsync(ValueTask<int> reading)
    {
        var read = await reading;
        HasEnded |= read == 0;
        return read;
    }
}
