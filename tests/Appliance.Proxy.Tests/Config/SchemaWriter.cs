using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Appliance.Proxy.Config;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Routing;
using Appliance.Proxy.TlsPolicies;
using Appliance.Proxy.Upstreams;

namespace Appliance.Proxy.Tests.Config;

/// <summary>Makes the JSON schema of a config document from the records that read it, with their docstrings as descriptions.</summary>
internal static partial class SchemaWriter
{
    private static readonly Dictionary<string, string> _descriptions = XDocument
        .Load(Path.Combine(AppContext.BaseDirectory, "Appliance.Proxy.xml"))
        .Descendants("member")
        .Where(member => member.Element("summary") is not null)
        .ToDictionary(member => member.Attribute("name")!.Value, member => Plain(member.Element("summary")!)); // a documentation file names every member

    /// <summary>The whole schema as the text of docs/config.schema.json.</summary>
    public static string Write()
    {
        var root = ConfigSerializer
            .Document.GetJsonSchemaAsNode(
                typeof(Document),
                new() { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Transform }
            )
            .AsObject();
        root.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        root.Insert(1, "title", "Appliance config");
        root["properties"]!.AsObject().Insert(0, "$schema", new JsonObject { ["type"] = "string" }); // the document has properties
        return root.ToJsonString(new(ConfigSerializer.Document) { WriteIndented = true }) + "\n";
    }

    private static JsonNode Transform(JsonSchemaExporterContext context, JsonNode node)
    {
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        if (type == typeof(TimeSpan))
            node = SchemaLimits.Time();
        else if (type.IsEnum)
            node = new JsonObject { ["enum"] = new JsonArray([.. ConfigWords.Of(type).Select(word => (JsonNode)word)]) };
        if (node is not JsonObject schema)
            return node;
        if (context.PropertyInfo is { } property)
        {
            SchemaLimits.Put(context, schema);
            Default(property, schema);
            if (
                property.AttributeProvider is PropertyInfo member
                && _descriptions.TryGetValue($"P:{member.DeclaringType!.FullName!.Replace('+', '.')}.{member.Name}", out var text)
            ) // a property of a named type
                schema.Insert(0, "description", text);
        }

        if (type == typeof(UpstreamPool))
            schema["required"]!.AsArray().Add("servers"); // a pool has a name, which is required
        return schema;
    }

    private static void Default(JsonPropertyInfo property, JsonObject schema)
    {
        if (
            property.IsRequired
            || property.AttributeProvider is not PropertyInfo { ReflectedType: { IsAbstract: false } owner } member
            || owner.GetConstructor([]) is null
        )
            return;
        var value = JsonSerializer.SerializeToNode(
            member.GetValue(Activator.CreateInstance(owner)),
            member.PropertyType,
            ConfigSerializer.Document
        );
        if (value is JsonValue)
            schema["default"] = value;
    }

    private static string Plain(XElement summary)
    {
        foreach (var see in summary.Descendants("see").ToArray())
            see.ReplaceWith(see.Attribute("cref")!.Value.Split('.')[^1]); // the compiler has checked every cref
        return Spaces().Replace(summary.Value, " ").Trim();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    private sealed record Document
    {
        public long? Revision { get; init; }

        public ImmutableArray<Route>? Routes { get; init; }

        public ImmutableArray<UpstreamPool>? UpstreamPools { get; init; }

        public ImmutableArray<HeaderMap>? HeaderMaps { get; init; }

        public ImmutableArray<TlsPolicy>? TlsPolicies { get; init; }
    }
}
