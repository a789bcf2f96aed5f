using System.Text.Json;
using System.Text.Json.Nodes;
using Appliance.Proxy.Items;

namespace Appliance.Proxy.Tests.Config;

/// <summary>
/// The schema and the product about the same documents: one that has every member, and documents that differ from it in one place.
/// What the product takes, fits. What the product refuses does not fit, but for the rules that look at the meaning of a text or at two
/// places.
/// </summary>
public sealed class SchemaAgainstRulesTests
{
    // Rules that a schema cannot say, by the code of their problem.
    private static readonly HashSet<string> _beyond = new(StringComparer.Ordinal)
    {
        "bad_host",
        "bad_path",
        "bad_regex",
        "bad_method",
        "bad_header_name",
        "bad_origin",
        "bad_subprotocol",
        "bad_upgrade",
        "bad_address",
        "bad_server_name",
        "bad_mask",
        "bad_template",
        "bad_location",
        "bad_content_type",
        "bad_pem",
        "unknown_scheme",
        "unknown_pool",
        "unknown_variable",
        "not_a_capture",
        "raw_with_regex",
        "duplicate_match",
        "duplicate_name",
        "duplicate_host",
        "preload_needs",
        "no_authority",
        "backup_not_possible",
        "built_in_variable",
        "address_without_name",
    };

    // What a value of any type is replaced by.
    private static readonly string[] _other =
    [
        "null",
        "true",
        "false",
        "-1",
        "1",
        "0.5",
        "[]",
        "{}",
        "[ null ]",
        "[ \"x\" ]",
        "[ 1 ]",
        "[ {} ]",
        "\"\"",
        "\"x\"",
        "\"1\"",
        "\"5s\"",
    ];

    // And a number or a time.
    private static readonly string[] _numbers =
    [
        "0",
        "2",
        "10",
        "11",
        "90",
        "91",
        "199",
        "200",
        "302",
        "304",
        "599",
        "600",
        "65535",
        "65536",
        "2147483647",
        "2147483648",
        "999999999",
        "1000000000",
        "9223372036854775807",
        "9223372036854775808",
        "1e20",
        "-0.5",
    ];

    // And a text.
    private static readonly string[] _texts =
    [
        "\" \"",
        "\"on\"",
        "\"5 s\"",
        "\"1h 30m\"",
        "\"1h30m\"",
        "\" 1h  5 \"",
        "\"1h\\t5\"",
        "\"5x\"",
        "\"-5s\"",
        "\"1.5h\"",
        "\"regex\"",
        "\"Regex\"",
        "\" regex \"",
        "\"regex,exact\"",
        "\"leastconn\"",
        "\"1.3\"",
        "\"$x\"",
        "\"$9\"",
        "\"$uri\"",
        "\"//\"",
        Quoted(64),
        Quoted(65),
        Quoted(255),
        Quoted(256),
        Quoted(257),
        Quoted(8192),
        Quoted(8193),
        Quoted(65536),
        Quoted(65537),
        Quoted(262144),
        Quoted(262145),
        $"\"$a{new string('b', 63)}\"",
        $"\"$a{new string('b', 64)}\"",
    ];

    private static readonly JsonObject _full = Full();

    [Fact]
    public void Full_HasEveryMember()
    {
        ConfigSchema.Faults(_full.ToJsonString()).ShouldBeEmpty();
        Verdict.Of(_full.ToJsonString()).Codes.ShouldBeEmpty();
        var schema = JsonNode.Parse(File.ReadAllText(ConfigSchema.Path))!; // a file of ours
        var has = Places(_full).Select(place => place.Split('/')[^1]).ToHashSet(StringComparer.Ordinal);
        Members(schema).Where(member => member != "$schema" && !has.Contains(member)).ShouldBeEmpty("this document has every member");
    }

    [Fact]
    public void Documents_DifferentInOnePlace_SchemaAndProductAgree()
    {
        var (judged, apart) = (0, new List<string>());
        foreach (var place in Places(_full))
        {
            foreach (var (what, document) in Changed(place))
            {
                judged++;
                var text = document.ToJsonString();
                var (fits, verdict) = (ConfigSchema.Fits(text), Verdict.Of(text));
                if (verdict.IsTaken && !fits)
                    apart.Add($"{place} {what}: taken, and does not fit: {string.Join("; ", ConfigSchema.Faults(text))}");
                else if (!verdict.IsTaken && fits && !verdict.Codes.Any(_beyond.Contains) && !IsBeyond(place, what, verdict))
                    apart.Add($"{place} {what}: fits, and is refused: {string.Join(", ", verdict.Codes)}");
            }
        }

        apart.ShouldBeEmpty($"{apart.Count} of {judged}");
        judged.ShouldBeGreaterThan(4000);
    }

    // A name's letters are the product's to judge. A time's range is in the text's meaning: 1m is longer than 50s.
    private static bool IsBeyond(string place, string what, Verdict verdict) =>
        verdict.Codes[0] switch
        {
            "bad_name" => what.StartsWith('"') && what.Length is > 2 and <= 66 && !place.StartsWith("headerMaps", StringComparison.Ordinal),
            "out_of_range" => place.EndsWith("Timeout", StringComparison.Ordinal)
                || place.Split('/')[^1] is "keepAliveTime" or "maxLifetime" or "pingInterval" or "maxAge",
            _ => false,
        };

    private static IEnumerable<(string What, JsonNode Document)> Changed(string place)
    {
        var before = At(_full, place)!; // nothing of it is null
        foreach (var value in Candidates(before))
        {
            var document = _full.DeepClone();
            if (!IsSame(before, value))
            {
                Replace(document, place, JsonNode.Parse(value));
                yield return (value.Length > 80 ? $"{value[..20]}... ({value.Length - 2})" : value, document);
            }
        }

        var without = _full.DeepClone();
        Remove(without, place);
        yield return ("removed", without);
        if (before is JsonObject)
        {
            var with = _full.DeepClone();
            At(with, place)!.AsObject()["extra"] = 1; // it is an object
            yield return ("with a member that is none", with);
        }
    }

