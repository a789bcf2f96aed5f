using System.CommandLine;
using System.Net.Http.Json;
using System.Text.Json;
using Appliance.Data;
using Appliance.Proxy.Config;
using Appliance.Web.Control;
using Appliance.Web.Hosting;

namespace Appliance.Web.CommandLine;

/// <summary>The command line. Without a command it runs the server.</summary>
public sealed class Commands(ApplianceOptions options, TextWriter output, TextWriter errors)
{
    /// <summary>Builds the tree of commands.</summary>
    public RootCommand Build()
    {
        var demo = new Option<bool>("--demo") { Description = "Also start an echo and a chat to try the proxy with, and store routes to them when nothing is configured yet." };
        var root = new RootCommand("Appliance: a reverse proxy, WebSocket-first. Without a command it runs the proxy and the console.") { demo };
        root.SetAction((parsed, cancelled) => Server.RunAsync(options, parsed.GetValue(demo), output, errors, cancelled));
        root.Subcommands.Add(Export());
        root.Subcommands.Add(Apply());
        root.Subcommands.Add(Revisions());
        root.Subcommands.Add(Connections());
        return root;
    }

    private Command Export()
    {
        var file = new Option<FileInfo?>("--output", "-o") { Description = "Write to this file instead of the screen." };
        var command = new Command("export", "Write the whole config as one JSON document.") { file };
        command.SetAction((parsed, cancelled) => WithApiAsync(
            async client => await client.GetStringAsync("control/config", cancelled),
            api => api.ExportAsync(cancelled),
            async text =>
            {
                if (parsed.GetValue(file) is { } target)
                    await File.WriteAllTextAsync(target.FullName, text, cancelled);
                else
                    await output.WriteAsync(text);
                return ExitCodes.Ok;
            },
            cancelled));
        return command;
    }

