using System.CommandLine;
using Appliance.Proxy.Items;
using Appliance.Web.Control;
using Appliance.Web.Startup;

namespace Appliance.Web.CommandLine;

/// <summary><c>appliance requests headers</c>: values of headers of a route's requests are kept for a time.</summary>
internal static class RequestHeadersCommand
{
    private const string StandardTime = "5m";

    private const string About = """
        Keep what headers of the next requests of a route say, for a time; without this, only their names are kept. "appliance
        requests --json" and the page of a request show them. Authorization, cookies, tokens, keys and queries are blacked out.
        They stay in memory, and are forgotten 15 minutes after the time. Everybody at the console sees it; the audit records it.

        Exit code 0: done. 1: there is no such route, or too many are kept. 3: nothing is running on this data folder.
        """;

    public static Command Build(Func<Func<RunningNode, Task<int>>, Task<int>> withRunning, TextWriter output, TextWriter errors)
    {
        var route = new Argument<string>("ROUTE") { Description = "The route's name." };
        var time = new Option<string?>("--for")
        {
            Description = $"For so long, at most an hour: 10m. {StandardTime} without it.",
            HelpName = "TIME",
        };
        var forget = new Option<bool>("--forget") { Description = "Stop now, and forget what was kept." };
        var json = new Option<bool>("--json") { Description = "Answer as JSON." };
        var command = new Command("headers", About) { route, time, forget, json };
        command.SetAction(
            async (parsed, cancelled) =>
            {
                var text = parsed.GetValue(time);
                if (text is not null && parsed.GetValue(forget))
                    return await Usage.RefuseAsync("Choose --for or --forget.", errors);
                if (
                    !NginxTime.TryParse(text ?? StandardTime, out var span)
                    || span < TimeSpan.FromSeconds(1)
                    || span > TimeSpan.FromHours(1)
                )
                    return await Usage.RefuseAsync($"\"{text}\" is not a time of at most an hour, such as 5m or 30s.", errors);
                return await withRunning(async node =>
                {
                    var answer = await node.HeadersAsync(
                        new(parsed.GetRequiredValue(route), parsed.GetValue(forget) ? null : span, NodeAccess.Author),
                        cancelled
                    );
                    if (parsed.GetValue(json))
                        await output.WriteLineAsync(Json.Of(answer));
                    else if (answer.ExitCode == ExitCodes.Ok)
                        await output.WriteLineAsync(answer.Summary);
                    else
                        await errors.WriteLineAsync($"error: {answer.Summary}");
                    return answer.ExitCode;
                });
            }
        );
        return command;
    }
}
