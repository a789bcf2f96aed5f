using System.CommandLine;
using Appliance.Proxy.Connections;
using Appliance.Web.Control;
using Appliance.Web.Startup;

namespace Appliance.Web.CommandLine;

/// <summary><c>appliance close</c>: close frames to open WebSockets.</summary>
internal static class CloseCommand
{
    private const string About = """
        Close open WebSockets: a close frame to both ends, a short wait for theirs, then the connections. Say which ones by their ids (as connections
        shows them), by filters that must all hold, or with --all. Most clients connect again at once; drain keeps new ones out.

        Exit code 0: closed. 1: none matches. 3: nothing is running on this data folder. 64: nothing was said, or something that no close frame can carry.
        """;

    public static Command Build(Func<Func<RunningNode, Task<int>>, Task<int>> withRunning, TextWriter output, TextWriter errors)
    {
        var ids = new Argument<long[]>("ID") { Description = "Numbers of open WebSockets.", Arity = ArgumentArity.ZeroOrMore };
        var filters = new FilterOptions();
        var all = new Option<bool>("--all") { Description = "Every open WebSocket." };
        var code = new Option<int>("--code")
        {
            Description = "The close code for both ends.",
            HelpName = "CODE",
            DefaultValueFactory = _ => CloseOrder.GoingAway,
        };
        var reason = new Option<string?>("--reason") { Description = "The reason beside it, at most 123 bytes.", HelpName = "TEXT" };
        var deadline = new Option<string?>("--deadline")
        {
            Description = "How long the ends may take to answer, then they are cut. [default: 5s]",
            HelpName = "TIME",
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say how many." };
        var json = new Option<bool>("--json") { Description = "Answer as JSON." };
        var command = new Command("close", About) { ids, all, code, reason, deadline, dryRun, json };
        filters.AddTo(command);
        command.SetAction(
            async (parsed, cancelled) =>
            {
                var request = new CloseRequest
                {
                    Ids = parsed.GetValue(ids) ?? [],
                    Filter = filters.Read(parsed),
                    All = parsed.GetValue(all),
                    Code = parsed.GetValue(code),
                    Reason = parsed.GetValue(reason),
                    Deadline = parsed.GetValue(deadline),
                    DryRun = parsed.GetValue(dryRun),
                    Author = NodeAccess.Author,
                };
                if (request.Fault() is { } fault)
                    return await Usage.RefuseAsync(fault, errors);
                return await withRunning(async node =>
                {
                    var answer = await node.CloseAsync(request, cancelled);
                    if (parsed.GetValue(json))
                    {
                        await output.WriteLineAsync(Json.Of(answer));
                        return answer.ExitCode;
                    }

                    if (answer.NotOpen.Count > 0)
                        await errors.WriteLineAsync($"Not open: {string.Join(' ', answer.NotOpen)}");
                    await (answer.ExitCode == ExitCodes.Ok ? output : errors).WriteLineAsync(answer.Summary);
                    return answer.ExitCode;
                });
            }
        );
        return command;
    }
}
