using System.Buffers.Binary;

namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>Frames of HTTP/2 (RFC 9113, 4.1) over a stream.</summary>
internal sealed class Http2Wire(Stream stream)
{
    public const byte Data = 0,
        Headers = 1,
        Reset = 3,
        Settings = 4,
        Ping = 6,
        GoAway = 7,
        WindowUpdate = 8,
        Continuation = 9;
    public const byte EndStream = 1,
        Ack = 1,
        EndHeaders = 4,
        Padded = 8,
        Priority = 0x20;
    public const string Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private const int HeaderBytes = 9;
    private readonly SemaphoreSlim _writing = new(1);

    /// <summary>No dynamic table (so that what the other end sends can be read without one), no push, and what is added.</summary>
    public Task SettingsAsync(CancellationToken cancellationToken, params (short Id, int Value)[] more)
    {
        (short Id, int Value)[] all = [(1, 0), (2, 0), (4, 1 << 20), .. more];
        return WriteAsync(Settings, 0, 0, [.. all.SelectMany(Setting)], cancellationToken);
    }

    public async Task WriteAsync(byte type, byte flags, int id, byte[] payload, CancellationToken cancellationToken)
    {
        var frame = new byte[HeaderBytes + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), id);
        payload.CopyTo(frame, HeaderBytes);
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await stream.WriteAsync(frame, cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>The next frame that says something; settings and pings are answered, windows are given back. Null at the end.</summary>
    public async Task<Frame?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await FrameAsync(cancellationToken) is not { } frame)
                return null;
            switch (frame.Type)
            {
                case Settings or Ping when (frame.Flags & Ack) == 0:
                    await WriteAsync(frame.Type, Ack, 0, frame.Type == Ping ? frame.Payload : [], cancellationToken);
                    break;
                case Data:
                    if (frame.Payload.Length > 0)
                        await WriteAsync(WindowUpdate, 0, 0, Number(frame.Payload.Length), cancellationToken);
                    return frame;
                case Headers:
                    return await WholeAsync(frame, cancellationToken);
                case Reset or GoAway:
                    return frame;
            }
        }
    }

    public static byte[] Number(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }

    private static byte[] Setting((short Id, int Value) one) => [(byte)(one.Id >> 8), (byte)one.Id, .. Number(one.Value)];

    private async Task<Frame> WholeAsync(Frame frame, CancellationToken cancellationToken)
    {
        var block = frame.Payload.AsSpan((frame.Flags & Priority) != 0 ? 5 : 0).ToArray();
        var flags = frame.Flags;
        while ((flags & EndHeaders) == 0)
        {
            var more = await FrameAsync(cancellationToken) ?? throw new EndOfStreamException();
            block = [.. block, .. more.Payload];
            flags |= (byte)(more.Flags & EndHeaders);
        }

        return frame with
        {
            Payload = block,
        };
    }

    private async Task<Frame?> FrameAsync(CancellationToken cancellationToken)
    {
        var header = new byte[HeaderBytes];
        if (await stream.ReadAtLeastAsync(header, HeaderBytes, throwOnEndOfStream: false, cancellationToken) < HeaderBytes)
            return null;
        var payload = new byte[BinaryPrimitives.ReadInt32BigEndian(header) >>> 8];
        await stream.ReadExactlyAsync(payload, cancellationToken);
        return new(header[3], header[4], BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)) & int.MaxValue, payload);
    }

    /// <summary>One frame; HEADERS with its CONTINUATIONs.</summary>
    public sealed record Frame(byte Type, byte Flags, int Id, byte[] Payload)
    {
        public bool IsLast => (Flags & EndStream) != 0;
    }
}
