using System.Text;

namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>Text of the fuzz test: one char is one byte (Latin-1), so that every byte can be said, sent and compared.</summary>
internal static class Octets
{
    public const string TokenMarks = "!#$%&'*+-.^_`|~";

    public static byte[] Of(string text) => Encoding.Latin1.GetBytes(text);

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    /// <summary>Text of a config as the bytes that must be on the wire.</summary>
    public static string Utf8(string text) => Text(Encoding.UTF8.GetBytes(text));

    public static bool IsControl(char one) => one is < ' ' or '\x7f';

    public static bool IsToken(char one) => char.IsAsciiLetterOrDigit(one) || TokenMarks.Contains(one, StringComparison.Ordinal);

    public static bool HasAny(string text, string any) => text.Any(one => any.Contains(one, StringComparison.Ordinal));

    /// <summary>Control bytes as spaces.</summary>
    public static string Blanked(string text) => string.Concat(text.Select(one => IsControl(one) ? ' ' : one));

    /// <summary>Control bytes but tabs as spaces.</summary>
    public static string BlankedButTabs(string text) => string.Concat(text.Select(one => IsControl(one) && one != '\t' ? ' ' : one));

    /// <summary>Bytes above 0x7F percent-encoded.</summary>
    public static string Escaped(string text) => string.Concat(text.Select(one => one > '\x7f' ? $"%{(int)one:X2}" : one.ToString()));

    /// <summary>Every byte percent-encoded.</summary>
    public static string AllEscaped(string text) => string.Concat(text.Select(one => $"%{(int)one:X2}"));

    /// <summary>As a C# literal.</summary>
    public static string Literal(string text) =>
        '"'
        + string.Concat(
            text.Select(one =>
                one switch
                {
                    '"' or '\\' => "\\" + one,
                    < ' ' or > '~' => $"\\u{(int)one:x4}",
                    _ => one.ToString(),
                }
            )
        )
        + '"';
}
