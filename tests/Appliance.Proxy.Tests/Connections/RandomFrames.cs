namespace Appliance.Proxy.Tests.Connections;

/// <summary>
/// Random streams of frames and random cuts, the same for the same seed. Without <paramref name="closes"/>, none of them is a close frame.
/// </summary>
internal sealed class RandomFrames(int seed, bool closes = true)
{
    // Frames of every length form, most of them short.
    private static readonly int[] _lengths = [0, 1, 2, 7, 40, 124, 125, 126, 127, 128, 300, 1400, 5000, 65535, 65536, 70_000];

    private readonly Random _random = new(seed);

    /// <summary>About so many bytes; the last frame may be cut anywhere.</summary>
    public byte[] Stream(int about)
    {
        var bytes = new List<byte>(about + 80_000);
        while (bytes.Count < about)
            bytes.AddRange(Frame());
        if (_random.Next(2) == 0)
            bytes.RemoveRange(about, bytes.Count - about);
        return [.. bytes];
    }

    /// <summary>The same bytes in pieces: single bytes, odd ones, and more than any buffer takes at once.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Pieces(byte[] bytes)
    {
        for (var at = 0; at < bytes.Length; )
        {
            var most = _random.Next(6) switch
            {
                0 => 1,
                1 => 4,
                2 => 130,
                3 => 3000,
                4 => 66_000,
                _ => 200_000,
            };
            var take = Math.Min(_random.Next(1, most + 1), bytes.Length - at);
            yield return bytes.AsMemory(at, take);
            at += take;
        }
    }

    private byte[] Frame()
    {
        // Any opcode, any reserved bit, masked or not; sometimes the long form for a short length, which nobody may notice here.
        var opcode = _random.Next(4) == 0 ? _random.Next(16) : _random.Next(3);
        if (opcode == 0x8 && !closes)
            opcode = 0x9;
        var first = (byte)((_random.Next(3) == 0 ? 0 : 0x80) | (_random.Next(5) == 0 ? _random.Next(8) << 4 : 0) | opcode);
        var length = _lengths[_random.Next(10) == 0 ? _random.Next(_lengths.Length) : _random.Next(11)];
        var payload = new byte[length];
        _random.NextBytes(payload);
        byte[]? mask = null;
        if (_random.Next(2) == 0)
            _random.NextBytes(mask = new byte[4]);
        if (_random.Next(12) != 0 || length >= 126)
            return Frames.Write(first, payload, mask);
        return [first, (byte)(0x7E | (mask is null ? 0 : 0x80)), 0, (byte)length, .. mask ?? [], .. payload];
    }
}
