using System.Text;

namespace Appliance.Proxy.Edge;

/// <summary>
/// Reads Content-Length for the server under us, which asks for an encoding and then takes signs, blanks and zero bytes along, and breaks
/// with more than 20 digits. Here it is digits and nothing else (RFC 9110, 8.6), however many zeros it begins with. What is no length
/// becomes a text that the server refuses with 400.
/// </summary>
internal sealed class ContentLengthText : Encoding
{
    // As many digits as 2^63 - 1 has.
    private const int MostDigits = 19;
    private const char NoDigit = 'x';

    /// <summary>The one there is.</summary>
    public static ContentLengthText Instance { get; } = new();

    /// <inheritdoc/>
    public override int GetCharCount(byte[] bytes, int index, int count) => Math.Max(1, Digits(bytes.AsSpan(index, count)).Length);

    /// <inheritdoc/>
    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        GetChars(bytes.AsSpan(byteIndex, byteCount), chars.AsSpan(charIndex));

    /// <inheritdoc/>
    public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars)
    {
        var digits = Digits(bytes);
        if (!digits.IsEmpty)
            return Latin1.GetChars(digits, chars);
        chars[0] = NoDigit;
        return 1;
    }

    /// <inheritdoc/>
    public override int GetMaxCharCount(int byteCount) => Math.Max(1, byteCount);

    // Nothing is written by it.
    /// <inheritdoc/>
    public override int GetMaxByteCount(int charCount) => charCount;

    /// <inheritdoc/>
    public override int GetByteCount(char[] chars, int index, int count) => Latin1.GetByteCount(chars, index, count);

    /// <inheritdoc/>
    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    // Without the zeros before them; empty for what is no length.
    private static ReadOnlySpan<byte> Digits(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return [];
        var digits = text.TrimStart((byte)'0');
        return digits.IsEmpty ? text[..1]
            : digits.Length > MostDigits ? []
            : digits;
    }
}
