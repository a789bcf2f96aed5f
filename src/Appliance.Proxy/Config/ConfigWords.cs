using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Appliance.Proxy.Config;

/// <summary>
/// The words of an enumeration in a config: lower case with underscores, or what <see cref="JsonStringEnumMemberNameAttribute"/> says.
/// </summary>
internal static class ConfigWords
{
    /// <summary>The words, in the order of the enumeration.</summary>
    public static IReadOnlyList<string> Of(Type type) =>
        [
            .. Enum.GetNames(type)
                .Select(name =>
                    type.GetField(name)?.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name
                    ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(name)
                ),
        ];
}

/// <summary>
/// Reads and writes enumerations by <see cref="ConfigWords"/>, and takes no other word. The framework's own converter also takes
/// <c>PrefixNoRegex</c>, blanks around a word, and several words with commas between them, of which it makes one that nobody wrote.
/// </summary>
internal sealed class ConfigWordConverters : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsEnum;

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Converter<>).MakeGenericType(typeToConvert))!; // a class with a constructor

    private sealed class Converter<T> : JsonConverter<T>
        where T : struct, Enum
    {
        private static readonly IReadOnlyList<string> _words = ConfigWords.Of(typeof(T));
        private static readonly FrozenDictionary<string, T> _values = _words
            .Zip(Enum.GetValues<T>())
            .ToFrozenDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);

        private static readonly FrozenDictionary<T, string> _texts = _values.ToFrozenDictionary(pair => pair.Value, pair => pair.Key);

        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && _values.TryGetValue(reader.GetString() ?? "", out var value)
                ? value
                : throw new JsonException($"Not one of the accepted words: {string.Join(", ", _words)}.");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(_texts[value]);
    }
}
