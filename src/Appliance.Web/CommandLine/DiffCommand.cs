using System.CommandLine;
using System.Globalization;
using Appliance.Proxy.Items;
using Appliance.Web.Startup;

namespace Appliance.Web.CommandLine;

/// <summary><c>appliance diff</c>: what differs between two revisions.</summary>
internal static class DiffCommand
{
    /// <summary>The word for the newest revision.</summary>
    public const string Live = "live";

    private const string About = """
        Show what differs between two revisions, item by item. Lines with - went, lines with + came.

        Exit code 0: shown, also when nothing differs. 1: there is no such revision.
        """;

    public static Command Build(Func<Func<NodeAccess, Task<int>>, Task<int>> withNode, TextWriter output, TextWriter errors)
    {
        var from = new Argument<string>("A") { Description = "The revision to compare with: its number, or live." };
        var to = new Argument<string>("B")
        {
            Description = "The revision to look at: its number, or live. Without it: live, the newest one.",
            DefaultValueFactory = _ => Live,
        };
        var json = new Option<bool>("--json") { Description = "Answer as JSON." };
        var command = new Command("diff", About) { from, to, json };
        command.SetAction(
            async (parsed, cancelled) =>
            {
                var (a, b) = (parsed.GetRequiredValue(from), parsed.GetRequiredValue(to));
                if (!TryNumber(a, out var first))
                    return await Usage.RefuseAsync($"\"{a}\" is not the number of a revision, nor live.", errors);
                if (!TryNumber(b, out var second))
                    return await Usage.RefuseAsync($"\"{b}\" is not the number of a revision, nor live.", errors);
                return await withNode(async node =>
                {
                    var answer = await node.DiffAsync(first, second, cancelled);
                    if (parsed.GetValue(json))
                    {
                        await output.WriteLineAsync(Json.Of(answer));
                        return answer.ExitCode;
                    }

                    if (answer.ExitCode != ExitCodes.Ok)
                    {
                        await errors.WriteLineAsync($"error: {answer.Summary}");
                        return answer.ExitCode;
                    }

                    foreach (var item in answer.Changes)
                    {
                        await output.WriteLineAsync($"{item.Kind} {item.Item} {item.Name}");
                        foreach (var line in item.Lines)
                            await output.WriteLineAsync("  " + VisibleText.Of(line));
                    }

                    await output.WriteLineAsync(answer.Summary);
                    return answer.ExitCode;
                });
            }
        );
        return command;
    }

    private static bool TryNumber(string text, out long? number)
    {
        number = null;
        if (text.Equals(Live, StringComparison.OrdinalIgnoreCase))
            return true;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var read))
            return false;
        number = read;
        return true;
    }
}
