using System.CommandLine;

namespace Appliance.Web.CommandLine;

/// <summary><c>appliance restore</c>: the way back from a lost database.</summary>
internal static class RestoreCommand
{
    private const string About = """
        The way back when the database was lost: deleted, emptied, or replaced by an older copy. What ran last goes on serving meanwhile.
        Without an option it says what was lost.

        Exit code 0: done, or nothing was lost. 1: something is lost, or it could not be done.
        """;

    public static Command Build(Func<Func<NodeAccess, Task<int>>, Task<int>> withNode, TextWriter output, TextWriter errors)
    {
        var lastGood = new Option<bool>("--last-good")
        {
            Description = "Store again what ran last (last-good.json of the data folder), as a new revision.",
        };
        var database = new Option<bool>("--database") { Description = "Go on with the database as it is, and set aside what ran last." };
        var command = new Command("restore", About) { lastGood, database };
        command.SetAction(
            async (parsed, cancelled) =>
            {
                if (parsed.GetValue(lastGood) && parsed.GetValue(database))
                    return await Usage.RefuseAsync("Take one of --last-good and --database.", errors);
                return await withNode(async node =>
                {
                    var answer = await node.RestoreAsync(
                        parsed.GetValue(lastGood) ? "last-good"
                            : parsed.GetValue(database) ? "database"
                            : "",
                        cancelled
                    );
                    await ApplyCommand.PrintAsync(answer, output, errors);
                    return answer.ExitCode;
                });
            }
        );
        return command;
    }
}
