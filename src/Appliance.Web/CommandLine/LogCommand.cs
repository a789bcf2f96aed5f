using System.CommandLine;
using System.Globalization;
using Appliance.Proxy.Items;
using Appliance.Web.Control;

namespace Appliance.Web.CommandLine;

/// <summary><c>appliance log</c>: what the log shows, changed while the process runs.</summary>
internal static class LogCommand
{
    private const string About = """
        Show and change what the log and the access log write while the process runs. A change is not stored: it ends with
        the process, or after its time. What they write after a start is said by the settings.

        Exit code 0: done. 1: there is no such level, area or format, or the file cannot be written. 3: nothing is running
        on this data folder.
        """;

    public static Command Build(Func<Func<RunningNode, Task<int>>, Task<int>> withRunning, TextWriter output, TextWriter errors)
    {
        var json = new Option<bool>("--json") { Description = "Answer as JSON." };
        var command = new Command("log", About) { json };
        command.SetAction(
            (parsed, cancelled) =>
                withRunning(async node => await TellAsync(await node.LogAsync(cancelled), parsed.GetValue(json), output, errors))
        );
        var change = new Change(withRunning, output, errors);
        command.Subcommands.Add(Level(change, errors));
        command.Subcommands.Add(Reset(change));
        command.Subcommands.Add(Format(change));
        command.Subcommands.Add(Access(change));
        return command;
    }

    private static Command Level(Change change, TextWriter errors)
    {
        var level = new Argument<string>("LEVEL") { Description = "trace, debug, information, warning, error, critical or none." };
        var area = Area();
        var time = new Option<string?>("--for")
        {
            Description = "For so long: 10m, 2h. Without it: until the process ends.",
            HelpName = "TIME",
        };
        return change.Command("level", "The least severe line that is written.", [level, area, time], async (parsed, send) =>
        {
            TimeSpan? during = null;
            if (parsed.GetValue(time) is { } text)
            {
                if (!NginxTime.TryParse(text, out var span) || span <= TimeSpan.Zero || span > TimeSpan.FromDays(7))
                    return await Usage.RefuseAsync($"\"{text}\" is not a time of at most 7 days, such as 10m or 2h.", errors);
                during = span;
            }

            return await send(
                new()
                {
                    Level = parsed.GetRequiredValue(level),
                    Area = parsed.GetValue(area),
                    During = during,
                }
            );
        });
    }

    private static Command Reset(Change change)
    {
        var area = Area();
        return change.Command("reset", "The level of APPLIANCE_LOG_LEVEL again.", [area], (parsed, send) =>
            send(new() { Reset = true, Area = parsed.GetValue(area) })
        );
    }

    private static Command Format(Change change)
    {
        var format = new Argument<string>("FORMAT") { Description = "text or json." };
        return change.Command("format", "How lines of the log look.", [format], (parsed, send) =>
            send(new() { Format = parsed.GetRequiredValue(format) })
        );
    }

    private static Command Access(Change change)
    {
        var place = new Argument<string>("PLACE") { Description = "off, stdout, a path, or stdout and a path with a comma in between." };
        var format = new Option<string?>("--format")
        {
            Description = "combined, json, or a template as in nginx's log_format. Without it: as before.",
            HelpName = "FORMAT",
        };
        return change.Command("access", "Where lines of the access log go, and what they say.", [place, format], (parsed, send) =>
            send(new() { AccessPlace = Whole(parsed.GetRequiredValue(place)), AccessFormat = parsed.GetValue(format) })
        );
    }

    // The process may run in another folder than the command.
    private static string Whole(string place) =>
        string.Join(
            ',',
            place
                .Split(',', StringSplitOptions.TrimEntries)
                .Select(part => part.Length == 0 || part.ToLowerInvariant() is "off" or "stdout" ? part : Path.GetFullPath(part))
        );

    private static Option<string?> Area() =>
        new("--area")
        {
            Description =
                "Of one part: proxy, servers, websockets, certificates, console, sign-in, database or frameworks. Without it: of "
                + "everything.",
            HelpName = "NAME",
        };

    private static async Task<int> TellAsync(LogAnswer answer, bool asJson, TextWriter output, TextWriter errors)
    {
        if (asJson)
        {
            await output.WriteLineAsync(Json.Of(answer));
            return answer.ExitCode;
        }

        if (answer.Problem is { } problem)
        {
            await errors.WriteLineAsync($"error: {VisibleText.Of(problem)}");
            return answer.ExitCode;
        }

        await output.WriteAsync(TextTable.Of(["AREA", "LEVEL", "UNTIL (UTC)", "CHOSEN BY"], [.. answer.Areas.Select(Row)]));
        await output.WriteLineAsync($"Format: {answer.Format}");
        var access = answer.AccessPlace == "off" ? "off" : $"{answer.AccessPlace}, {answer.AccessFormat}";
        var setting = answer.AccessPlace == answer.AccessSetting ? "" : $" (APPLIANCE_ACCESS_LOG is {answer.AccessSetting})";
        await output.WriteLineAsync($"Access log: {VisibleText.Of(access + setting)}");
        if (answer.Waiting is { } waiting)
            await output.WriteLineAsync(waiting);
        return answer.ExitCode;
    }

    private static string[] Row(LogLine line) =>
        [
            line.Area,
            line.Level,
            line.UntilUtc?.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? (line.By is null ? "" : "end of the process"),
            line.By ?? "",
        ];

    // A command that sends a change and shows what came of it.
    private sealed class Change(Func<Func<RunningNode, Task<int>>, Task<int>> withRunning, TextWriter output, TextWriter errors)
    {
        public Command Command(string name, string about, Symbol[] takes, Func<ParseResult, Func<LogRequest, Task<int>>, Task<int>> act)
        {
            var json = new Option<bool>("--json") { Description = "Answer as JSON." };
            var command = new Command(name, about) { json };
            foreach (var symbol in takes)
            {
                if (symbol is Argument argument)
                    command.Arguments.Add(argument);
                else if (symbol is Option option)
                    command.Options.Add(option);
            }

            command.SetAction(
                (parsed, cancelled) =>
                    act(parsed, request =>
                        withRunning(async node =>
                            await TellAsync(
                                await node.ChangeLogAsync(request with { Author = NodeAccess.Author }, cancelled),
                                parsed.GetValue(json),
                                output,
                                errors
                            )
                        )
                    )
            );
            return command;
        }
    }
}