    private static string[] Candidates(JsonNode value) =>
        value.GetValueKind() switch
        {
            JsonValueKind.Number => [.. _other, .. _numbers],
            JsonValueKind.String when NginxTime.TryParse(value.GetValue<string>(), out _) => [.. _other, .. _numbers, .. _texts],
            JsonValueKind.String => [.. _other, .. _texts],
            _ => _other,
        };

    private static bool IsSame(JsonNode? node, string value) => JsonNode.DeepEquals(node, JsonNode.Parse(value));

    // A path of this document: what it leads through is there.
    private static JsonNode? At(JsonNode root, string place) =>
        place.Split('/').Aggregate((JsonNode?)root, (node, part) => node is JsonArray list ? list[int.Parse(part)] : node![part]);

    private static void Replace(JsonNode root, string place, JsonNode? value)
    {
        var (parent, part) = Parent(root, place);
        if (parent is JsonArray list)
            list[int.Parse(part)] = value;
        else
            parent[part] = value;
    }

    private static void Remove(JsonNode root, string place)
    {
        var (parent, part) = Parent(root, place);
        if (parent is JsonArray list)
            list.RemoveAt(int.Parse(part));
        else
            parent.AsObject().Remove(part);
    }

    private static (JsonNode Parent, string Part) Parent(JsonNode root, string place)
    {
        var slash = place.LastIndexOf('/');
        return slash < 0 ? (root, place) : (At(root, place[..slash])!, place[(slash + 1)..]); // a path of this document
    }

    private static IEnumerable<string> Places(JsonNode? node, string at = "") =>
        node switch
        {
            JsonObject members => members.SelectMany(member => Places(member.Value, at + member.Key + "/").Prepend(at + member.Key)),
            JsonArray list => list.SelectMany((item, index) => Places(item, $"{at}{index}/").Prepend($"{at}{index}")),
            _ => [],
        };

    private static IEnumerable<string> Members(JsonNode? schema) =>
        schema switch
        {
            JsonObject keywords => keywords.SelectMany(keyword =>
                keyword is { Key: "properties", Value: JsonObject members }
                    ? members.SelectMany(one => Members(one.Value).Prepend(one.Key))
                    : Members(keyword.Value)
            ),
            JsonArray list => list.SelectMany(Members),
            _ => [],
        };

    private static string Quoted(int length) => $"\"{new string('a', length)}\"";

    internal static JsonObject Full() =>
        JsonNode
            .Parse(
                $$"""
                {
                  "revision": 3,
                  "routes": [
                    {
                      "name": "r1", "enabled": true, "hosts": [ "a.example" ], "path": "/a", "pathKind": "exact", "methods": [ "GET" ],
                      "headerConditions": [ { "name": "X-A", "kind": "prefix", "value": "v", "ignoreCase": true } ],
                      "queryConditions": [ { "name": "q" } ],
                      "action": {
                        "kind": "proxy", "pool": "p", "upstreamPath": "/b", "upstreamPathMode": "raw", "forwardedHeaders": false,
                        "connectTimeout": "3s", "readTimeout": 7.5, "minBodyRate": 5, "maxTries": 3
                      },
                      "requestHeaders": [ { "operation": "append", "name": "X-B", "value": "$uri" } ],
                      "responseHeaders": [ { "operation": "remove", "name": "X-C" } ],
                      "webSocket": {
                        "allow": true, "handshakeTimeout": "3s", "idleTimeout": "7m", "maxLifetime": "3h", "lifetimeJitter": 5,
                        "maxPerClient": 3, "maxSockets": 4,
                        "allowedOrigins": [ "https://a.example" ], "allowedSubprotocols": [ "chat" ], "laxHandshake": true,
                        "maxMessageBytes": 5, "maxMessageRate": 6,
                        "overRate": "slow_down", "pingInterval": "20s", "pingTimeout": "7s"
                      },
                      "upgrades": [ "tcp" ], "maxRequestBodyBytes": 5, "accessLog": false, "tags": [ "t" ]
                    },
                    { "name": "r2", "path": "/r2", "action": { "kind": "redirect", "status": 301, "location": "/x" } },
                    { "name": "r3", "path": "/r3", "action": { "kind": "respond", "status": 204, "body": "b", "contentType": "text/html" } }
                  ],
                  "upstreamPools": [
                    {
                      "name": "p", "balancing": "least_conn",
                      "servers": [
                        { "address": "http://s", "weight": 3, "backup": false, "down": false, "maxFails": 3, "failTimeout": "7s", "maxConns": 5 }
                      ],
                      "keepAliveTimeout": "7s", "keepAliveTime": "7m",
                      "tls": { "verify": true, "trusted": "", "serverName": "a.example", "clientCertificate": "c" },
                      "tags": [ "t" ]
                    }
                  ],
                  "headerMaps": [
                    { "name": "$m", "source": "$host", "rows": [ { "kind": "regex", "pattern": "^a", "value": "v" } ], "default": "d",
                      "tags": [ "t" ] }
                  ],
                  "tlsPolicies": [
                    {
                      "name": "t", "hosts": [ "a.example" ], "forceHttps": true, "httpsPort": 8443,
                      "hsts": { "maxAge": "400d", "includeSubDomains": true, "preload": true },
                      "minVersion": "1.3", "clientCertificates": { "verify": "optional_no_ca", "trusted": "", "depth": 2 }, "tags": [ "t" ]
                    }
                  ]
                }
                """
            )!
            .AsObject();
}
