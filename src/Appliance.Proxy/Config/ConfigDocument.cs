using System.Buffers;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Appliance.Proxy.Items;

namespace Appliance.Proxy.Config;

/// <summary>The canonical JSON document that export writes and apply takes.</summary>
/// <param name="Revision">Guard: apply only if this is still the head. Null: no guard. Export writes the head's number.</param>
/// <param name="Config">The whole desired state.</param>
public sealed partial record ConfigDocument(long? Revision, ProxyConfig Config)
{
    /// <summary>Longest document accepted, in bytes.</summary>
    public const int MaxBytes = 64 * 1024 * 1024;

    // Beyond it nobody reads on.
    private const int MostProblems = 1000;

    private static readonly string[] _members = ["$schema", "revision", .. ItemKinds.All.Select(kind => kind.Member)];

    /// <summary>
    /// Reads a document. Never throws for bad text: every item reports its own first problem, with path, line and column.
    /// </summary>
    public static ConfigDocumentParse Parse(ReadOnlySpan<byte> utf8)
    {
        var problems = new ProblemList();
        if (ReadRoot(utf8, problems, "{ \"routes\": [ ... ], \"upstreamPools\": [ ... ], \"headerMaps\": [ ... ] }") is not { } root)
            return new(null, problems.All);
        foreach (var (name, _) in root)
        {
            if (!_members.Contains(name) && problems.All.Count < MostProblems)
                problems.Error(name, "unknown_member", $"\"{name}\" is not a member of a config.{NearestName.Hint(name, _members)}");
        }

        var revision = ReadRevision(root["revision"], problems);
        var config = ItemKinds.All.Aggregate(ProxyConfig.Empty, (read, kind) => read.With(kind, ReadItems(root, kind, problems)));
        return problems.All.Count > 0 ? new(null, problems.All) : new(new(revision, config), []);
    }

    /// <summary>
    /// An object, or null with a problem: not JSON, too long, or with text that people cannot see. <paramref name="example"/> says what it
    /// should look like.
    /// </summary>
    internal static JsonObject? ReadRoot(ReadOnlySpan<byte> utf8, ProblemList problems, string example)
    {
        if (utf8.Length > MaxBytes)
        {
            problems.Error("", "too_long", $"The document has {utf8.Length} bytes; at most {MaxBytes} are accepted.");
            return null;
        }

        JsonObject? root;
        try
        {
            if (utf8.StartsWith("\uFEFF"u8))
                utf8 = utf8[3..];
            if (DocumentText.FirstFault(utf8) is { } fault)
            {
                problems.Error(fault.Path, "bad_json", fault.Message);
                return null;
            }

            root =
                JsonNode.Parse(
                    utf8,
                    null,
                    new()
                    {
                        CommentHandling = JsonCommentHandling.Skip,
                        AllowTrailingCommas = true,
                        MaxDepth = 16,
                    }
                ) as JsonObject;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            problems.Error(
                "",
                "bad_json",
                exception is JsonException json ? $"Not JSON{Place(json)}: {Plain(json.Message)}" : $"Not JSON: {exception.Message}"
            );
            return null;
        }

        if (root is null)
            problems.Error("", "bad_json", $"The document must be an object: {example}.");
        return root;
    }

