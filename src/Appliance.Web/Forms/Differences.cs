using System.Text.Json;
using System.Text.Json.Nodes;

namespace Appliance.Web.Forms;

/// <summary>What two people made of the same item.</summary>
/// <param name="Property">The item's property.</param>
/// <param name="Was">Before both, or null.</param>
/// <param name="Theirs">What is stored now, or null.</param>
/// <param name="Yours">What was typed, or null.</param>
public sealed record Difference(string Property, string? Was, string? Theirs, string? Yours)
{
    /// <summary>Both changed it, and not to the same.</summary>
    public bool IsConflict => Was != Theirs && Was != Yours && Theirs != Yours;
}

/// <summary>Compares items property by property, in their canonical JSON.</summary>
public static class Differences
{
    private static readonly JsonSerializerOptions _readable = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>
    /// The properties in which <paramref name="theirs"/> and <paramref name="yours"/> differ. Null is an item that is not there.
    /// </summary>
    public static IReadOnlyList<Difference> Between(string? was, string? theirs, string yours)
    {
        var (a, b, c) = (Flat(was), Flat(theirs), Flat(yours));
        return
        [
            .. b
                .Keys.Concat(c.Keys)
                .Distinct()
                .Select(key => new Difference(key, a.GetValueOrDefault(key), b.GetValueOrDefault(key), c.GetValueOrDefault(key)))
                .Where(difference => difference.Theirs != difference.Yours),
        ];
    }

    /// <summary>
    /// Both changes together: yours where you changed something, theirs elsewhere. Property by property of the item and of its action.
    /// </summary>
    public static string Merge(string? was, string theirs, string yours)
    {
        var (a, b, c) = (Object(was), Object(theirs), Object(yours));
        return Merge(a, b, c).ToJsonString(_readable);
    }

    private static JsonObject Merge(JsonObject was, JsonObject theirs, JsonObject yours)
    {
        var merged = new JsonObject();
        foreach (var key in theirs.Select(pair => pair.Key).Concat(yours.Select(pair => pair.Key)).Distinct())
        {
            var (a, b, c) = (was[key], theirs[key], yours[key]);
            JsonNode? chosen;
            if (Same(a, c))
                chosen = b;
            else if (Same(a, b) || b is not JsonObject || c is not JsonObject || !Same(b["kind"], c["kind"]))
                chosen = c;
            else
                chosen = Merge(a as JsonObject ?? [], (JsonObject)b, (JsonObject)c);
            if (chosen is not null)
                merged[key] = chosen.DeepClone();
        }

        return merged;
    }

    private static bool Same(JsonNode? one, JsonNode? other) => JsonNode.DeepEquals(one, other);

    private static JsonObject Object(string? json) => json is null ? [] : JsonNode.Parse(json) as JsonObject ?? [];

    private static Dictionary<string, string> Flat(string? json)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in Object(json))
        {
            if (value is JsonObject inner)
            {
                foreach (var (name, nested) in inner)
                    found[$"{key}.{name}"] = Text(nested);
            }
            else
            {
                found[key] = Text(value);
            }
        }

        return found;
    }

    private static string Text(JsonNode? value) =>
        value switch
        {
            null => "null",
            JsonArray list => string.Join("\n", list.Select(Text)),
            JsonValue scalar when scalar.TryGetValue<string>(out var text) => text,
            _ => value.ToJsonString(_readable),
        };
}
