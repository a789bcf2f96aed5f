using System.CommandLine;
using Appliance.Web.Hosting;
using Appliance.Web.Startup;

namespace Appliance.Web.CommandLine;

/// <summary>
/// <c>appliance sign-in-link</c>: break-glass. A link that signs an administrator in when passwords, codes or the provider do not.
/// </summary>
internal static class SignInLinkCommand
{
    public static Command Build(Func<Func<ApplianceOptions, Task<int>>, Task<int>> withOptions, TextWriter output, TextWriter errors)
    {
        var user = new Option<string?>("--user")
        {
            Description = "The administrator to sign in. Default: the one whose account is oldest.",
            HelpName = "NAME",
        };
        var command = new Command(
            "sign-in-link",
            "Print a link that signs an existing administrator in, without password and code. It works once, for one hour."
        )
        {
            user,
        };
        command.SetAction((parsed, cancelled) => withOptions(options => NodeAccess.UseAsync(options, errors, async node =>
                    {
                        var name = parsed.GetValue(user);
                        if (await node.NewSignInLinkAsync(options, name, cancelled) is { } link)
                        {
                            await output.WriteLineAsync(link);
                            return ExitCodes.Ok;
                        }

                        await errors.WriteLineAsync(
                            name is null
                                ? "There is no administrator who is not disabled. appliance setup-link prints a link that makes a new one."
                                : $"There is no administrator called {name} who is not disabled. Without --user, the oldest one is "
                                    + "taken; appliance setup-link makes a new one."
                        );
                        return ExitCodes.Problems;
                    })));
        return command;
    }
}
