using System.Text.Json;
using System.Text.Json.Nodes;
using Appliance.EndToEnd.Tests.Oracle;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests.Docs;

/// <summary>
/// Pieces of files that the pages print: nginx takes what is printed as nginx's, the product takes what is printed as its document.
/// </summary>
public sealed class PrintedFilesTests
{
    // Items that a page shows alone belong to this list of the document.
    private static readonly Dictionary<string, string> _lists = new()
    {
        ["docs/features/header-maps.md"] = "headerMaps",
        ["docs/features/tls-policies.md"] = "tlsPolicies",
    };

    public static TheoryData<string> Nginx() =>
        [.. DocPages.Blocks().Where(block => block.Language == "nginx").Select(block => block.ToString())];

    public static TheoryData<string> Documents() =>
        [.. DocPages.Blocks().Where(block => block.Language == "json").Select(block => block.ToString())];

    [Theory]
    [MemberData(nameof(Nginx))]
    public async Task Nginx_AsPrinted_IsTakenByNginx(string place)
    {
        var text = DocPages.Blocks().Single(one => one.ToString() == place).Text;
        if (text.StartsWith("location", StringComparison.Ordinal))
            text = $"map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}\nserver {{\n{text}}}\n";
        await using var product = new ApplianceProcess();
        var file = Path.Combine(product.Folder, "nginx.conf");
        await File.WriteAllTextAsync(
            file,
            $"error_log stderr; pid {product.Folder}/pid; events {{ }}\nhttp {{\naccess_log off;\n{text}}}\n"
        );
        var (code, _, errors) = await product.RunAsync(
            [OracleFixture.Program, "-t", "-p", product.Folder, "-c", file],
            new Dictionary<string, string>()
        );
        code.ShouldBe(0, errors);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task Document_AsPrinted_IsTaken(string place)
    {
        var block = DocPages.Blocks().Single(one => one.ToString() == place);
        var pem = JsonEncodedText.Encode(Issue.Pem(["Authority"], isAuthority: true).Chain).ToString();
        var printed = JsonNode.Parse(block.Text.Replace("[ ... ]", "[]").Replace("-----BEGIN CERTIFICATE-----\\n...", pem))!.AsObject();
        var document = _lists.TryGetValue(block.Page, out var list) ? new JsonObject { [list] = new JsonArray(printed) } : printed;
        document.Remove("revision"); // of somebody else's history
        await using var product = new ApplianceProcess();
        var (code, output, errors) = await product.ApplyAsync(document.ToJsonString(), "--dry-run");
        (code, errors).ShouldBe((0, ""), output);
    }
}
