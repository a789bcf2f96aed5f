using System.Text.RegularExpressions;
using Appliance.Testing;

namespace Appliance.Web.Tests.Guards;

/// <summary>Docs, docstrings and texts avoid the words of <see cref="PlainEnglish"/>.</summary>
public sealed partial class PlainEnglishGuards
{
    // Decisions tell of their day and are never edited. Of the changelog only what is not released yet is read.
    private static readonly string[] _pages = [.. DocPages.All, "ARCHITECTURE.md", "CHANGELOG.md", "appliance.env.example"];

    [Fact]
    public void Pages_HaveNoWordOfTheList()
    {
        _pages.Length.ShouldBeGreaterThan(30);
        _pages
            .SelectMany(page =>
                PlainEnglish
                    .Find(ProseOf(page), [.. PlainEnglish.Words, .. PlainEnglish.Spelling])
                    .Select(found => $"{page}:{found.Line}: \"{found.Word}\"; better: {found.Better}")
            )
            .ShouldBeEmpty();
    }

    [Fact]
    public void Docstrings_HaveNoWordOfTheList() => FindInSources(Docstring()).ShouldBeEmpty();

    [Fact]
    public void Literals_HaveNoWordOfTheList() => FindInSources(Literal()).ShouldBeEmpty();

    [Fact]
    public void Sources_WithAWordOfTheList_AreFound()
    {
        Docstring().IsMatch("    /// <summary>They are told at once.</summary>").ShouldBeTrue();
        Literal().Count("    Text = \"They are told at once.\",").ShouldBe(1);
        Literal().Count("    // Not \"at once\".").ShouldBe(0);
    }

    [Theory]
    [InlineData("They are told at once.", "1 at once")]
    [InlineData("They are told at\nonce, and\nWhoever reads it", "3 Whoever, 1 at once")]
    [InlineData("Only `at once` here.\n```console\nwritten anew\n```\nand anew", "5 anew")]
    [InlineData("Amend it, mended twice.", "1 mended")]
    [InlineData("The normalised colour.", "1 normalised")]
    [InlineData("Plain text once.", "")]
    public void Words_InProse_AreFoundWithTheirLine(string page, string found) =>
        string.Join(
                ", ",
                PlainEnglish
                    .Find(PlainEnglish.ProseOf(page), [.. PlainEnglish.Words, .. PlainEnglish.Spelling])
                    .Select(word => $"{word.Line} {word.Word}")
            )
            .ShouldBe(found);

    private static string ProseOf(string page)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, page));
        if (page == "CHANGELOG.md" && ReleasedHeading().Match(text) is { Success: true } released)
            text = text[..released.Index];
        return PlainEnglish.ProseOf(text);
    }

    private static List<string> FindInSources(Regex piece) =>
        [
            .. from file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.*", SearchOption.AllDirectories)
            where file.EndsWith(".cs", StringComparison.Ordinal) || file.EndsWith(".razor", StringComparison.Ordinal)
            where !file.Contains("/bin/", StringComparison.Ordinal) && !file.Contains("/obj/", StringComparison.Ordinal)
            orderby file
            from line in File.ReadLines(file).Index()
            from match in piece.Matches(line.Item)
            from found in PlainEnglish.Find(match.Value, PlainEnglish.Words)
            select $"{Path.GetRelativePath(Repository.Root, file)}:{line.Index + 1}: \"{found.Word}\"; better: {found.Better}",
        ];

    [GeneratedRegex("^## (?!Unreleased).*$", RegexOptions.Multiline)]
    private static partial Regex ReleasedHeading();

    [GeneratedRegex("^ *///.*$")]
    private static partial Regex Docstring();

    // A plain look at one line: what stands between two quotes, but not in a comment.
    [GeneratedRegex("""(?<!^ *//.*)"(?:[^"\\]|\\.)*"|(?<!^ *//.*)"[^"]*$""")]
    private static partial Regex Literal();
}
