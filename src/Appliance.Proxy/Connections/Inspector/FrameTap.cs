using Appliance.Proxy.Connections.Frames;

namespace Appliance.Proxy.Connections.Inspector;

/// <summary>
/// Collects the messages of one direction for an inspection. Called by the gate on the relay's thread: it unmasks and copies at most
/// <see cref="MostBytes"/> of a message, and no more.
/// </summary>
internal sealed class FrameTap(Inspection inspection, bool fromClient, TimeProvider time)
{
    /// <summary>
    /// What is copied of one message. A compressed one that is longer cannot be followed any further where its window is kept.
    /// </summary>
    public const int MostBytes = 256 * 1024;

    private byte[] _message = [];
    private byte[] _control = [];
    private FrameHeader _frame;
    private int _at;
    private int _opcode;
    private bool _compressed;
    private bool _inFrame;
    private int _have;
    private int _controlHave;
    private long _bytes;
    private bool _lost;

    /// <summary>Notes that a frame begins.</summary>
    public void BeginFrame(FrameHeader header)
    {
        (_frame, _at, _inFrame) = (header, 0, true);
        if (header.IsControl)
        {
            _controlHave = 0;
        }
        else if (header.Opcode != 0)
        {
            (_opcode, _compressed, _have, _bytes) = (header.Opcode, header.Compressed, 0, 0);
        }
    }

    /// <summary>The next bytes of its payload.</summary>
    public void Payload(ReadOnlySpan<byte> bytes)
    {
        // An inspection that began in the middle of a frame, or of a message, waits for the next.
        if (!_inFrame)
            return;
        if (_frame.IsControl)
            Copy(bytes, ref _control, ref _controlHave, 125);
        else if (_opcode != 0)
            Copy(bytes, ref _message, ref _have, MostBytes);
        if (!_frame.IsControl)
            _bytes += bytes.Length;
        _at = (_at + bytes.Length) & 3;
    }

    /// <summary>Notes that the frame is complete.</summary>
    public void EndFrame(long now)
    {
        if (!_inFrame)
            return;
        _inFrame = false;
        var at = time.GetUtcNow() - time.GetElapsedTime(now);
        if (_frame.IsControl)
        {
            inspection.Take(
                new TappedMessage(
                    at,
                    fromClient,
                    _frame.Opcode,
                    false,
                    (long)_frame.Length,
                    _control.AsSpan(0, _controlHave).ToArray(),
                    Gap: false
                )
            );
        }
        else if (_frame.Final && _opcode != 0)
        {
            _lost = !inspection.Take(
                new TappedMessage(at, fromClient, _opcode, _compressed, _bytes, _message.AsSpan(0, _have).ToArray(), _lost)
            );
            _opcode = 0;
        }
    }

    private void Copy(ReadOnlySpan<byte> bytes, ref byte[] to, ref int have, int most)
    {
        var take = Math.Min(bytes.Length, most - have);
        if (take <= 0)
            return;
        if (to.Length < have + take)
            Array.Resize(ref to, Math.Min(most, Math.Max(have + take, to.Length * 2)));
        bytes[..take].CopyTo(to.AsSpan(have));
        for (var i = 0; _frame.Masked && i < take; i++)
            to[have + i] ^= (byte)(_frame.Mask >> (24 - (((_at + i) & 3) * 8)));
        have += take;
    }
}

/// <summary>One message as the relay saw it.</summary>
/// <param name="At">When its last byte passed.</param>
/// <param name="FromClient">From the client to the server.</param>
/// <param name="Opcode">Of its first frame.</param>
/// <param name="Compressed">Its first frame says so.</param>
/// <param name="Bytes">Payload bytes.</param>
/// <param name="Payload">Unmasked, at most <see cref="FrameTap.MostBytes"/>.</param>
/// <param name="Gap">A message before this one is missing.</param>
internal sealed record TappedMessage(DateTimeOffset At, bool FromClient, int Opcode, bool Compressed, long Bytes, byte[] Payload, bool Gap);
