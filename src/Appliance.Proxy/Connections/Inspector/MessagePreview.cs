using System.Buffers.Binary;
using System.Text;
using Appliance.Proxy.Connections.Frames;

namespace Appliance.Proxy.Connections.Inspector;

/// <summary>Makes the preview of a message that people may see.</summary>
internal static class MessagePreview
{
    /// <summary>Characters of a preview.</summary>
    public const int MostChars = 1000;

    // Redaction looks at more than is shown: a rule may need what stands behind the cut.
    private const int MostRead = 64 * 1024;

    /// <summary>
    /// The beginning of a message's text, and a note on what is missing. The preview is null for a message without readable text, the note
    /// when nothing is missing.
    /// </summary>
    public static (string? Preview, string? Note) Of(TappedMessage message, MessageInflater inflater, Redaction redaction)
    {
        if (message.Opcode == FrameHeader.Close)
            return (Close(message.Payload, redaction), null);
        if (message.Opcode is FrameHeader.Ping or FrameHeader.Pong)
            return (null, null);
        var (bytes, whole, note) = message.Compressed
            ? inflater.Inflate(message)
            : (message.Payload, message.Payload.Length == message.Bytes, null);
        if (bytes is null)
            return (null, note);
        if (message.Opcode != 1)
            return (null, message.Compressed ? $"binary, {bytes.Length}{(whole ? "" : " or more")} bytes inflated" : "binary");
        if (bytes.Length > MostRead)
            (bytes, whole) = (bytes[..MostRead], false);
        var text = redaction.Apply(Encoding.UTF8.GetString(bytes));
        if (text is null)
            return (null, "a redaction rule took too long; nothing is shown");
        return text.Length <= MostChars ? (text, whole ? null : "cut") : (text[..MostChars], "cut");
    }

    private static string Close(byte[] payload, Redaction redaction)
    {
        if (payload.Length < 2)
            return "no code";
        var reason = redaction.Apply(Encoding.UTF8.GetString(payload.AsSpan(2)));
        return $"{BinaryPrimitives.ReadUInt16BigEndian(payload)} {reason}".TrimEnd();
    }
}
