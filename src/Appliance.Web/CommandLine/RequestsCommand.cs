using System.CommandLine;
using System.Globalization;
using Appliance.Proxy.Items;
using Appliance.Web.Control;
using Appliance.Web.RequestPages;
using Appliance.Web.Startup;

namespace Appliance.Web.CommandLine;

/// <summary><c>appliance requests</c>: the newest requests that are over, and why they failed. Only a running process has any.</summary>
internal static class RequestsCommand
{
    private const int StandardLimit = 50;
    private static readonly TimeSpan _goodbye = TimeSpan.FromMilliseconds(500);

    private const string About = """
        Show the newest requests that are over, the newest first, with the servers that were asked and why they failed.
        All filters must hold.

        Exit code 0: shown, also when there is none. 3: nothing is running on this data folder.
        """;

    private static readonly string[] _head = ["WHEN (UTC)", "STATUS", "TOOK", "CLIENT", "ROUTE", "SERVER", "REQUEST", "REASON"];

    public static Command Build(Func<Func<RunningNode, Task<int>>, Task<int>> withRunning, TextWriter output, TextWriter errors)
    {
        var failed = new Option<bool>("--failed")
        {
            Description = "Only those that no server answered, or not to the end, and all of 500 and above.",
        };
        var status = new Option<string?>("--status") { Description = "Of this status or class: 404, 4xx.", HelpName = "STATUS" };
        var route = new Option<string?>("--route") { Description = "Of the route with this name.", HelpName = "NAME" };
        var pool = new Option<string?>("--pool") { Description = "To the pool with this name.", HelpName = "NAME" };
        var server = new Option<string?>("--server") { Description = "That asked this server: 10.0.0.1:80.", HelpName = "HOST:PORT" };
        var client = new Option<string?>("--client") { Description = "From this client: 10.0.0.7.", HelpName = "ADDRESS" };
        var host = new Option<string?>("--host") { Description = "For this host: shop.example.com.", HelpName = "NAME" };
        var method = new Option<string?>("--method") { Description = "With this method: POST.", HelpName = "METHOD" };
        var slower = new Option<int?>("--slower-than") { Description = "That took at least so many milliseconds.", HelpName = "MS" };
        var search = new Option<string?>("--search")
        {
            Description = "With all these words in host, path, client, server, route, reason or request ID.",
            HelpName = "WORDS",
        };
        var limit = new Option<int?>("--limit") { Description = $"Show at most so many; {StandardLimit} without it.", HelpName = "N" };
        var json = new Option<bool>("--json") { Description = "Answer as JSON, with every field; with --follow one request a line." };
        var follow = new Option<bool>("--follow") { Description = "Show more as they come, the oldest first, until Ctrl+C." };
        var command = new Command("requests", About)
        {
            failed,
            status,
            route,
            pool,
            server,
            client,
            host,
            method,
            slower,
            search,
            limit,
            json,
            follow,
        };
        command.Subcommands.Add(RequestHeadersCommand.Build(withRunning, output, errors));
        command.SetAction(
            async (parsed, cancelled) =>
            {
                var wanted = parsed.GetValue(failed) ? RequestQuery.Failed : parsed.GetValue(status) ?? "";
                var query = new RequestQuery
                {
                    Status = wanted,
                    Route = parsed.GetValue(route) ?? "",
                    Pool = parsed.GetValue(pool) ?? "",
                    Server = parsed.GetValue(server) ?? "",
                    Client = parsed.GetValue(client) ?? "",
                    Host = parsed.GetValue(host) ?? "",
                    Method = parsed.GetValue(method) ?? "",
                    Slow = parsed.GetValue(slower) ?? 0,
                    Text = parsed.GetValue(search) ?? "",
                };
                var fault =
                    parsed.GetValue(failed) && parsed.GetValue(status) is not null ? "Choose --failed or --status."
                    : RequestQuery.Parse(query.Address()).Status != wanted ? "--status takes a status or a class: 404, 4xx."
                    : parsed.GetValue(limit) is < 0 ? "--limit takes a number from 0 on."
                    : parsed.GetValue(slower) is < 0 ? "--slower-than takes milliseconds, from 0 on."
                    : null;
                if (fault is not null)
                    return await Usage.RefuseAsync(fault, errors);
                var most = parsed.GetValue(limit) ?? StandardLimit;
                return await withRunning(node =>
                    parsed.GetValue(follow)
                        ? FollowAsync(node, query, most, parsed.GetValue(json), output, cancelled)
                        : ShowAsync(node, query, most, parsed.GetValue(json), output, cancelled)
                );
            }
        );
        return command;
    }

