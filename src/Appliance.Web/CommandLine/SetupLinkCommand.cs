using System.CommandLine;
using Appliance.Web.Hosting;
using Appliance.Web.Startup;

namespace Appliance.Web.CommandLine;

/// <summary><c>appliance setup-link</c>: a link for a new administrator, for the first start and for lost passwords.</summary>
internal static class SetupLinkCommand
{
    public static Command Build(Func<Func<ApplianceOptions, Task<int>>, Task<int>> withOptions, TextWriter output, TextWriter errors)
    {
        var command = new Command(
            "setup-link",
            "Print a link with which a new administrator sets name and password. It works once, for one hour."
        );
        command.SetAction((parsed, cancelled) => withOptions(options => NodeAccess.UseAsync(options, errors, async node =>
                    {
                        await output.WriteLineAsync(await node.NewSetupLinkAsync(options, cancelled));
                        return ExitCodes.Ok;
                    })));
        return command;
    }
}
