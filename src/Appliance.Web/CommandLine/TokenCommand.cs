using System.CommandLine;
using System.Globalization;
using Appliance.Web.Control;
using Appliance.Web.Startup;

namespace Appliance.Web.CommandLine;

/// <summary><c>appliance token</c>: the tokens by which programs use the API.</summary>
internal static class TokenCommand
{
    private const string About = """
        Make, list and revoke API tokens. Without a running process the database is used.
        """;

    private const string AboutCreate = """
        Make a token and print it. It is shown only now: the database has its hash.

        Every token can read. write: changes the config. connections: closes and drains. admin: everything.

        Exit code 0: done. 1: the name is taken or not possible, or scope or time cannot be read.
        """;

    private const string AboutList = """
        List the tokens: what they are for, who made them, when they expire, and when they were last used.

        Exit code 0: done.
        """;

    private const string AboutRevoke = """
        Revoke a token. Requests with it are refused from now on, also those that are under way.

        Exit code 0: done. 1: there is no such token.
        """;

    public static Command Build(Func<Func<NodeAccess, Task<int>>, Task<int>> withNode, TextWriter output, TextWriter errors)
    {
        var command = new Command("token", About);
        command.Subcommands.Add(Create(withNode, output, errors));
        command.Subcommands.Add(List(withNode, output));
        command.Subcommands.Add(Revoke(withNode, output, errors));
        return command;
    }

    private static Command Create(Func<Func<NodeAccess, Task<int>>, Task<int>> withNode, TextWriter output, TextWriter errors)
    {
        var name = NameArgument("What the token is called: letters, digits, dots, hyphens and underscores.");
        var scopes = new Option<string[]>("--scope")
        {
            Description = "What it is for: read, write, connections or admin. Several are separated by commas, or the option is repeated.",
            HelpName = "SCOPE",
            Required = true,
        };
        var expires = new Option<string?>("--expires")
        {
            Description = "How long it holds, for example 90d. Default: until it is revoked.",
            HelpName = "TIME",
        };
        var json = new Option<bool>("--json") { Description = "Answer as JSON." };
        var command = new Command("create", AboutCreate) { name, scopes, expires, json };
        command.SetAction(
            (parsed, cancelled) =>
                withNode(async node =>
                {
                    var request = new TokenRequest
                    {
                        Name = parsed.GetValue(name)!, // the parser refuses a command without it
                        Scopes = string.Join(' ', parsed.GetValue(scopes) ?? []),
                        Expires = parsed.GetValue(expires),
                        Author = NodeAccess.Author,
                    };
                    var answer = await node.CreateTokenAsync(request, cancelled);
                    if (parsed.GetValue(json))
                        await output.WriteLineAsync(Json.Of(answer));
                    else
                    {
                        // The token alone goes to the output, so that a script can take it.
                        await errors.WriteLineAsync(answer.Summary);
                        if (answer.Token is { } token)
                            await output.WriteLineAsync(token);
                    }

                    return answer.ExitCode;
                })
        );
        return command;
    }

    private static Command List(Func<Func<NodeAccess, Task<int>>, Task<int>> withNode, TextWriter output)
    {
        var json = new Option<bool>("--json") { Description = "Answer as JSON." };
        var command = new Command("list", AboutList) { json };
        command.SetAction(
            (parsed, cancelled) =>
                withNode(async node =>
                {
                    var list = await node.TokensAsync(cancelled);
                    if (parsed.GetValue(json))
                        await output.WriteLineAsync(Json.Of(list));
                    else if (list.Count == 0)
                        await output.WriteLineAsync("There are no tokens.");
                    else
                        await output.WriteAsync(
                            TextTable.Of(
                                ["NAME", "BEGINS", "SCOPES", "STATE", "MADE BY", "EXPIRES (UTC)", "LAST USED (UTC)", "FROM"],
                                [.. list.Select(Row)]
                            )
                        );
                    return ExitCodes.Ok;
                })
        );
        return command;
    }

    private static Command Revoke(Func<Func<NodeAccess, Task<int>>, Task<int>> withNode, TextWriter output, TextWriter errors)
    {
        var name = NameArgument("As appliance token list shows it.");
        var json = new Option<bool>("--json") { Description = "Answer as JSON." };
        var command = new Command("revoke", AboutRevoke) { name, json };
        command.SetAction(
            (parsed, cancelled) =>
                withNode(async node =>
                {
                    var answer = await node.RevokeTokenAsync(new(parsed.GetValue(name)!, NodeAccess.Author), cancelled); // always given
                    if (parsed.GetValue(json))
                        await output.WriteLineAsync(Json.Of(answer));
                    else
                        await (answer.ExitCode == ExitCodes.Ok ? output : errors).WriteLineAsync(answer.Summary);
                    return answer.ExitCode;
                })
        );
        return command;
    }

    private static Argument<string> NameArgument(string description) => new("NAME") { Description = description };

    private static string[] Row(TokenLine token) =>
        [
            token.Name,
            token.Start,
            token.Scopes,
            token.State,
            token.CreatedBy,
            token.ExpiresUtc is { } expires ? Time(expires) : "never",
            token.LastUsedUtc is { } used ? Time(used) : "never",
            token.LastUsedFrom ?? "",
        ];

    private static string Time(DateTime utc) => utc.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
