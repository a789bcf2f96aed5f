using System.Text.Json;
using Appliance.Proxy.Config;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests.Oracle;

/// <summary>One case: the same set-up said in nginx's words and in ours, one request, and what nginx did with it.</summary>
public sealed record OracleCase(
    string NginxHttp,
    OracleServer[] NginxServers,
    JsonElement Routes,
    JsonElement HeaderMaps,
    string Host,
    string Target,
    string[] Headers,
    string[] Watch,
    OracleSeen? Expect
)
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NewLine = "\n",
    };

    /// <summary>Where the cases are.</summary>
    public static string Folder { get; } = Path.Combine(Repository.Root, "tests", "Appliance.EndToEnd.Tests", "Oracle", "cases");

    /// <summary>Names of all cases.</summary>
    public static string[] Names { get; } =
    [.. Directory.GetFiles(Folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    /// <summary>Reads one; every host and map name gets the case's own mark, so that all cases share one nginx and one proxy.</summary>
    public static OracleCase Read(string name)
    {
        var id = "c" + name[..3];
        var text = File.ReadAllText(Path.Combine(Folder, name + ".json"))
            .Replace("UPPER", id.ToUpperInvariant() + ".Test", StringComparison.Ordinal)
            .Replace("HOST", id + ".test", StringComparison.Ordinal)
            .Replace("ID", id, StringComparison.Ordinal);
        return JsonSerializer.Deserialize<OracleCase>(text, _json)!; // a case is an object
    }

    /// <summary>Writes what nginx did into the file, for a new case.</summary>
    public static void Write(string name, OracleSeen seen)
    {
        var file = Path.Combine(Folder, name + ".json");
        var id = "c" + name[..3];
        var doc = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(File.ReadAllText(file), _json)!; // a case is an object
        var said = JsonSerializer
            .Serialize(seen, _json)
            .Replace(id + ".test", "HOST", StringComparison.OrdinalIgnoreCase)
            .Replace(id, "ID", StringComparison.Ordinal);
        doc["expect"] = JsonSerializer.Deserialize<JsonElement>(said);
        File.WriteAllText(file, JsonSerializer.Serialize(doc, _json) + "\n");
    }

    /// <summary>Our items of this case, with names of their own.</summary>
    public ProxyConfig Config(string name)
    {
        var routes = Routes
            .EnumerateArray()
            .Select(
                (route, index) =>
                    JsonSerializer
                        .Serialize(route)
                        .Replace(
                            $"\"name\":\"{route.GetProperty("name").GetString()}\",\"hosts\"",
                            $"\"name\":\"{name[..3]} {index}\",\"hosts\"",
                            StringComparison.Ordinal
                        )
            );
        var document = $$"""{ "routes": [ {{string.Join(",", routes)}} ], "headerMaps": {{HeaderMaps}} }""";
        var parsed = ConfigDocument.Parse(System.Text.Encoding.UTF8.GetBytes(document));
        return parsed.Document?.Config ?? throw new InvalidOperationException($"{name}: {string.Join("; ", parsed.Problems)}");
    }
}

/// <summary>A server block.</summary>
public sealed record OracleServer(string Names, string Body);

/// <summary>What came of a request: what the back end saw, or the status and Location of the answer.</summary>
public sealed record OracleSeen(int Status, string? Target, string? Location, Dictionary<string, string> Headers);
