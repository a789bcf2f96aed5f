using System.CommandLine;

namespace Appliance.Web.CommandLine;

/// <summary><c>appliance rollback</c>: an earlier revision comes back as a new one.</summary>
internal static class RollbackCommand
{
    private const string About = """
        Make the config of an earlier revision live again, as a new revision. The history stays as it is, and WebSockets stay open.
        Accounts, certificates and the audit are no part of a revision. "appliance diff live N" shows what would change.

        Exit code 0: live (or nothing to change). 1: there is no such revision, or it was refused; nothing was stored. 2: stored, but not
        live here.
        """;

    public static Command Build(Func<Func<NodeAccess, Task<int>>, Task<int>> withNode, TextWriter output, TextWriter errors)
    {
        var number = new Argument<long>("N") { Description = "The number of the revision." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Check and show what would change; store nothing." };
        var comment = new Option<string>("--comment", "-m")
        {
            Description = "Why, for the history. Without it: \"Back to revision N\".",
            HelpName = "TEXT",
            DefaultValueFactory = _ => "",
        };
        var json = new Option<bool>("--json") { Description = "Answer as JSON." };
        var command = new Command("rollback", About) { number, dryRun, comment, json };
        command.SetAction(
            (parsed, cancelled) =>
                withNode(async node =>
                {
                    var answer = await node.RollbackAsync(
                        parsed.GetRequiredValue(number),
                        parsed.GetValue(dryRun),
                        parsed.GetValue(comment) ?? "",
                        cancelled
                    );
                    if (parsed.GetValue(json))
                        await output.WriteLineAsync(Json.Of(answer));
                    else
                        await ApplyCommand.PrintAsync(answer, output, errors);
                    return answer.ExitCode;
                })
        );
        return command;
    }
}
