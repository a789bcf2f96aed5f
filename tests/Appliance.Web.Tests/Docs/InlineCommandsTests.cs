using Appliance.Testing;
using Appliance.Web.CommandLine;

namespace Appliance.Web.Tests.Docs;

/// <summary>Commands that the pages name within their sentences: the command line understands each of them.</summary>
public sealed class InlineCommandsTests
{
    public static TheoryData<string, int, string> Named()
    {
        var all = new TheoryData<string, int, string>();
        foreach (var (page, line, code) in DocPages.InlineCode().Where(one => one.Code.StartsWith("appliance ", StringComparison.Ordinal)))
            all.Add(page, line, code);
        return all;
    }

    // The table of the command line names every command without the program.
    private static IEnumerable<string> Table() =>
        File.ReadLines(Path.Combine(Repository.Root, "docs/operations/command-line.md"))
            .SkipWhile(line => !line.StartsWith("| command |", StringComparison.Ordinal))
            .Skip(3)
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Replace("\\|", "/").Split('|')[1]);

    [Fact]
    public void Table_OfTheCommandLine_HasEveryCommandAndNoOther()
    {
        var named = Table().SelectMany(cell => cell.Split('`').Where((_, at) => at % 2 == 1)).ToList();
        named.ShouldNotBeEmpty();
        foreach (var code in named)
            Named_InASentence_IsUnderstood("docs/operations/command-line.md", 0, "appliance " + code.Replace('/', '|'));
        var commands = new Commands(new(null, [], []), TextReader.Null, TextWriter.Null, TextWriter.Null)
            .Parse([])
            .CommandResult.Command.Subcommands;
        commands.Select(one => one.Name).ShouldBe(named.Select(code => code.Split(' ')[0]).Distinct(), ignoreOrder: true);
    }

    [Theory]
    [MemberData(nameof(Named))]
    public void Named_InASentence_IsUnderstood(string page, int line, string code)
    {
        // Alternatives, options that may be left out and "..." are how a page writes grammar: each becomes one way to type it.
        var words = code.Replace("[", "")
            .Replace("]", "")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Skip(1)
            .Where(word => word is not ("..." or "filters"))
            .Select(word => word is "ID" or "N" ? "1" : word.Split('|')[0])
            .ToList();
        // A page may name a command that wants more than is said there.
        var errors = new Commands(new(null, [], []), TextReader.Null, TextWriter.Null, TextWriter.Null)
            .Parse(words)
            .Errors.Select(error => error.Message)
            .Where(message => !message.Contains("Required argument missing") && !message.Contains("Required command was not provided"));
        errors.ShouldBeEmpty($"{page}:{line}: `{code}`");
    }

    [Fact]
    public void Named_NotACommand_IsFound() =>
        new Commands(new(null, [], []), TextReader.Null, TextWriter.Null, TextWriter.Null)
            .Parse(["drain", "--everything"])
            .Errors.ShouldNotBeEmpty();
}
