using System.CommandLine;
using Appliance.Proxy.Connections;
using Appliance.Web.Control;
using Appliance.Web.Startup;

namespace Appliance.Web.CommandLine;

/// <summary><c>appliance drain</c>: nothing new for a route, a pool or a server.</summary>
internal static class DrainCommand
{
    private const string About = """
        Take nothing new for a route, a pool or a server, until drain cancel. A server: the others of its pool take its requests and WebSockets. A route or a
        pool: new WebSockets are answered 503, plain requests go on. Open WebSockets stay, or with --leave are asked to leave, spread over a window. A drain
        survives every edit of the config and ends with the process.

        Exit code 0: done; with --wait: it is empty. 1: there is no such thing, or it was taken back while waiting. 3: nothing is running on this data folder.
        """;

    private const string PoolOrAll = "--pool names one pool, --all-pools means every pool that has the server; give one of them.";

    public static Command Build(Func<Func<RunningNode, Task<int>>, Task<int>> withRunning, TextWriter output, TextWriter errors)
    {
        var command = new Command("drain", About);
        foreach (var kind in Enum.GetValues<DrainKind>().Reverse())
            command.Subcommands.Add(Start(kind, withRunning, output, errors));
        command.Subcommands.Add(List(withRunning, output));
        var cancel = new Command("cancel", "Resume: accept new connections again. WebSockets that were asked to leave still leave.");
        foreach (var kind in Enum.GetValues<DrainKind>().Reverse())
            cancel.Subcommands.Add(Cancel(kind, withRunning, output, errors));
        command.Subcommands.Add(cancel);
        return command;
    }

    private static Command Start(
        DrainKind kind,
        Func<Func<RunningNode, Task<int>>, Task<int>> withRunning,
        TextWriter output,
        TextWriter errors
    )
    {
        var (name, pool, allPools) = Target(kind);
        var leave = new Option<bool>("--leave") { Description = "Ask open WebSockets to leave." };
        var code = new Option<int?>("--code")
        {
            Description = "With this close code: 1001 (the default), 1012 for a restart, or one of your own. Needs --leave.",
            HelpName = "CODE",
        };
        var reason = new Option<string?>("--reason")
        {
            Description = "And this reason, at most 123 bytes. Needs --leave.",
            HelpName = "TEXT",
        };
        var window = new Option<string?>("--window")
        {
            Description = $"Spread at random over this long; 0s: all immediately. Needs --leave. [default: {DrainRequest.StandardWindow}]",
            HelpName = "TIME",
        };
        var wait = new Option<bool>("--wait") { Description = "Stay until none is open any more. Ctrl+C ends the waiting, not the drain." };
        var json = new Option<bool>("--json") { Description = "Answer as JSON." };
        var command = new Command(WordOf(kind), $"Drain a {WordOf(kind)}.") { name, leave, code, reason, window, wait, json };
        if (pool is not null && allPools is not null)
        {
            command.Options.Add(pool);
            command.Options.Add(allPools);
        }

        command.SetAction(
            async (parsed, cancelled) =>
            {
                var request = new DrainRequest
                {
                    Kind = kind,
                    Name = parsed.GetRequiredValue(name),
                    Pool = pool is null ? null : parsed.GetValue(pool),
                    AllPools = allPools is not null && parsed.GetValue(allPools),
                    Leave = parsed.GetValue(leave),
                    Code = parsed.GetValue(code) ?? CloseOrder.GoingAway,
                    Reason = parsed.GetValue(reason),
                    Window = parsed.GetValue(window),
                    Author = NodeAccess.Author,
                };
                var isSilent = parsed.GetValue(code) is null && request.Reason is null && request.Window is null;
                if (!request.Leave && !isSilent)
                    return await Usage.RefuseAsync(
                        "--code, --reason and --window say how open WebSockets are asked to leave; add --leave, or leave them out.",
                        errors
                    );
                if (request is { Pool: not null, AllPools: true })
                    return await Usage.RefuseAsync(PoolOrAll, errors);
                if (request.Fault() is { } fault)
                    return await Usage.RefuseAsync(fault, errors);
                return await withRunning(async node =>
                {
                    var answer = await node.DrainAsync(request, cancelled);
                    await TellAsync(answer, parsed.GetValue(json), output, errors);
                    return answer.Drains is { Count: > 0 } drains && parsed.GetValue(wait)
                        ? await DrainWait.RunAsync(node, drains, parsed.GetValue(json), output, errors, cancelled)
                        : answer.ExitCode;
                });
            }
        );
        return command;
    }

