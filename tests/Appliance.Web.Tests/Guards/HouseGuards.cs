using Appliance.Testing;

namespace Appliance.Web.Tests.Guards;

public sealed class HouseGuards
{
    private static readonly string[] _badNames = ["Utils", "Helpers", "Common", "Shared", "Core", "Manager", "Service"];

    [Theory]
    [InlineData("Microsoft.EntityFrameworkCore", "the request path must not be able to touch a database")]
    [InlineData("Microsoft.Data.Sqlite", "the request path must not be able to touch a database")]
    [InlineData("Microsoft.AspNetCore.Components", "the proxy knows nothing of the console")]
    [InlineData("Microsoft.AspNetCore.Authentication", "sign-in belongs to the console; the proxy has no sessions")]
    [InlineData("Appliance.Data", "the line is Web -> Data -> Proxy")]
    [InlineData("Appliance.Web", "the line is Web -> Data -> Proxy")]
    public void Proxy_References_StayOnTheLine(string forbidden, string reason) =>
        typeof(Proxy.ProxyHost)
            .Assembly.GetReferencedAssemblies()
            .Where(name => name.Name!.StartsWith(forbidden, StringComparison.Ordinal))
            .ShouldBeEmpty($"Appliance.Proxy must not reference {forbidden}: {reason}.");

    [Fact]
    public void Data_References_StayOnTheLine() =>
        typeof(Data.DataFolder)
            .Assembly.GetReferencedAssemblies()
            .ShouldNotContain(name => name.Name == "Appliance.Web", "the line is Web -> Data -> Proxy");

    [Fact]
    public void Sources_Files_AreShort() =>
        Sources()
            .Where(file => File.ReadLines(file).Count() > 500)
            .ShouldBeEmpty("Split by responsibility: a file of more than 500 lines is read by nobody.");

    // A page and its parts are read beside each other.
    [Fact]
    public void Web_Files_AreShorter() =>
        Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "src", "Appliance.Web"), "*.*", SearchOption.AllDirectories)
            .Where(Ours)
            .Where(file => Path.GetExtension(file) is ".cs" or ".razor")
            .Where(file => File.ReadLines(file).Count() > 250)
            .ShouldBeEmpty("Split by responsibility: a file of the console has at most 250 lines.");

    [Fact]
    public void Sources_Names_SayWhatTheThingKnows() =>
        Sources()
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Concat(Sources().Select(file => Path.GetFileName(Path.GetDirectoryName(file)!)))
            .Where(name =>
                _badNames.Any(bad =>
                    name == bad
                    || (
                        name.EndsWith(bad, StringComparison.Ordinal)
                        && bad is "Manager" or "Service" or "Helpers" or "Utils"
                        && name.EndsWith(bad, StringComparison.Ordinal)
                    )
                )
            )
            .Distinct()
            .ShouldBeEmpty("Name the thing after what it knows or does.");

    [Fact]
    public void Docs_Links_Resolve()
    {
        var broken = new List<string>();
        foreach (var file in Directory.EnumerateFiles(Repository.Root, "*.md", SearchOption.AllDirectories).Where(Ours))
        {
            foreach (
                System.Text.RegularExpressions.Match link in System.Text.RegularExpressions.Regex.Matches(
                    File.ReadAllText(file),
                    @"\]\((?!https?:|#|mailto:)([^)#]+)"
                )
            )
            {
                if (!Path.Exists(Path.Combine(Path.GetDirectoryName(file)!, link.Groups[1].Value)))
                    broken.Add($"{Path.GetRelativePath(Repository.Root, file)}: {link.Groups[1].Value}");
            }
        }

        broken.ShouldBeEmpty();
    }

    private static IEnumerable<string> Sources() =>
        new[] { "src", "tests" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(Ours);

    private static bool Ours(string file) =>
        !file.Contains("/bin/", StringComparison.Ordinal)
        && !file.Contains("/obj/", StringComparison.Ordinal)
        && !file.Contains("/node_modules/", StringComparison.Ordinal);
}
