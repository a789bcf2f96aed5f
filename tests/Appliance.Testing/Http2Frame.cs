namespace Appliance.Testing;

/// <summary>One frame of HTTP/2 (RFC 9113, 4.1).</summary>
/// <param name="Type">See the constants.</param>
/// <param name="Flags">What its type makes of them.</param>
/// <param name="Stream">0 for the connection.</param>
/// <param name="Payload">What it carries.</param>
public sealed record Http2Frame(byte Type, byte Flags, int Stream, byte[] Payload)
{
    /// <summary>DATA.</summary>
    public const byte Data = 0;

    /// <summary>HEADERS.</summary>
    public const byte Headers = 1;

    /// <summary>RST_STREAM.</summary>
    public const byte Reset = 3;

    /// <summary>SETTINGS.</summary>
    public const byte Settings = 4;

    /// <summary>PING.</summary>
    public const byte Ping = 6;

    /// <summary>GOAWAY.</summary>
    public const byte GoAway = 7;

    /// <summary>WINDOW_UPDATE.</summary>
    public const byte WindowUpdate = 8;

    /// <summary>END_STREAM of DATA and HEADERS; ACK of SETTINGS and PING.</summary>
    public const byte EndStream = 1;

    /// <summary>END_HEADERS.</summary>
    public const byte EndHeaders = 4;

    /// <summary>A table of size 0: what comes back needs no memory to be read. Windows as large as there are.</summary>
    public static Http2Frame OurSettings { get; } = new(Settings, 0, 0, [0, 1, 0, 0, 0, 0, 0, 4, 0x7f, 0xff, 0xff, 0xff]);

    /// <summary>True when it is the last of its stream's side.</summary>
    public bool EndsStream => Type is Data or Headers && (Flags & EndStream) != 0;

    /// <summary>As bytes.</summary>
    public byte[] ToBytes() =>
        [
            (byte)(Payload.Length >> 16),
            (byte)(Payload.Length >> 8),
            (byte)Payload.Length,
            Type,
            Flags,
            (byte)(Stream >> 24),
            (byte)(Stream >> 16),
            (byte)(Stream >> 8),
            (byte)Stream,
            .. Payload,
        ];

    /// <summary>The next one, or null when the other side has closed.</summary>
    public static async Task<Http2Frame?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = new byte[9];
        if (await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken) < head.Length)
            return null;
        var payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
        await stream.ReadExactlyAsync(payload, cancellationToken);
        return new(head[3], head[4], ((head[5] & 0x7f) << 24) | (head[6] << 16) | (head[7] << 8) | head[8], payload);
    }
}