    private Command Apply()
    {
        var file = new Argument<string>("file") { Description = "The document; - reads it from the standard input." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Check and show what would change; store nothing." };
        var comment = new Option<string>("--comment", "-m") { Description = "Why, for the history.", DefaultValueFactory = _ => "" };
        var json = new Option<bool>("--json") { Description = "Answer as JSON." };
        var command = new Command("apply", "Make a JSON document the whole config. Exit code 0: live, 1: problems, 2: stored but not live.") { file, dryRun, comment, json };
        command.SetAction(async (parsed, cancelled) =>
        {
            byte[] document;
            try
            {
                document = await ReadAsync(parsed.GetRequiredValue(file), cancelled);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                await errors.WriteLineAsync(exception.Message);
                return ExitCodes.Problems;
            }

            var (dry, why) = (parsed.GetValue(dryRun), parsed.GetValue(comment) ?? "");
            return await WithApiAsync(
                async client =>
                {
                    using var content = new ByteArrayContent(document);
                    using var answer = await client.PostAsync(
                        $"control/config?dryRun={(dry ? "true" : "false")}&author={Uri.EscapeDataString(Author)}&comment={Uri.EscapeDataString(why)}", content, cancelled);
                    answer.EnsureSuccessStatusCode();
                    return (await answer.Content.ReadFromJsonAsync<ApplyAnswer>(ControlSocket.Json, cancelled))!; // the server always answers with one
                },
                api => api.ApplyAsync(document, dry, Author, why, cancelled),
                answer => parsed.GetValue(json) ? PrintJsonAsync(answer, answer.ExitCode) : PrintAsync(answer),
                cancelled);
        });
        return command;
    }

    private Command Revisions()
    {
        var json = new Option<bool>("--json") { Description = "Answer as JSON." };
        var command = new Command("revisions", "Show the newest revisions: who saved what, when.") { json };
        command.SetAction((parsed, cancelled) => WithApiAsync(
            async client => (await client.GetFromJsonAsync<List<RevisionLine>>("control/revisions", ControlSocket.Json, cancelled))!, // a list, always
            async api => [.. await api.RevisionsAsync(cancelled)],
            list => parsed.GetValue(json) ? PrintJsonAsync(list, ExitCodes.Ok) : TableAsync(
                ["REVISION", "WHEN (UTC)", "AUTHOR", "BY", "CHANGES", "COMMENT"],
                list.Select(line => new[] { line.Revision.ToString(), line.CreatedUtc.ToString("yyyy-MM-dd HH:mm:ss"), line.Author, line.Origin, line.Summary, line.Comment }),
                "No revision yet. Try: appliance apply FILE"),
            cancelled));
        return command;
    }

    private Command Connections()
    {
        var json = new Option<bool>("--json") { Description = "Answer as JSON." };
        var command = new Command("connections", "Show the open WebSockets.") { json };
        command.SetAction(async (parsed, cancelled) =>
        {
            using var client = await ControlSocket.TryConnectAsync(options.Data, cancelled);
            if (client is null)
            {
                await errors.WriteLineAsync($"Nothing is running on {Path.GetFullPath(options.Data)}.");
                return ExitCodes.NotRunning;
            }

            var list = (await client.GetFromJsonAsync<List<ConnectionLine>>("control/connections", ControlSocket.Json, cancelled))!; // a list, always
            return parsed.GetValue(json) ? await PrintJsonAsync(list, ExitCodes.Ok) : await TableAsync(
                ["ID", "ROUTE", "SERVER", "CLIENT", "AGE", "IDLE", "MSGS IN", "MSGS OUT", "BYTES IN", "BYTES OUT"],
                list.Select(one => new[]
                {
                    one.Id.ToString(), one.Route, one.Server, one.Client, $"{one.AgeSeconds:0}s", $"{one.IdleSeconds:0}s", one.MessagesFromClient.ToString(),
                    one.MessagesFromServer.ToString(), one.BytesFromClient.ToString(), one.BytesFromServer.ToString(),
                }),
                "No WebSocket is open.");
        });
        return command;
    }

    // The running process answers; when there is none, this one takes the lock and does the same work.
    private async Task<int> WithApiAsync<T>(
        Func<HttpClient, Task<T>> remote, Func<ControlApi, Task<T>> local, Func<T, Task<int>> print, CancellationToken cancellationToken)
    {
        try
        {
            using (var client = await ControlSocket.TryConnectAsync(options.Data, cancellationToken))
            {
                if (client is not null)
                    return await print(await remote(client));
            }

            using var node = await Node.OpenAsync(options, cancellationToken);
            return await print(await local(new(node.Store, node.Editor, null)));
        }
        catch (DataFolderException exception)
        {
            await errors.WriteLineAsync(exception.Message);
            return ExitCodes.Settings;
        }
        catch (HttpRequestException exception)
        {
            await errors.WriteLineAsync($"The running process did not answer: {exception.Message}");
            return ExitCodes.Problems;
        }
    }

    private async Task<int> PrintAsync(ApplyAnswer answer)
    {
        foreach (var change in answer.Changes)
            await output.WriteLineAsync("  " + change);
        foreach (var problem in answer.Problems)
        {
            var word = problem.Severity == ProblemSeverity.Error ? "error" : "warning";
            await (answer.ExitCode == ExitCodes.Problems ? errors : output).WriteLineAsync($"{word} {(problem.Path.Length == 0 ? "document" : problem.Path)} [{problem.Code}] {problem.Message}");
        }

        await (answer.ExitCode == ExitCodes.Ok ? output : errors).WriteLineAsync(answer.Summary);
        return answer.ExitCode;
    }

    private async Task<int> PrintJsonAsync<T>(T value, int exitCode)
    {
        await output.WriteLineAsync(JsonSerializer.Serialize(value, ControlSocket.Json));
        return exitCode;
    }

    private async Task<int> TableAsync(string[] head, IEnumerable<string[]> lines, string whenEmpty)
    {
        var rows = lines.ToList();
        if (rows.Count == 0)
        {
            await output.WriteLineAsync(whenEmpty);
            return ExitCodes.Ok;
        }

        rows.Insert(0, head);
        var widths = head.Select((_, column) => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
            await output.WriteLineAsync(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        return ExitCodes.Ok;
    }

    private static string Author => Environment.UserName is { Length: > 0 } user ? $"{user} (command line)" : "command line";

    private static async Task<byte[]> ReadAsync(string file, CancellationToken cancellationToken)
    {
        if (file != "-")
            return await File.ReadAllBytesAsync(file, cancellationToken);
        await using var input = Console.OpenStandardInput();
        using var text = new MemoryStream();
        await input.CopyToAsync(text, cancellationToken);
        return text.ToArray();
    }
}