    private static async Task<int> ShowAsync(
        RunningNode node,
        RequestQuery query,
        int limit,
        bool json,
        TextWriter output,
        CancellationToken cancellationToken
    )
    {
        var (total, lines) = await node.RequestsAsync(query, after: 0, limit, cancellationToken);
        if (json)
            await output.WriteLineAsync(Json.Of(lines));
        else if (lines.Count > 0)
            await output.WriteAsync(TextTable.Of(_head, [.. lines.Select(Row)]) + ConnectionTables.More(total, lines.Count));
        else
            await output.WriteLineAsync(query.IsFiltered ? "No remembered request matches these filters." : "No request yet.");
        return ExitCodes.Ok;
    }

    // Ctrl+C is how one leaves, not an accident: exit code 0. Nor is a reader waited for that has stopped reading: a write to its pipe
    // would never end.
    private static async Task<int> FollowAsync(
        RunningNode node,
        RequestQuery query,
        int limit,
        bool json,
        TextWriter output,
        CancellationToken cancellationToken
    )
    {
        var signals = new StopSignals(cancellationToken);
        var stop = signals.Asked;
        var following = Task.Run(() => FollowAsync(node, query, limit, json, output, new(TimeSpan.FromSeconds(1)), stop), stop);
        var stopped = Task.Delay(Timeout.Infinite, stop).ContinueWith(_ => { }, TaskScheduler.Default);
        if (await Task.WhenAny(following, stopped) == following)
        {
            signals.Dispose();
            await following;
        }
        else if (await Task.WhenAny(following, Task.Delay(_goodbye, CancellationToken.None)) != following)
        {
            // The thread that writes ends with the process.
            Environment.Exit(ExitCodes.Ok);
        }

        return ExitCodes.Ok;
    }

    private static async Task FollowAsync(
        RunningNode node,
        RequestQuery query,
        int limit,
        bool json,
        TextWriter output,
        PeriodicTimer second,
        CancellationToken stop
    )
    {
        using var timer = second;
        var (seen, first) = (0L, (int?)limit);
        try
        {
            do
            {
                // From the second look on all that came, as far as they are remembered.
                var (_, lines) = await node.RequestsAsync(query, seen, first, stop);
                first = null;
                foreach (var line in lines.Reverse())
                {
                    stop.ThrowIfCancellationRequested();
                    seen = Math.Max(seen, line.Number);
                    await output.WriteLineAsync(json ? Json.LineOf(line) : Plain(line));
                }

                await output.FlushAsync(stop);
            } while (await second.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
    }

    private static string Plain(RequestLine line) => VisibleText.Of(string.Join("  ", Row(line).Where(cell => cell.Length > 0)));

    private static string[] Row(RequestLine line) =>
        [
            line.EndedUtc.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
            line.Status.ToString(CultureInfo.InvariantCulture),
            line.Seconds < 60 ? string.Create(CultureInfo.InvariantCulture, $"{line.Seconds:0.000}s") : ConnectionTables.Age(line.Seconds),
            line.Client,
            line.Route.Length > 0 ? line.Route : "-",
            line.Servers.Count == 0 ? "-" : string.Join(",", line.Servers.Select(server => server.Server)),
            $"{line.Method} {line.Host}{line.Path}",
            line.Failure ?? "",
        ];
}