    /// <summary>
    /// Canonical text: fixed member order, defaults left out, two spaces, items by name where their order means nothing, one line feed at
    /// the end.
    /// </summary>
    public string ToJson()
    {
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text, ConfigSerializer.DocumentWriter))
        {
            writer.WriteStartObject();
            if (Revision is { } revision)
                writer.WriteNumber("revision", revision);
            else
                writer.WriteNull("revision");
            foreach (var kind in ItemKinds.All)
                WriteItems(writer, kind, Config.Of(kind));
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.WrittenSpan) + "\n";
    }

    private static void WriteItems(Utf8JsonWriter writer, ItemKind kind, IReadOnlyList<ConfigItem> items)
    {
        if (items.Count == 0 && !kind.IsWrittenWhenEmpty)
            return;
        writer.WriteStartArray(kind.Member);
        foreach (var item in kind.IsOrdered ? items : [.. items.OrderBy(item => item.Name, StringComparer.Ordinal)])
            JsonSerializer.Serialize(writer, item, kind.Type, ConfigSerializer.Document);
        writer.WriteEndArray();
    }

    private static long? ReadRevision(JsonNode? node, ProblemList problems)
    {
        if (node is null)
            return null;
        if (node is JsonValue value && value.TryGetValue(out long number) && number >= 0)
            return number;
        problems.Error("revision", "bad_value", "\"revision\" is the number of the revision that this document was made from.");
        return null;
    }

    private static List<ConfigItem> ReadItems(JsonObject root, ItemKind kind, ProblemList problems)
    {
        var items = new List<ConfigItem>();
        if (root[kind.Member] is not { } node)
            return items;
        if (node is not JsonArray array)
        {
            problems.Error(kind.Member, "bad_value", $"\"{kind.Member}\" must be a list.");
            return items;
        }

        for (var index = 0; index < array.Count; index++)
        {
            // Each has a path and a sentence: a long document of nothing but mistakes would take gigabytes.
            if (problems.All.Count >= MostProblems)
            {
                problems.Error(kind.Member, "too_many_problems", $"There are more than {MostProblems} problems; the rest was not read.");
                break;
            }

            var path = $"{kind.Member}/{NameOf(array[index]) ?? index.ToString()}";
            if (ReadItem(array[index], kind, path, problems) is { } item)
                items.Add(item);
        }

        return items;
    }

    /// <summary>One item, or null with its first problem.</summary>
    internal static ConfigItem? ReadItem(JsonNode? node, ItemKind kind, string path, ProblemList problems)
    {
        if (NullIn(node, path) is { } empty)
        {
            problems.Error(empty, "bad_value", "A null stands in a list; remove it.");
            return null;
        }

        try
        {
            if (node.Deserialize(kind.Type, ConfigSerializer.Document) is ConfigItem item)
                return item;
            problems.Error(path, "bad_value", "An item is null; remove it.");
        }
        catch (JsonException exception)
        {
            problems.Error(path + Slashes(exception.Path), Code(exception), Explain(exception));
        }
        catch (Exception exception) when (exception is NotSupportedException or InvalidOperationException or ArgumentException)
        {
            var (field, message) = kind.UnknownPart ?? ("", "A part of it has a kind that does not exist.");
            problems.Error(field.Length == 0 ? path : $"{path}/{field}", "bad_value", message);
        }

        return null;
    }

    // Where a list has a null in it: no list of ours may, and the serializer does not look.
    private static string? NullIn(JsonNode? node, string path) =>
        node switch
        {
            JsonArray list => list.Select((element, at) => element is null ? $"{path}/{at}" : NullIn(element, $"{path}/{at}"))
                .FirstOrDefault(found => found is not null),
            JsonObject members => members
                .Select(member => NullIn(member.Value, $"{path}/{member.Key}"))
                .FirstOrDefault(found => found is not null),
            _ => null,
        };

    private static string? NameOf(JsonNode? node) =>
        node is JsonObject item && item["name"] is JsonValue value && value.TryGetValue(out string? name) && name.Length > 0 ? name : null;

    // "$.hosts[0]" -> "/hosts/0"
    private static string Slashes(string? path) => path is null or "$" ? "" : PathParts().Replace(path[1..], "/$1");

    private static string Code(JsonException exception) =>
        exception.Message switch
        {
            var text when text.Contains("could not be mapped to any .NET member", StringComparison.Ordinal) => "unknown_member",
            var text when text.Contains("missing required properties", StringComparison.Ordinal) => "missing_member",
            _ => "bad_value",
        };

    private static string Explain(JsonException exception)
    {
        var quoted = Quoted().Match(exception.Message);
        switch (Code(exception))
        {
            case "unknown_member":
                var name = quoted.Groups[1].Value;
                return $"\"{name}\" is not a member here.{NearestName.Hint(name, _knownMembers)}";
            case "missing_member":
                var list = exception.Message[(exception.Message.LastIndexOf(':') + 1)..].Trim(' ', '.').Replace('\'', '"');
                return $"Missing: {list}.";
            default:
                if (exception.Message.Contains("doesn't allow", StringComparison.Ordinal))
                    return $"\"{quoted.Groups[1].Value}\" must not be null; leave it out for its default.";
                return
                    Plain(exception.Message) is var plain
                    && plain.StartsWith("The JSON value could not be converted", StringComparison.Ordinal)
                    ? "The value has the wrong type for this member."
                    : plain;
        }
    }

    private static readonly string[] _knownMembers =
    [
        .. PartsOf(ItemKinds.All.Select(kind => kind.Type))
            .SelectMany(type => type.GetProperties())
            .Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name))
            .Append("kind")
            .Distinct(),
    ];

    // The types that documents are made of: those of the kinds, of their members, of the lists in them, and of the cases of a closed set.
    private static HashSet<Type> PartsOf(IEnumerable<Type> types)
    {
        var found = new HashSet<Type>();
        var open = new Stack<Type>(types);
        while (open.TryPop(out var type))
        {
            foreach (var argument in type.GetGenericArguments())
                open.Push(argument);
            if (type.IsEnum || type.Assembly != typeof(ConfigItem).Assembly || !found.Add(type))
                continue;
            foreach (var property in type.GetProperties())
                open.Push(property.PropertyType);
            foreach (var known in type.GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false))
                open.Push(known.DerivedType);
        }

        return found;
    }

    private static string Plain(string message)
    {
        var end = message.IndexOf(" Path: ", StringComparison.Ordinal);
        var text = end < 0 ? message : message[..end];
        var line = text.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return line < 0 ? text : text[..line];
    }

    private static string Place(JsonException exception) =>
        exception.LineNumber is { } line ? $" at line {line + 1}, column {exception.BytePositionInLine + 1}" : "";

    [GeneratedRegex(@"\.?\[?'?([^.\[\]']+)'?\]?")]
    private static partial Regex PathParts();

    [GeneratedRegex("property (?:or field )?'([^']*)'")]
    private static partial Regex Quoted();
}

/// <summary>Either a document or problems.</summary>
public sealed record ConfigDocumentParse(ConfigDocument? Document, IReadOnlyList<ConfigProblem> Problems);
