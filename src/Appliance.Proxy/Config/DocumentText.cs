using System.Text.Json;
using System.Text.Unicode;

namespace Appliance.Proxy.Config;

/// <summary>
/// What JSON allows and a document must not have, because it would be read as something else than was written: bytes that are no UTF-8,
/// half characters, and a member that is there twice.
/// </summary>
internal static class DocumentText
{
    /// <summary>The first fault with its path, or null. Throws <see cref="JsonException"/> when the text is no JSON.</summary>
    public static (string Path, string Message)? FirstFault(ReadOnlySpan<byte> utf8)
    {
        if (FirstForeign(utf8) is { } foreign)
            return ("", $"{Place(utf8, foreign)}: the byte 0x{utf8[foreign]:X2} is no UTF-8. Save the file as UTF-8.");
        var reader = new Utf8JsonReader(
            utf8,
            new()
            {
                CommentHandling = JsonCommentHandling.Skip,
                AllowTrailingCommas = true,
                MaxDepth = 16,
            }
        );
        var levels = new Stack<Level>();
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                levels.Pop();
                continue;
            }

            if (levels.TryPeek(out var level) && level.Names is null)
                level.Index++;
            if (reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String && Text(ref reader) is var text)
            {
                if (text is null)
                    return (
                        PathOf(levels),
                        $"{Place(utf8, (int)reader.TokenStartIndex)}: half of a character is written here (\\uD800 to \\uDFFF without "
                            + "its other half)."
                    );
                if (reader.TokenType == JsonTokenType.PropertyName && level is { Names: { } names })
                {
                    level.Name = text;
                    if (!names.Add(text))
                        return (PathOf(levels), $"{Place(utf8, (int)reader.TokenStartIndex)}: \"{text}\" is there twice; remove one.");
                }
            }

            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                levels.Push(new() { Names = reader.TokenType == JsonTokenType.StartObject ? new(StringComparer.Ordinal) : null });
        }

        return null;
    }

    private static int? FirstForeign(ReadOnlySpan<byte> utf8)
    {
        if (Utf8.IsValid(utf8))
            return null;
        var at = 0;
        while (System.Text.Rune.DecodeFromUtf8(utf8[at..], out _, out var length) == System.Buffers.OperationStatus.Done)
            at += length;
        return at;
    }

    private static string? Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string Place(ReadOnlySpan<byte> utf8, int at)
    {
        var before = utf8[..at];
        return $"Line {before.Count((byte)'\n') + 1}, column {at - before.LastIndexOf((byte)'\n')}";
    }

    private static string PathOf(Stack<Level> levels) =>
        string.Join(
            '/',
            levels.Reverse().Select(level => level.Names is null ? level.Index.ToString() : level.Name).Where(part => part.Length > 0)
        );

    private sealed class Level
    {
        // Of an object; null in a list.
        public HashSet<string>? Names { get; init; }

        public string Name { get; set; } = "";

        public int Index { get; set; } = -1;
    }
}
