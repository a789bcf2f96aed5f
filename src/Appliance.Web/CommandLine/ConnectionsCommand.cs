using System.CommandLine;
using Appliance.Web.Control;
using Appliance.Web.Startup;

namespace Appliance.Web.CommandLine;

/// <summary>
/// <c>appliance connections</c>: the WebSockets that are open now, how the last ones ended, or which handshakes became none. Only a running
/// process has any.
/// </summary>
internal static class ConnectionsCommand
{
    private const string About = """
        Show the open WebSockets, with --ended how the last ones ended, or with --refused the last handshakes that became none. All filters must hold.

        Exit code 0: shown, also when there is none. 3: nothing is running on this data folder.
        """;

    public static Command Build(Func<Func<RunningNode, Task<int>>, Task<int>> withRunning, TextWriter output, TextWriter errors)
    {
        var filters = new FilterOptions();
        var sort = new Option<string?>("--sort")
        {
            Description = $"Sort by a column: {string.Join(", ", ConnectionOrder.Columns)}.",
            HelpName = "COLUMN",
        };
        var descending = new Option<bool>("--descending") { Description = "The largest first." };
        var limit = new Option<int?>("--limit") { Description = "Show at most so many.", HelpName = "N" };
        var json = new Option<bool>("--json") { Description = "Answer as JSON, with every field." };
        var watch = new Option<bool>("--watch")
        {
            Description = "Show them again every second, until Ctrl+C; not on a terminal: one JSON document a line.",
        };
        var ended = new Option<bool>("--ended") { Description = "How the last ones ended: who, why, code, reason. The newest first." };
        var refused = new Option<bool>("--refused")
        {
            Description = "The last handshakes that were refused or failed: who, why, by which server. The newest first.",
        };
        var command = new Command("connections", About) { sort, descending, limit, json, watch, ended, refused };
        filters.AddTo(command);
        command.SetAction(
            async (parsed, cancelled) =>
            {
                var wanted = new Wanted(
                    filters.Read(parsed),
                    parsed.GetValue(sort),
                    parsed.GetValue(descending),
                    parsed.GetValue(limit),
                    parsed.GetValue(ended),
                    parsed.GetValue(refused),
                    parsed.GetValue(json)
                );
                if (wanted.Fault(parsed.GetValue(watch)) is { } fault)
                    return await Usage.RefuseAsync(fault, errors);
                return await withRunning(node =>
                    parsed.GetValue(watch) ? WatchAsync(node, wanted, output, cancelled) : ShowAsync(node, wanted, output, cancelled)
                );
            }
        );
        return command;
    }

    private static async Task<int> ShowAsync(RunningNode node, Wanted wanted, TextWriter output, CancellationToken cancellationToken)
    {
        if (wanted.Json)
        {
            await output.WriteLineAsync(Json.Of(await wanted.LinesAsync(node, cancellationToken)));
            return ExitCodes.Ok;
        }

        var (total, shown, table) = await wanted.TableAsync(node, wanted.Limit, cancellationToken);
        if (total > 0)
            await output.WriteAsync(table + ConnectionTables.More(total, shown));
        else if (wanted.Refused)
            await output.WriteLineAsync(wanted.IsFiltered ? "No remembered handshake matches these filters." : "No handshake was refused.");
        else if (wanted.Ended)
            await output.WriteLineAsync(
                wanted.IsFiltered ? "No remembered WebSocket matches these filters." : "No WebSocket has ended yet."
            );
        else
            await output.WriteLineAsync(wanted.IsFiltered ? "No open WebSocket matches these filters." : "No WebSocket is open.");
        return ExitCodes.Ok;
    }

    // Ctrl+C is how one leaves, not an accident: exit code 0.
    private static async Task<int> WatchAsync(RunningNode node, Wanted wanted, TextWriter output, CancellationToken cancellationToken)
    {
        using var signals = new StopSignals(cancellationToken);
        var draws = Terminal.Is(output) && !wanted.Json;
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            do
            {
                if (draws)
                {
                    var (total, shown, table) = await wanted.TableAsync(
                        node,
                        Math.Min(wanted.Limit ?? int.MaxValue, Terminal.Rows - 4),
                        signals.Asked
                    );
                    await Terminal.DrawAsync(
                        output,
                        $"{ConnectionTables.Some(total, "open WebSocket")}, {TimeProvider.System.GetUtcNow():HH:mm:ss} UTC; Ctrl+C ends\n{table}{ConnectionTables.More(total, shown)}"
                    );
                }
                else
                {
                    await output.WriteLineAsync(Json.LineOf(await wanted.LinesAsync(node, signals.Asked)));
                    await output.FlushAsync(signals.Asked);
                }
            } while (await second.WaitForNextTickAsync(signals.Asked));
        }
        catch (OperationCanceledException) when (signals.Asked.IsCancellationRequested)
        {
            if (draws)
                await output.WriteLineAsync();
        }

        return ExitCodes.Ok;
    }

    private sealed record Wanted(FilterTexts Query, string? Sort, bool Descending, int? Limit, bool Ended, bool Refused, bool Json)
    {
        public bool IsFiltered => Query != new FilterTexts();

        public string? Fault(bool watch) =>
            Limit is < 0 ? "--limit takes a number from 0 on."
            : Ended && Refused ? "Choose --ended or --refused."
            : Refused && (watch || Sort is not null || Descending || Query is not { OlderThan: null, Idle: null, BeforeRevision: null })
                ? "--refused shows the newest first, once; it goes with --route, --pool, --server, --client, --search, --limit and --json."
            : Ended && (watch || Sort is not null || Descending)
                ? "--ended shows the newest first, once; it goes with the filters, --limit and --json."
            : Query.Read().Fault ?? ConnectionOrder.Fault(Sort);

        public async Task<object> LinesAsync(RunningNode node, CancellationToken cancellationToken) =>
            Refused ? (await node.RefusedAsync(Query, Limit, cancellationToken)).Lines
            : Ended ? (await node.EndedAsync(Query, Limit, cancellationToken)).Lines
            : (await node.ConnectionsAsync(Query, Sort, Descending, Limit, cancellationToken)).Lines;

        public async Task<(int Total, int Shown, string Table)> TableAsync(
            RunningNode node,
            int? limit,
            CancellationToken cancellationToken
        )
        {
            if (Refused)
            {
                var never = await node.RefusedAsync(Query, limit, cancellationToken);
                return (never.Total, never.Lines.Count, ConnectionTables.Of(never.Lines));
            }

            if (Ended)
            {
                var over = await node.EndedAsync(Query, limit, cancellationToken);
                return (over.Total, over.Lines.Count, ConnectionTables.Of(over.Lines));
            }

            var open = await node.ConnectionsAsync(Query, Sort, Descending, limit, cancellationToken);
            return (open.Total, open.Lines.Count, ConnectionTables.Of(open.Lines));
        }
    }
}
