using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Appliance.Web.Forms;

/// <summary>
/// What somebody typed, as text that the browser keeps while the connection is away: the draft as the server knew it last, and the fields
/// typed since.
/// </summary>
/// <param name="Base">The item the draft was made from, canonical JSON; null for a new one.</param>
/// <param name="Draft">The draft as JSON; null when the connection broke before the server said it.</param>
/// <param name="Fields">Values of controls by their name, which is a path into the draft.</param>
public sealed record KeptDraft(
    [property: JsonPropertyName("base")] string? Base,
    [property: JsonPropertyName("draft")] string? Draft,
    [property: JsonPropertyName("fields")] IReadOnlyDictionary<string, JsonElement>? Fields
)
{
    /// <summary>What the name of a control beside the draft begins with.</summary>
    public const string BesidePrefix = "beside/";

    private const string BesideMember = "beside";
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web);

    /// <summary>A draft as text, with what was typed into controls beside it, by their names without <see cref="BesidePrefix"/>.</summary>
    public static string Write<T>(T draft, IReadOnlyDictionary<string, string>? beside = null)
    {
        var node = JsonSerializer.SerializeToNode(draft, _json);
        if (node is JsonObject all && beside is not null)
            all[BesideMember] = JsonSerializer.SerializeToNode(beside, _json);
        return node?.ToJsonString(_json) ?? "null";
    }

    /// <summary>What a browser kept, or null when it kept nothing that can be read.</summary>
    public static KeptDraft? Read(string? kept)
    {
        try
        {
            return kept is null ? null : JsonSerializer.Deserialize<KeptDraft>(kept, _json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>
    /// The draft, or <paramref name="otherwise"/> when only fields were kept, with the fields typed since; null when it cannot be read
    /// (another version wrote it).
    /// </summary>
    public T? To<T>(T otherwise)
        where T : class
    {
        try
        {
            var node = JsonNode.Parse(Draft ?? Write(otherwise));
            foreach (var (path, value) in Fields ?? new Dictionary<string, JsonElement>())
                Put(node, path.Split('/'), value);
            return node.Deserialize<T>(_json);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>
    /// What was typed into controls beside the draft: a comment, what a tester tries. By their names without <see cref="BesidePrefix"/>.
    /// </summary>
    public IReadOnlyDictionary<string, string> Beside()
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        using var draft = JsonDocument.Parse(Draft ?? "{}");
        if (
            draft.RootElement.ValueKind == JsonValueKind.Object
            && draft.RootElement.TryGetProperty(BesideMember, out var known)
            && known.ValueKind == JsonValueKind.Object
        )
        {
            foreach (var property in known.EnumerateObject())
                found[property.Name] = Text(property.Value);
        }

        foreach (var (name, value) in Fields ?? new Dictionary<string, JsonElement>())
        {
            if (name.StartsWith(BesidePrefix, StringComparison.Ordinal))
                found[name[BesidePrefix.Length..]] = Text(value);
        }

        return found;
    }

    /// <summary>The names of those fields that <paramref name="draft"/> knows and has with another value than the browser shows.</summary>
    public static IReadOnlyList<string> Missed<T>(
        T draft,
        IReadOnlyDictionary<string, string> beside,
        IReadOnlyDictionary<string, JsonElement> fields
    )
    {
        if (fields.Count == 0)
            return [];
        var node = JsonNode.Parse(Write(draft, beside));
        return
        [
            .. fields
                .Where(field =>
                    field.Key.StartsWith(BesidePrefix, StringComparison.Ordinal)
                        ? beside.GetValueOrDefault(field.Key[BesidePrefix.Length..], "") != Text(field.Value)
                        : Find(node, field.Key.Split('/'), out var name) is { } parent
                            && !JsonNode.DeepEquals(parent[name], JsonNode.Parse(field.Value.GetRawText()))
                )
                .Select(field => field.Key),
        ];
    }

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() ?? "" : value.GetRawText();

    private static void Put(JsonNode? node, ReadOnlySpan<string> path, JsonElement value)
    {
        if (Find(node, path, out var name) is { } parent)
            parent[name] = JsonNode.Parse(value.GetRawText());
    }

    // Where it stands in the draft. Only what is there already: a name the draft does not know is somebody else's control.
    private static JsonObject? Find(JsonNode? node, ReadOnlySpan<string> path, out string name)
    {
        while (path.Length > 1 && node is not null)
        {
            node = node switch
            {
                JsonObject one => one[path[0]],
                JsonArray list => int.TryParse(path[0], out var index) && index >= 0 && index < list.Count ? list[index] : null,
                _ => null,
            };
            path = path[1..];
        }

        name = path[0];
        return node is JsonObject parent && path.Length == 1 && parent.ContainsKey(name) ? parent : null;
    }
}
