using System.CommandLine;
using Appliance.Web.Startup;

namespace Appliance.Web.CommandLine;

/// <summary><c>appliance revisions</c>: who saved what, when.</summary>
internal static class RevisionsCommand
{
    public static Command Build(Func<Func<NodeAccess, Task<int>>, Task<int>> withNode, TextWriter output, TextWriter errors)
    {
        var json = new Option<bool>("--json") { Description = "Answer as JSON." };
        var command = new Command("revisions", "Show the newest revisions of the config: who saved what, when, and why.") { json };
        command.SetAction(
            (parsed, cancelled) =>
                withNode(async node =>
                {
                    var list = await node.RevisionsAsync(cancelled);
                    if (parsed.GetValue(json))
                        await output.WriteLineAsync(Json.Of(list));
                    else if (list.Count > 0)
                        await output.WriteAsync(
                            TextTable.Of(
                                ["REVISION", "WHEN (UTC)", "WHO", "HOW", "CHANGES", "COMMENT"],
                                [
                                    .. list.Select(revision =>
                                        new[]
                                        {
                                            revision.Revision.ToString(),
                                            revision.CreatedUtc.ToString("yyyy-MM-dd HH:mm:ss"),
                                            revision.Author,
                                            revision.Origin,
                                            revision.Summary,
                                            revision.Comment,
                                        }
                                    ),
                                ]
                            )
                        );

                    // A database that was lost or replaced has other revisions than those that ran: no list without a word about it.
                    var look = await node.RestoreAsync("", cancelled);
                    if (look.ExitCode != ExitCodes.Ok)
                    {
                        await errors.WriteLineAsync(look.Summary);
                        return ExitCodes.Problems;
                    }

                    if (list.Count == 0 && !parsed.GetValue(json))
                        await output.WriteLineAsync("Nothing was stored yet. Try: appliance apply FILE");
                    return ExitCodes.Ok;
                })
        );
        return command;
    }
}
