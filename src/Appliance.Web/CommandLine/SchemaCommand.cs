using System.CommandLine;
using Appliance.Web.Startup;

namespace Appliance.Web.CommandLine;

/// <summary><c>appliance schema</c>: the JSON schema of the document that export writes and apply takes.</summary>
internal static class SchemaCommand
{
    public static Command Build(TextWriter output)
    {
        var command = new Command("schema", "Write the JSON schema of a config document, for an editor that completes and checks.");
        command.SetAction(
            async (_, cancelled) =>
            {
                // embedded by the project file
                using var schema = new StreamReader(typeof(SchemaCommand).Assembly.GetManifestResourceStream("config.schema.json")!);
                await output.WriteAsync(await schema.ReadToEndAsync(cancelled));
                return ExitCodes.Ok;
            }
        );
        return command;
    }
}
