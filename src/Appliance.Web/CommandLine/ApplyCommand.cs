using System.CommandLine;
using System.Text;
using Appliance.Proxy.Items;
using Appliance.Web.Control;
using Appliance.Web.Startup;

namespace Appliance.Web.CommandLine;

/// <summary><c>appliance apply</c>: a document becomes the whole config.</summary>
internal static class ApplyCommand
{
    private const string About = """
        Make a JSON document the whole config. Items are matched by name; what the document does not have is removed. With "revision" in the
        document it is applied only while that is still the newest.

        Exit code 0: live (or nothing to change). 1: refused, nothing was stored. 2: stored, but not live here.
        """;

    public static Command Build(
        Func<Func<NodeAccess, Task<int>>, Task<int>> withNode,
        TextReader input,
        TextWriter output,
        TextWriter errors
    )
    {
        var file = new Argument<string>("FILE") { Description = "The document; - reads it from the standard input." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Check and show what would change; store nothing." };
        var comment = new Option<string>("--comment", "-m")
        {
            Description = "Why, for the history.",
            HelpName = "TEXT",
            DefaultValueFactory = _ => "",
        };
        var json = new Option<bool>("--json") { Description = "Answer as JSON." };
        var command = new Command("apply", About) { file, dryRun, comment, json };
        command.SetAction((parsed, cancelled) => NodeAccess.InWordsAsync(errors, async () =>
                {
                    // Before the data folder is held: who writes the document may take any time, and a start waits for the folder.
                    var name = parsed.GetRequiredValue(file);
                    var document =
                        name == "-"
                            ? Encoding.UTF8.GetBytes(await input.ReadToEndAsync(cancelled))
                            : await File.ReadAllBytesAsync(name, cancelled);
                    return await withNode(async node =>
                    {
                        var answer = await node.ApplyAsync(document, parsed.GetValue(dryRun), parsed.GetValue(comment) ?? "", cancelled);
                        if (parsed.GetValue(json))
                            await output.WriteLineAsync(Json.Of(answer));
                        else
                            await PrintAsync(answer, output, errors);
                        return answer.ExitCode;
                    });
                }));
        return command;
    }

    /// <summary>What changes goes to the output; what stands in the way goes to the errors.</summary>
    internal static async Task PrintAsync(ApplyAnswer answer, TextWriter output, TextWriter errors)
    {
        foreach (var change in answer.Changes)
            await output.WriteLineAsync($"  {change.Kind} {change.Item} {change.Name}");
        foreach (var problem in answer.Problems)
        {
            var isError = problem.Severity == ProblemSeverity.Error;
            var path = problem.Path.Length == 0 ? "document" : problem.Path;
            await errors.WriteLineAsync($"{(isError ? "error" : "warning")}: {path} [{problem.Code}] {problem.Message}");
        }

        await (answer.ExitCode == ExitCodes.Ok ? output : errors).WriteLineAsync(answer.Summary);
    }
}
