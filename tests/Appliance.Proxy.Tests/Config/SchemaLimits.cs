using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using Appliance.Proxy.Certificates;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Items;
using Appliance.Proxy.Routing;
using Appliance.Proxy.TlsPolicies;
using Appliance.Proxy.Upstreams;
using Appliance.Proxy.WebSocketPolicies;

namespace Appliance.Proxy.Tests.Config;

/// <summary>
/// What the rules of the product demand of a member and its type does not say. <see cref="SchemaAgainstRulesTests"/> holds every line
/// against the rules.
/// </summary>
internal static class SchemaLimits
{
    // Every number stands before its unit, a blank or the end: there is one way to read it, so that no editor hangs.
    private const string TimePattern = "^ *([0-9]+((ms|s|m|h|d) *| +|$))+$";

    private static readonly Dictionary<string, string> _members = new(StringComparer.Ordinal)
    {
        ["Document.Revision"] = """{ "minimum": 0 }""",
        ["Route.Name"] = """{ "minLength": 1, "maxLength": 64 }""",
        ["UpstreamPool.Name"] = """{ "minLength": 1, "maxLength": 64 }""",
        ["TlsPolicy.Name"] = """{ "minLength": 1, "maxLength": 64 }""",
        ["HeaderMap.Name"] = """{ "pattern": "^\\$[A-Za-z_][A-Za-z0-9_]{0,63}$" }""",
        ["HeaderMap.Source"] = """{ "minLength": 1 }""",
        [Of<Route>(nameof(Route.MaxRequestBodyBytes))] = """{ "minimum": 0 }""",
        [Of<ValueCondition>(nameof(ValueCondition.Name))] = """{ "minLength": 1 }""",
        [Of<RouteAction.Proxy>(nameof(RouteAction.Proxy.MinBodyRate))] = """{ "minimum": 0 }""",
        [Of<RouteAction.Proxy>(nameof(RouteAction.Proxy.MaxTries))] = """{ "minimum": 0 }""",
        [Of<RouteAction.Redirect>(nameof(RouteAction.Redirect.Status))] = """{ "enum": [ 301, 302, 303, 307, 308 ] }""",
        [Of<RouteAction.Redirect>(nameof(RouteAction.Redirect.Location))] = """{ "minLength": 1 }""",
        [Of<RouteAction.Respond>(nameof(RouteAction.Respond.Status))] = """{ "minimum": 200, "maximum": 599 }""",
        [Of<RouteAction.Respond>(nameof(RouteAction.Respond.Body))] = """{ "maxLength": 65536 }""",
        [Of<RouteAction.Respond>(nameof(RouteAction.Respond.ContentType))] = """{ "minLength": 1 }""",
        [Of<HeaderRule>(nameof(HeaderRule.Name))] = """{ "minLength": 1, "maxLength": 256 }""",
        [Of<HeaderRule>(nameof(HeaderRule.Value))] = """{ "maxLength": 8192 }""",
        [Of<WebSocketPolicy>(nameof(WebSocketPolicy.LifetimeJitter))] = """{ "minimum": 0, "maximum": 90 }""",
        [Of<WebSocketPolicy>(nameof(WebSocketPolicy.MaxPerClient))] = """{ "minimum": 0 }""",
        [Of<WebSocketPolicy>(nameof(WebSocketPolicy.MaxSockets))] = """{ "minimum": 0 }""",
        [Of<WebSocketPolicy>(nameof(WebSocketPolicy.MaxMessageBytes))] = """{ "minimum": 0 }""",
        [Of<WebSocketPolicy>(nameof(WebSocketPolicy.MaxMessageRate))] = """{ "minimum": 0 }""",
        [Of<UpstreamPool>(nameof(UpstreamPool.Servers))] = """{ "minItems": 1 }""",
        [Of<UpstreamServer>(nameof(UpstreamServer.Weight))] = """{ "minimum": 1, "maximum": 65535 }""",
        [Of<UpstreamServer>(nameof(UpstreamServer.MaxFails))] = """{ "minimum": 0 }""",
        [Of<UpstreamServer>(nameof(UpstreamServer.MaxConns))] = """{ "minimum": 0 }""",
        [Of<UpstreamTls>(nameof(UpstreamTls.Trusted))] = $$"""{ "maxLength": {{CaBundle.MaxLength}} }""",
        [Of<UpstreamTls>(nameof(UpstreamTls.ServerName))] = """{ "maxLength": 255 }""",
        [Of<UpstreamTls>(nameof(UpstreamTls.ClientCertificate))] = """{ "maxLength": 255 }""",
        [Of<TlsPolicy>(nameof(TlsPolicy.HttpsPort))] = """{ "minimum": 1, "maximum": 65535 }""",
        [Of<ClientCertificatePolicy>(nameof(ClientCertificatePolicy.Trusted))] = $$"""{ "maxLength": {{CaBundle.MaxLength}} }""",
        [Of<ClientCertificatePolicy>(nameof(ClientCertificatePolicy.Depth))] = """{ "minimum": 0, "maximum": 10 }""",
    };

    /// <summary>A time as <see cref="NginxTime"/> reads it, or seconds as a number.</summary>
    public static JsonObject Time() =>
        new()
        {
            ["type"] = new JsonArray("string", "number"),
            ["pattern"] = TimePattern,
            ["minimum"] = 0,
            ["exclusiveMaximum"] = 1_000_000_000,
        };

    /// <summary>Puts the limits of a member into its schema. Numbers without one have those of their type.</summary>
    public static void Put(JsonSchemaExporterContext context, JsonObject schema)
    {
        var property = context.PropertyInfo!; // called for members only
        var owner = property.DeclaringType == typeof(ConfigItem) ? context.BaseTypeInfo?.Type ?? OwnerOf(context) : property.DeclaringType;
        var name = char.ToUpperInvariant(property.Name[0]) + property.Name[1..];
        if (_members.TryGetValue($"{owner.Name}.{name}", out var limits))
        {
            foreach (var (keyword, value) in JsonNode.Parse(limits)!.AsObject()) // every line above is an object
                schema[keyword] = value!.DeepClone(); // none is null
        }

        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (schema.ContainsKey("maximum") || schema.ContainsKey("enum"))
            return;
        if (type == typeof(int))
            schema["maximum"] = int.MaxValue;
        else if (type == typeof(long))
            schema["maximum"] = long.MaxValue;
    }

    // Members that every item has: the list that the item stands in says of which kind it is.
    private static Type OwnerOf(JsonSchemaExporterContext context) =>
        context.Path[1] switch
        {
            "routes" => typeof(Route),
            "upstreamPools" => typeof(UpstreamPool),
            "headerMaps" => typeof(HeaderMap),
            "tlsPolicies" => typeof(TlsPolicy),
            var list => throw new InvalidOperationException($"A list that is not known: {list}."),
        };

    private static string Of<T>(string member) => $"{typeof(T).Name}.{member}";
}
