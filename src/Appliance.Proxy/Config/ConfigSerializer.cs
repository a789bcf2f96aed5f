using System.Collections;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Appliance.Proxy.Items;

namespace Appliance.Proxy.Config;

/// <summary>How config is written as JSON and read from it: one set of rules for documents and for stored rows.</summary>
internal static class ConfigSerializer
{
    /// <summary>One line, for rows.</summary>
    public static JsonSerializerOptions Compact { get; } = Build(indented: false, strict: false);

    /// <summary>Indented, for documents. Members that do not exist are refused.</summary>
    public static JsonSerializerOptions Document { get; } = Build(indented: true, strict: true);

    /// <summary>How the frame around the items of a document is written: like the items.</summary>
    public static JsonWriterOptions DocumentWriter { get; } =
        new()
        {
            Indented = true,
            NewLine = "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };

    private static JsonSerializerOptions Build(bool indented, bool strict)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            WriteIndented = indented,
            NewLine = "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            ReadCommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
            AllowOutOfOrderMetadataProperties = true,
            MaxDepth = 16,
            RespectNullableAnnotations = strict,
            UnmappedMemberHandling = strict ? JsonUnmappedMemberHandling.Disallow : JsonUnmappedMemberHandling.Skip,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LeaveDefaultsOut } },
        };
        options.Converters.Add(new ConfigWordConverters());
        options.Converters.Add(new NginxTimeConverter());
        options.MakeReadOnly();
        return options;
    }

    // What says nothing is not written: an export shows what somebody chose. Required members always stand.
    private static void LeaveDefaultsOut(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object || type.Type.Namespace?.StartsWith("Appliance.Proxy", StringComparison.Ordinal) != true)
            return;
        var plain = type.Type.IsAbstract || type.Type.GetConstructor([]) is null ? null : Activator.CreateInstance(type.Type);
        foreach (var property in type.Properties)
        {
            if (property.IsRequired || property.Get is not { } get || plain is null)
                continue;
            var standard = get(plain);
            var options = type.Options;
            property.ShouldSerialize = (_, value) => value is not IList { Count: 0 } && !Same(value, standard, options);
        }
    }

    // Not by Equals alone: two empty lists of different making are different to a record, and a section that says nothing would be written
    // as {}.
    private static bool Same(object? value, object? standard, JsonSerializerOptions options)
    {
        if (Equals(value, standard))
            return true;
        if (value is IList list && standard is IList other)
            return list.Count == other.Count && Enumerable.Range(0, list.Count).All(at => Same(list[at], other[at], options));
        return value is not null
            && standard is not null
            && value.GetType() == standard.GetType()
            && options.GetTypeInfo(value.GetType()) is { Kind: JsonTypeInfoKind.Object } type
            && type.Properties.All(property => property.Get is not { } get || Same(get(value), get(standard), options));
    }
}

/// <summary>Times as <see cref="NginxTime"/> writes them; a JSON number is seconds.</summary>
internal sealed class NginxTimeConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var seconds) && seconds is >= 0 and < 1e9)
            return TimeSpan.FromMilliseconds(Math.Round(seconds * 1000));
        return reader.TokenType == JsonTokenType.String && NginxTime.TryParse(reader.GetString() ?? "", out var span)
            ? span
            : throw new JsonException("A time is written as 300s, 5m, 1h 30m or 500ms.");
    }

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteStringValue(NginxTime.Format(value));
}
