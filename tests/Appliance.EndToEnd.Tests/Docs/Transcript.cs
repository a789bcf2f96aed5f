using System.Text;
using System.Text.RegularExpressions;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests.Docs;

/// <summary>
/// A printed session of a shell: <c>$ command</c>, and what it answers. Numbers, times, addresses and hashes of a page are examples, words
/// are promises: a token with a digit fits every token with a digit, <c>...</c> fits anything, and of a table the heading and that it has
/// rows.
/// </summary>
internal sealed partial class Transcript(DocBlock block)
{
    private sealed record Step(string Command, List<string> Answer);

    /// <summary>Types every command into a shell in the product's folder and compares what comes with what is printed.</summary>
    /// <param name="product">Where it runs.</param>
    /// <param name="real">What this machine has in place of the page's examples: an address, an id, a name. Replaced in commands and in
    /// answers.</param>
    public async Task PlayAsync(ApplianceProcess product, IReadOnlyDictionary<string, string> real)
    {
        string Here(string text) => real.Aggregate(text, (so, pair) => so.Replace(pair.Key, pair.Value));
        using var shell = new DocShell(product);
        var exit = 0;
        foreach (var step in Steps())
        {
            var (code, output) = await shell.RunAsync($"(exit {exit}); {Here(step.Command)}");
            exit = code;
            var expected = step.Answer.Select(Here).ToList();
            Regex
                .IsMatch(output, Pattern(expected), RegexOptions.ExplicitCapture)
                .ShouldBeTrue(
                    $"{block}: {Here(step.Command)}\n--- the page\n{string.Join('\n', expected)}\n--- printed, exit "
                        + $"{code}\n{output}\n--- as\n{Pattern(expected)}"
                );
        }
    }

    private List<Step> Steps()
    {
        var steps = new List<Step>();
        foreach (var line in block.Lines)
        {
            if (line.StartsWith("$ ", StringComparison.Ordinal))
                steps.Add(new(line[2..], []));
            else
                steps[^1].Answer.Add(line);
        }

        return steps;
    }

    /// <summary>The answer as a regex over everything that was printed.</summary>
    public static string Pattern(IReadOnlyList<string> answer)
    {
        var pattern = new StringBuilder("^");
        for (var at = 0; at < answer.Count; at++)
        {
            if (answer[at] == "...")
            {
                pattern.Append(@"(.*\n)*");
            }
            else if (TableHeading().IsMatch(answer[at]))
            {
                pattern.Append(Words(answer[at])).Append('\n');
                var rows = answer.Skip(at + 1).TakeWhile(line => line.Contains("  ") && !line.StartsWith(' ')).Count();
                pattern.Append(@"(.*  .*\n)").Append(rows > 0 ? '+' : '*');
                at += rows;
            }
            else
            {
                pattern.Append(Words(answer[at])).Append('\n');
            }
        }

        return pattern.Append('$').ToString();
    }

    private static string Words(string line) =>
        (line.StartsWith(' ') ? " +" : "") + string.Join(" +", line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Word));

    private static string Word(string word) =>
        word switch
        {
            "..." => ".*",
            _ when word.Contains("...") => string.Join(@"\S*", word.Split("...").Select(Word)),
            _ when word.Any(char.IsAsciiDigit) => Regex.Escape(Lead().Match(word).Value) + @"[^\s]*\d[^\s]*",
            _ => Regex.Escape(word),
        };

    [GeneratedRegex(@"^[A-Z][A-Z./() ]*( {1,}[A-Z][A-Z./() ]*)+$")]
    private static partial Regex TableHeading();

    // Brackets and quotes before a number stay what they are.
    [GeneratedRegex("^[\\[(\"]*")]
    private static partial Regex Lead();
}
