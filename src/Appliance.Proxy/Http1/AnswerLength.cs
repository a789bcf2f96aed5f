using System.Globalization;

namespace Appliance.Proxy.Http1;

/// <summary>
/// The length that the Content-Length lines of an answer say. The same one several times, in lines or as a list, is one (RFC 9110, 8.6): no
/// reader takes it for another.
/// </summary>
internal static class AnswerLength
{
    /// <summary>False when it is no number, or when two of them differ.</summary>
    /// <param name="head">The answer.</param>
    /// <param name="length">The length in bytes; null when the answer says none.</param>
    public static bool TryRead(UpstreamHead head, out long? length)
    {
        length = null;
        foreach (var line in head.Lines.All)
        {
            if (!line.Is("Content-Length"))
                continue;
            var value = line.Value.AsSpan();
            foreach (var range in value.Split(','))
            {
                if (!TryRead(value[range], out var one) || (length is not null && length != one))
                    return false;
                length = one;
            }
        }

        return true;
    }

    // Digits alone: a sign, a point or nothing is no length.
    private static bool TryRead(ReadOnlySpan<char> text, out long length) =>
        long.TryParse(text.Trim(" \t"), NumberStyles.None, CultureInfo.InvariantCulture, out length);
}
