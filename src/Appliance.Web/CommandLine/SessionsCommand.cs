using System.CommandLine;
using System.Globalization;
using Appliance.Web.Control;
using Appliance.Web.Startup;

namespace Appliance.Web.CommandLine;

/// <summary><c>appliance sessions</c>: who is signed in to the console, and an end to it.</summary>
internal static class SessionsCommand
{
    private const string About = """
        Show who is signed in to the console: browser, address, last use, open pages. Without a running process the database is read.

        Exit code 0: done.
        """;

    private const string AboutEnd = """
        End sessions of the console. Their open pages are closed; their people can sign in again.

        Exit code 0: done. 1: there is no such session or person, or several sessions begin like this.
        """;

    public static Command Build(Func<Func<NodeAccess, Task<int>>, Task<int>> withNode, TextWriter output, TextWriter errors)
    {
        var user = new Option<string?>("--user") { Description = "Of this person only.", HelpName = "NAME" };
        var json = new Option<bool>("--json") { Description = "Answer as JSON." };
        var command = new Command("sessions", About) { user, json };
        command.SetAction(
            (parsed, cancelled) =>
                withNode(async node =>
                {
                    var list = await node.SessionsAsync(parsed.GetValue(user), cancelled);
                    if (parsed.GetValue(json))
                        await output.WriteLineAsync(Json.Of(list));
                    else if (list.Count == 0)
                        await output.WriteLineAsync("Nobody is signed in.");
                    else
                        await output.WriteAsync(
                            TextTable.Of(
                                ["ID", "PERSON", "RIGHTS", "BROWSER", "FROM", "SINCE (UTC)", "LAST SEEN (UTC)", "PAGES"],
                                [.. list.Select(Row)]
                            )
                        );
                    return ExitCodes.Ok;
                })
        );
        command.Subcommands.Add(End(withNode, output, errors));
        return command;
    }

    private static Command End(Func<Func<NodeAccess, Task<int>>, Task<int>> withNode, TextWriter output, TextWriter errors)
    {
        var ids = new Argument<string[]>("ID")
        {
            Description = "As appliance sessions shows it; a beginning is enough.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var user = new Option<string?>("--user") { Description = "All sessions of this person.", HelpName = "NAME" };
        var all = new Option<bool>("--all") { Description = "All sessions of everybody." };
        var json = new Option<bool>("--json") { Description = "Answer as JSON." };
        var command = new Command("end", AboutEnd) { ids, user, all, json };
        command.SetAction(
            async (parsed, cancelled) =>
            {
                var (named, person, everybody) = (parsed.GetValue(ids) ?? [], parsed.GetValue(user), parsed.GetValue(all));
                if ((named.Length > 0 ? 1 : 0) + (person is null ? 0 : 1) + (everybody ? 1 : 0) != 1)
                    return await Usage.RefuseAsync("Say which sessions: IDs, --user NAME or --all.", errors);
                return await withNode(async node =>
                {
                    var answer = await node.EndSessionsAsync(
                        new()
                        {
                            Ids = [.. named],
                            Person = person,
                            All = everybody,
                            Author = NodeAccess.Author,
                        },
                        cancelled
                    );
                    if (parsed.GetValue(json))
                        await output.WriteLineAsync(Json.Of(answer));
                    else
                        await (answer.ExitCode == ExitCodes.Ok ? output : errors).WriteLineAsync(answer.Summary);
                    return answer.ExitCode;
                });
            }
        );
        return command;
    }

    private static string[] Row(SessionLine session) =>
        [
            session.Id,
            session.Person,
            session.Role,
            session.Browser,
            session.From,
            Time(session.CreatedUtc),
            Time(session.LastSeenUtc),
            session.Pages.ToString(CultureInfo.InvariantCulture),
        ];

    private static string Time(DateTime utc) => utc.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