    private static Command Cancel(
        DrainKind kind,
        Func<Func<RunningNode, Task<int>>, Task<int>> withRunning,
        TextWriter output,
        TextWriter errors
    )
    {
        var (name, pool, allPools) = Target(kind);
        var json = new Option<bool>("--json") { Description = "Answer as JSON." };
        var command = new Command(WordOf(kind), $"End the drain of a {WordOf(kind)}.") { name, json };
        if (pool is not null && allPools is not null)
        {
            command.Options.Add(pool);
            command.Options.Add(allPools);
        }

        command.SetAction(
            async (parsed, cancelled) =>
            {
                var request = new DrainRequest
                {
                    Kind = kind,
                    Name = parsed.GetRequiredValue(name),
                    Pool = pool is null ? null : parsed.GetValue(pool),
                    AllPools = allPools is not null && parsed.GetValue(allPools),
                    Author = NodeAccess.Author,
                };
                if (request is { Pool: not null, AllPools: true })
                    return await Usage.RefuseAsync(PoolOrAll, errors);
                return await withRunning(async node =>
                {
                    var answer = await node.CancelDrainAsync(request, cancelled);
                    await TellAsync(answer, parsed.GetValue(json), output, errors);
                    return answer.ExitCode;
                });
            }
        );
        return command;
    }

    private static Command List(Func<Func<RunningNode, Task<int>>, Task<int>> withRunning, TextWriter output)
    {
        var json = new Option<bool>("--json") { Description = "Answer as JSON." };
        var command = new Command("list", "Show what is being drained.") { json };
        command.SetAction(
            (parsed, cancelled) =>
                withRunning(async node =>
                {
                    var list = await node.DrainsAsync(cancelled);
                    if (parsed.GetValue(json))
                        await output.WriteLineAsync(Json.Of(list));
                    else if (list.Count == 0)
                        await output.WriteLineAsync("Nothing is being drained.");
                    else
                        await output.WriteAsync(
                            TextTable.Of(
                                ["WHAT", "OPEN", "AT START", "OPEN ONES", "ASKED IN", "SINCE (UTC)", "BY"],
                                [
                                    .. list.Select(drain =>
                                        new[]
                                        {
                                            drain.Name,
                                            drain.Remaining.ToString(),
                                            drain.AtStart.ToString(),
                                            drain.Leave ? $"leave with {drain.Code}" : "stay",
                                            drain.SecondsLeft > 0 ? ConnectionTables.Age(drain.SecondsLeft) : "",
                                            drain.StartedUtc.ToString("yyyy-MM-dd HH:mm:ss"),
                                            drain.By,
                                        }
                                    ),
                                ]
                            )
                        );
                    return ExitCodes.Ok;
                })
        );
        return command;
    }

    private static (Argument<string> Name, Option<string?>? Pool, Option<bool>? AllPools) Target(DrainKind kind) =>
        kind == DrainKind.Server
            ? (
                new("ADDRESS") { Description = "The server's address, as configured." },
                new("--pool") { Description = "Its pool, when several pools have it.", HelpName = "NAME" },
                new("--all-pools") { Description = "In every pool that has it." }
            )
            : (new("NAME") { Description = $"The {WordOf(kind)}'s name." }, null, null);

    private static string WordOf(DrainKind kind) => kind.ToString().ToLowerInvariant();

    private static async Task TellAsync(DrainAnswer answer, bool json, TextWriter output, TextWriter errors)
    {
        if (json)
        {
            await output.WriteLineAsync(Json.Of(answer));
            return;
        }

        await (answer.ExitCode == ExitCodes.Ok ? output : errors).WriteLineAsync(answer.Summary);
        if (answer.Warning is { } warning)
            await errors.WriteLineAsync($"warning: {warning}");
    }
}
