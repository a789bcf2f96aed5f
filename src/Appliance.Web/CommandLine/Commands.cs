using System.CommandLine;
using System.CommandLine.Help;
using Appliance.Web.Control;
using Appliance.Web.Hosting;
using Appliance.Web.Startup;

namespace Appliance.Web.CommandLine;

/// <summary>The command line. Without a command it runs the server.</summary>
public sealed class Commands(SettingsReading settings, TextReader input, TextWriter standardOutput, TextWriter standardErrors)
{
    private readonly TextWriter _output = VisibleWriter.Over(standardOutput);
    private readonly TextWriter _errors = VisibleWriter.Over(standardErrors);

    private const string About = """
        Appliance: a self-hosted reverse proxy, WebSocket-first.

        Without a command it runs the proxy and its console until Ctrl+C. The other commands talk to the process that runs on the same
        data folder (APPLIANCE_DATA, ./data by default), or do the same work themselves when none runs.
        """;

    /// <summary>Parses and runs. The result is the process's exit code.</summary>
    public async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var parsed = Parse(arguments);
        if (parsed.Errors.Count == 0)
            return await parsed.InvokeAsync(
                new()
                {
                    ProcessTerminationTimeout = null,
                    EnableDefaultExceptionHandler = false,
                    Output = _output,
                    Error = _errors,
                },
                cancellationToken
            );
        using var errors = new PatientWriter(_errors);
        foreach (var error in parsed.Errors)
            await errors.WriteLineAsync(error.Message);
        await errors.WriteLineAsync("Try: appliance --help");
        return ExitCodes.Usage;
    }

    /// <summary>What the command line makes of arguments, with its errors; nothing runs.</summary>
    internal ParseResult Parse(IReadOnlyList<string> arguments) => Build().Parse(arguments);

    // A plain command, not a RootCommand: that one is named after the file it was started from, and the product is called appliance.
    private Command Build()
    {
        var demo = new Option<bool>("--demo")
        {
            Description =
                "Also start an echo and a chat to try the proxy with, and store routes to them: on every host when nothing was ever stored, else on the host demo.localhost.",
        };
        var version = new Option<bool>("--version") { Description = "Show the version." };
        var root = new Command("appliance", About)
        {
            demo,
            version,
            new HelpOption { Recursive = true },
        };
        root.SetAction(
            (parsed, cancelled) =>
                parsed.GetValue(version) ? VersionCommand.RunAsync(_output) : ServeAsync(parsed.GetValue(demo), cancelled)
        );
        root.Subcommands.Add(ExportCommand.Build(WithNodeAsync, _output));
        root.Subcommands.Add(ApplyCommand.Build(WithNodeAsync, input, _output, _errors));
        root.Subcommands.Add(RestoreCommand.Build(WithNodeAsync, _output, _errors));
        root.Subcommands.Add(RevisionsCommand.Build(WithNodeAsync, _output, _errors));
        root.Subcommands.Add(DiffCommand.Build(WithNodeAsync, _output, _errors));
        root.Subcommands.Add(RollbackCommand.Build(WithNodeAsync, _output, _errors));
        root.Subcommands.Add(CertificatesCommand.Build(WithRunningAsync, _output, _errors));
        root.Subcommands.Add(RequestsCommand.Build(WithRunningAsync, _output, _errors));
        root.Subcommands.Add(LogCommand.Build(WithRunningAsync, _output, _errors));
        root.Subcommands.Add(ConnectionsCommand.Build(WithRunningAsync, _output, _errors));
        root.Subcommands.Add(CloseCommand.Build(WithRunningAsync, _output, _errors));
        root.Subcommands.Add(DrainCommand.Build(WithRunningAsync, _output, _errors));
        root.Subcommands.Add(AuditCommand.Build(WithNodeAsync, _output, _errors));
        root.Subcommands.Add(SessionsCommand.Build(WithNodeAsync, _output, _errors));
        root.Subcommands.Add(TokenCommand.Build(WithNodeAsync, _output, _errors));
        root.Subcommands.Add(SetupLinkCommand.Build(WithOptionsAsync, _output, _errors));
        root.Subcommands.Add(SignInLinkCommand.Build(WithOptionsAsync, _output, _errors));
        root.Subcommands.Add(HealthCheckCommand.Build(WithOptionsAsync, _output, _errors));
        root.Subcommands.Add(SchemaCommand.Build(_output));
        root.Subcommands.Add(VersionCommand.Build(_output));
        return root;
    }

    // Commands wait for who reads their errors, as a pager; a server must not.
    private async Task<int> ServeAsync(bool demo, CancellationToken cancellationToken)
    {
        using var errors = new PatientWriter(_errors);
        return await WithOptionsAsync(errors, options =>
            Server.RunAsync(options, demo, VisibleWriter.Below(_output), errors, cancellationToken)
        );
    }

    private Task<int> WithOptionsAsync(Func<ApplianceOptions, Task<int>> run) => WithOptionsAsync(_errors, run);

    // Read before anything else, told only to those who need settings: --help must work with a bad environment, too.
    private async Task<int> WithOptionsAsync(TextWriter errors, Func<ApplianceOptions, Task<int>> run)
    {
        foreach (var line in settings.Warnings)
            await errors.WriteLineAsync($"warning: {line}");
        foreach (var line in settings.Problems)
            await errors.WriteLineAsync(line);
        return settings.Options is { } options ? await run(options) : ExitCodes.Settings;
    }

    private Task<int> WithRunningAsync(Func<RunningNode, Task<int>> run) =>
        WithOptionsAsync(options => NodeAccess.UseRunningAsync(options, _errors, run));

    private Task<int> WithNodeAsync(Func<NodeAccess, Task<int>> run) =>
        WithOptionsAsync(options => NodeAccess.UseAsync(options, _errors, run));
}
