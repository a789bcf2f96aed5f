using System.Text.Json;
using Appliance.Testing;
using Json.Schema;

namespace Appliance.Proxy.Tests.Config;

/// <summary>docs/config.schema.json as an editor reads it.</summary>
internal static class ConfigSchema
{
    private static readonly Lazy<JsonSchema> _kept = new(() => JsonSchema.FromText(File.ReadAllText(Path)));
    private static readonly EvaluationOptions _verdict = new() { OutputFormat = OutputFormat.Flag };
    private static readonly EvaluationOptions _list = new() { OutputFormat = OutputFormat.List };

    /// <summary>The file.</summary>
    public static string Path => System.IO.Path.Combine(Repository.Root, "docs", "config.schema.json");

    /// <summary>The schema has nothing against a document.</summary>
    public static bool Fits(string document)
    {
        using var parsed = Parse(document);
        return _kept.Value.Evaluate(parsed.RootElement, _verdict).IsValid;
    }

    /// <summary>What the schema has against a document: a place and a sentence each. Empty: it fits.</summary>
    public static IReadOnlyList<string> Faults(string document)
    {
        using var parsed = Parse(document);
        var result = _kept.Value.Evaluate(parsed.RootElement, _list);
        if (result.IsValid)
            return [];
        var said = (result.Details ?? [])
            .Where(part => part.Errors is not null)
            .SelectMany(part => part.Errors!.Select(error => $"{part.InstanceLocation}: {error.Value}")); // those that have errors
        return [.. said.DefaultIfEmpty("refused")];
    }

    // As the product reads it: with comments, and commas that nothing follows.
    private static JsonDocument Parse(string document) =>
        JsonDocument.Parse(document, new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
}
