using System.CommandLine;
using Appliance.Web.Control;
using Appliance.Web.Hosting;

namespace Appliance.Web.CommandLine;

/// <summary><c>appliance connections</c>: the WebSockets that are open now. Only a running process has any.</summary>
internal static class ConnectionsCommand
{
    public static Command Build(Func<Func<ApplianceOptions, Task<int>>, Task<int>> withOptions, TextWriter output, TextWriter errors)
    {
        var json = new Option<bool>("--json") { Description = "Answer as JSON." };
        var command = new Command("connections", "Show the open WebSockets. Exit code 3: nothing is running on this data folder.") { json };
        command.SetAction((parsed, cancelled) => withOptions(async options =>
        {
            using var node = await RunningNode.TryConnectAsync(options.Data, cancelled);
            if (node is null)
            {
                await errors.WriteLineAsync($"Nothing is running on {Path.GetFullPath(options.Data)}.");
                return ExitCodes.NotRunning;
            }

            var list = await node.ConnectionsAsync(cancelled);
            if (parsed.GetValue(json))
                await output.WriteLineAsync(Json.Of(list));
            else if (list.Count == 0)
                await output.WriteLineAsync("No WebSocket is open.");
            else
                await output.WriteAsync(TextTable.Of(
                    ["ID", "ROUTE", "SERVER", "CLIENT", "AGE", "IDLE", "MSGS IN", "MSGS OUT", "BYTES IN", "BYTES OUT", "RELAY"], [.. list.Select(Row)]));
            return ExitCodes.Ok;
        }));
        return command;
    }

    // In and out as seen by the server behind the proxy: in is what the client sent.
    private static string[] Row(ConnectionLine one) =>
    [
        one.Id.ToString(), one.Route, one.Server, one.Client, Age(one.AgeSeconds), Age(one.IdleSeconds), one.MessagesFromClient.ToString(), one.MessagesFromServer.ToString(),
        one.BytesFromClient.ToString(), one.BytesFromServer.ToString(), one.Relay,
    ];

    private static string Age(double seconds) => TimeSpan.FromSeconds(seconds) switch
    {
        { TotalHours: >= 1 } hours => $"{(int)hours.TotalHours}h{hours.Minutes:00}m",
        { TotalMinutes: >= 1 } minutes => $"{minutes.Minutes}m{minutes.Seconds:00}s",
        var rest => $"{rest.Seconds}s",
    };
}
