using System.Text.RegularExpressions;

namespace Appliance.Testing;

/// <summary>One fenced block of a page: <c>```sh</c> and what follows until the fence that ends it.</summary>
/// <param name="Page">The page, from the root of the source tree: <c>docs/operations/backup.md</c>.</param>
/// <param name="Line">The line of the first fence, from 1.</param>
/// <param name="Language">What stands behind the first fence; empty when nothing does.</param>
/// <param name="Lines">The lines between the fences, without the indentation of the fence.</param>
public sealed record DocBlock(string Page, int Line, string Language, IReadOnlyList<string> Lines)
{
    /// <summary>The block as one text.</summary>
    public string Text => string.Join('\n', Lines) + "\n";

    /// <inheritdoc/>
    public override string ToString() => $"{Page}:{Line}";
}

/// <summary>README and the pages of <c>docs/</c>, for tests that do what they say.</summary>
public static partial class DocPages
{
    /// <summary>Every page but decisions, which tell of their day.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "README.md",
        "CONTRIBUTING.md",
        .. Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Root, file))
            .Where(page => !page.StartsWith("docs/adr", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>All fenced blocks, page after page.</summary>
    public static IEnumerable<DocBlock> Blocks() => All.SelectMany(Blocks);

    /// <summary>What stands between backticks in the text, outside of fenced blocks.</summary>
    public static IEnumerable<(string Page, int Line, string Code)> InlineCode()
    {
        foreach (var page in All)
        {
            var fenced = Blocks(page).SelectMany(block => Enumerable.Range(block.Line, block.Lines.Count + 2)).ToHashSet();
            foreach (var (at, line) in Read(page).Index().Where(one => !fenced.Contains(one.Index + 1)))
            {
                foreach (Match code in Backticks().Matches(line))
                    yield return (page, at + 1, code.Groups[1].Value);
            }
        }
    }

    private static IEnumerable<DocBlock> Blocks(string page)
    {
        var lines = Read(page);
        for (var at = 0; at < lines.Length; at++)
        {
            if (Fence().Match(lines[at]) is not { Success: true } fence)
                continue;
            var indent = fence.Groups["indent"].Length;
            var end = Array.FindIndex(lines, at + 1, line => Fence().IsMatch(line));
            if (end < 0)
                throw new InvalidOperationException($"{page}:{at + 1}: the fence is never closed.");
            yield return new(
                page,
                at + 1,
                fence.Groups["language"].Value,
                [.. lines[(at + 1)..end].Select(line => line[Math.Min(indent, line.Length)..])]
            );
            at = end;
        }
    }

    private static string[] Read(string page) => File.ReadAllLines(Path.Combine(Repository.Root, page));

    [GeneratedRegex("^(?<indent> *)```(?<language>[a-z]*)$")]
    private static partial Regex Fence();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Backticks();
}
