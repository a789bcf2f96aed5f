using Appliance.Testing;

namespace Appliance.Web.Tests.Guards;

/// <summary>
/// Lines have at most 140 characters. CSharpier lays out code; what it leaves alone (comments, texts, markup, style sheets) is held here.
/// </summary>
public sealed class LayoutGuards
{
    private const int Longest = 140;

    [Fact]
    public void Lines_CodeAndComments_AreShort() =>
        TooLong("*.cs", "src", "tests", "bench")
            .Where(line => !line.Text.Contains('"', StringComparison.Ordinal) && !IsInText(line))
            .Select(line => line.Place)
            .ShouldBeEmpty("./dev fmt breaks code; wrap comments and docstrings by hand.");

    // Texts that mean something as one line (patterns, recorded output) and markup that was there before. These numbers only go down.
    [Theory]
    [InlineData("*.cs", "src", 31)]
    [InlineData("*.cs", "tests", 97)]
    [InlineData("*.razor", "src", 295)]
    [InlineData("*.css", "src", 68)]
    public void Lines_TextsAndMarkup_GetShorter(string pattern, string folder, int most) =>
        TooLong(pattern, folder)
            .Count()
            .ShouldBeLessThanOrEqualTo(most, $"A line of {pattern} has at most {Longest} characters; " + "break what you add.");

    // In a raw string of several lines there may be no quote on the line itself.
    private static bool IsInText((string Place, string Text, string File, int Number) line) =>
        File.ReadLines(line.File).Take(line.Number).Count(other => other.Contains("\"\"\"", StringComparison.Ordinal)) % 2 == 1;

    private static IEnumerable<(string Place, string Text, string File, int Number)> TooLong(string pattern, params string[] folders) =>
        folders
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), pattern, SearchOption.AllDirectories))
            .Where(file => !new[] { "/bin/", "/obj/", "/node_modules/" }.Any(folder => file.Contains(folder, StringComparison.Ordinal)))
            .SelectMany(file =>
                File.ReadLines(file)
                    .Select((text, index) => ($"{Path.GetRelativePath(Repository.Root, file)}:{index + 1}", text, file, index + 1))
                    .Where(line => line.text.Length > Longest)
            );
}
