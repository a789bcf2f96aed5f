namespace Appliance.Proxy.Tests.WebSockets.Relays;

/// <summary>An endless run of bytes that both ends can make: what arrives is compared as it comes, and nobody keeps it.</summary>
internal sealed class ByteRun
{
    private const int Period = 1_000_003;
    private const int MostAtOnce = 256 * 1024;

    private readonly byte[] _bytes = new byte[Period + MostAtOnce];

    public ByteRun(int seed)
    {
        // Wherever a frame may begin here, it is no close frame: those have an opcode of 8 and more.
        new Random(seed).NextBytes(_bytes.AsSpan(0, Period));
        foreach (ref var value in _bytes.AsSpan(0, Period))
            value &= 0xF7;
        _bytes.AsSpan(0, MostAtOnce).CopyTo(_bytes.AsSpan(Period));
    }

    /// <summary>At most so many bytes from a position on; fewer when a piece ends there.</summary>
    public ReadOnlyMemory<byte> At(long position, long most) => _bytes.AsMemory((int)(position % Period), (int)Math.Min(most, MostAtOnce));

    public async Task SendAsync(RawPeer to, long count, long from = 0)
    {
        for (var at = from; at < from + count; )
        {
            var piece = At(at, Math.Min(from + count - at, 128 * 1024));
            await to.SendAsync(piece.ToArray());
            at += piece.Length;
        }
    }

    public async Task ReceiveAsync(RawPeer by, long count, long from = 0)
    {
        var room = new byte[128 * 1024];
        for (var at = from; at < from + count; )
        {
            var read = await by.ReadSomeAsync(room.AsMemory(0, (int)Math.Min(room.Length, from + count - at)));
            if (read == 0)
                throw new EndOfStreamException($"closed at byte {at} of {from + count}");
            if (!room.AsSpan(0, read).SequenceEqual(At(at, read).Span))
                throw new InvalidDataException($"altered between bytes {at} and {at + read}");
            at += read;
        }
    }

    /// <summary>Everything until the other end closes; returns how much that was.</summary>
    public async Task<long> ReceiveToEndAsync(RawPeer by)
    {
        var room = new byte[128 * 1024];
        for (var at = 0L; ; )
        {
            var read = await by.ReadSomeAsync(room);
            if (read == 0)
                return at;
            if (!room.AsSpan(0, read).SequenceEqual(At(at, read).Span))
                throw new InvalidDataException($"altered between bytes {at} and {at + read}");
            at += read;
        }
    }
}
