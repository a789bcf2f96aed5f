using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;
using Appliance.Web.Startup;

namespace Appliance.Web.CommandLine;

/// <summary><c>appliance version</c>: what runs here.</summary>
internal static class VersionCommand
{
    public static Command Build(TextWriter output)
    {
        var command = new Command("version", "Show the version.");
        command.SetAction((_, _) => RunAsync(output));
        return command;
    }

    public static async Task<int> RunAsync(TextWriter output)
    {
        var version = typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? "unknown";
        await output.WriteLineAsync(
            $"appliance {version} on {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}"
        );
        return ExitCodes.Ok;
    }
}
