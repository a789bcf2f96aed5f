using Appliance.Web.Startup;

namespace Appliance.Web.CommandLine;

/// <summary>A command line whose parts are fine and do not go together, or say nothing that can be done.</summary>
internal static class Usage
{
    /// <summary>Says why; exit code 64, as for one that was not understood.</summary>
    public static async Task<int> RefuseAsync(string sentence, TextWriter errors)
    {
        await errors.WriteLineAsync(sentence);
        await errors.WriteLineAsync("Try: appliance --help");
        return ExitCodes.Usage;
    }
}
