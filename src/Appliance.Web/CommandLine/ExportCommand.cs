using System.CommandLine;
using Appliance.Web.Startup;

namespace Appliance.Web.CommandLine;

/// <summary><c>appliance export</c>: the whole config as one document.</summary>
internal static class ExportCommand
{
    public static Command Build(Func<Func<NodeAccess, Task<int>>, Task<int>> withNode, TextWriter output)
    {
        var file = new Option<string?>("--output", "-o")
        {
            Description = "Write to this file instead of the standard output.",
            HelpName = "FILE",
        };
        var command = new Command("export", "Write the whole config as one JSON document, for apply, a backup or a repository.") { file };
        command.SetAction(
            (parsed, cancelled) =>
                withNode(async node =>
                {
                    var text = await node.ExportAsync(cancelled);
                    if (parsed.GetValue(file) is { } target)
                        await File.WriteAllTextAsync(target, text, cancelled);
                    else
                        await output.WriteAsync(text);
                    return ExitCodes.Ok;
                })
        );
        return command;
    }
}
