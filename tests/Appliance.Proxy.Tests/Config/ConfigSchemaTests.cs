using System.Text.Json.Nodes;
using Appliance.Testing;

namespace Appliance.Proxy.Tests.Config;

/// <summary>docs/config.schema.json says what the program reads. APPLIANCE_TEST_SCHEMA=write brings it up to date.</summary>
public sealed class ConfigSchemaTests
{
    private static readonly string Kept = Path.Combine(Repository.Root, "docs", "config.schema.json");

    public static TheoryData<string> Examples => [.. Directory.GetFiles(Path.Combine(Repository.Root, "docs", "examples"), "*.json").Select(file => Path.GetFileName(file))];

    [Fact]
    public async Task Schema_AgainstTheRecords_IsUpToDate()
    {
        var made = SchemaWriter.Write();
        if (Environment.GetEnvironmentVariable("APPLIANCE_TEST_SCHEMA") == "write")
            await File.WriteAllTextAsync(Kept, made);
        (await File.ReadAllTextAsync(Kept)).ShouldBe(made);
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task Schema_Example_Fits(string file) =>
        Fault(Schema(), JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "examples", file)))).ShouldBeNull();

    [Theory]
    [InlineData("""{ "rotues": [] }""")]
    [InlineData("""{ "routes": [ { "name": "a" } ] }""")]
    [InlineData("""{ "routes": [ { "name": "a", "action": { "kind": "teleport" } } ] }""")]
    [InlineData("""{ "routes": [ { "name": "a", "pathKind": "Prefix", "action": { "kind": "respond" } } ] }""")]
    [InlineData("""{ "routes": [ { "name": "a", "webSocket": { "idleTimeout": true }, "action": { "kind": "respond" } } ] }""")]
    [InlineData("""{ "upstreamPools": [ { "name": "a", "servers": [ { "address": "http://a:1", "weight": "2" } ] } ] }""")]
    public void Schema_WrongDocument_DoesNotFit(string text) => Fault(Schema(), JsonNode.Parse(text)).ShouldNotBeNull();

    private static JsonObject Schema() => JsonNode.Parse(File.ReadAllText(Kept))!.AsObject(); // the file is an object

    // As much of JSON Schema as the document uses.
    private static string? Fault(JsonObject schema, JsonNode? value)
    {
        var at = value?.GetPath() ?? "null";
        if (schema["anyOf"] is JsonArray any && any.All(one => Fault(one!.AsObject(), value) is not null)) // a list of schemas
            return $"{at}: none of the alternatives";
        if (schema["const"] is { } constant && !JsonNode.DeepEquals(constant, value))
            return $"{at}: not {constant}";
        if (schema["enum"] is JsonArray words && !words.Any(word => JsonNode.DeepEquals(word, value)))
            return $"{at}: not one of {words}";
        if (schema["type"] is { } types && !(types is JsonArray many ? many.Select(one => one!.ToString()) : [types.ToString()]).Any(type => Is(type, value))) // names of types
            return $"{at}: not {types}";
        if (value is JsonArray list && schema["items"] is JsonObject item)
            return list.Select(one => Fault(item, one)).FirstOrDefault(fault => fault is not null);
        if (value is not JsonObject members)
            return null;
        var known = schema["properties"] as JsonObject ?? [];
        if (schema["required"] is JsonArray required && required.FirstOrDefault(name => !members.ContainsKey(name!.ToString())) is { } missing) // names of members
            return $"{at}: {missing} is missing";
        if (schema["additionalProperties"] is JsonValue && members.FirstOrDefault(one => !known.ContainsKey(one.Key)) is { Key: not null } extra)
            return $"{at}: {extra.Key} is not known";
        return members.Where(one => known[one.Key] is JsonObject).Select(one => Fault(known[one.Key]!.AsObject(), one.Value)).FirstOrDefault(fault => fault is not null); // checked before
    }

    private static bool Is(string type, JsonNode? value) => value?.GetValueKind().ToString().ToLowerInvariant() switch
    {
        "true" or "false" => type == "boolean",
        "number" => type is "number" or "integer",
        null => type == "null",
        var kind => kind == type,
    };
}
