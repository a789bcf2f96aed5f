using Appliance.Data;
using Appliance.Web.Audit;
using Appliance.Web.Control;
using Appliance.Web.Hosting;
using Appliance.Web.SignIn;
using Appliance.Web.Startup;

namespace Appliance.Web.CommandLine;

/// <summary>
/// A command's way to a node. The process that runs on the data folder answers. When no process runs there, this one takes the folder's
/// lock and walks the same code path.
/// </summary>
internal sealed class NodeAccess(
    RunningNode? running,
    ControlApi? offline,
    AuditApi? offlineAudit,
    RestoreApi? offlineRestore,
    SessionsApi? offlineSessions,
    TokensApi? offlineTokens
)
{
    private static readonly TimeSpan _startPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _startPause = TimeSpan.FromMilliseconds(100);

    /// <summary>Finds the node, runs the command, and turns what can go wrong on the way into sentences.</summary>
    public static Task<int> UseAsync(ApplianceOptions options, TextWriter errors, Func<NodeAccess, Task<int>> run) =>
        InWordsAsync(errors, async () =>
        {
            using var running = await RunningNode.TryConnectAsync(options.Data, CancellationToken.None);
            if (running is not null)
                return await run(new(running, null, null, null, null, null));
            var (starting, own) = await ConnectOrOpenAsync(options);
            using (starting)
            using (own)
                return await run(own is null ? new(starting, null, null, null, null, null) : Offline(own));
        });

    // A process that has just been started holds the folder before it can be asked; another command holds it for a moment.
    private static async Task<(RunningNode? Running, Node? Own)> ConnectOrOpenAsync(ApplianceOptions options)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return (null, await Node.OpenForCommandAsync(options, CancellationToken.None));
            }
            catch (DataFolderException taken) when (taken.IsTaken && TimeProvider.System.GetElapsedTime(since) < _startPatience)
            {
                await Task.Delay(_startPause);
            }

            if (await RunningNode.TryConnectAsync(options.Data, CancellationToken.None) is { } running)
                return (running, null);
        }
    }

    private static NodeAccess Offline(Node node)
    {
        var editor = node.EditorBeside(null);
        return new(
            null,
            new(node.Store, editor, node.Accounts, null),
            new(node.Audit, new(node.Audit, TimeProvider.System)),
            node.Restore(editor, null),
            new(node.People, node.Sessions, null),
            new(node.Tokens, node.People, TimeProvider.System)
        );
    }

    /// <summary>The same for what only a running process has.</summary>
    public static Task<int> UseRunningAsync(ApplianceOptions options, TextWriter errors, Func<RunningNode, Task<int>> run) =>
        InWordsAsync(errors, async () =>
        {
            using var running = await RunningNode.TryConnectAsync(options.Data, CancellationToken.None);
            if (running is not null)
                return await run(running);
            await errors.WriteLineAsync($"Nothing is running on {Path.GetFullPath(options.Data)}.");
            return ExitCodes.NotRunning;
        });

    /// <summary>Runs, and says in a sentence what can go wrong on the way.</summary>
    public static async Task<int> InWordsAsync(TextWriter errors, Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception exception) when (exception is DataFolderException or StartException)
        {
            await errors.WriteLineAsync(exception.Message);
            return ExitCodes.Of(exception);
        }
        catch (NotAnsweringException silent)
        {
            await errors.WriteLineAsync(silent.Message);
            return ExitCodes.Problems;
        }
        catch (StoreAwayException away)
        {
            await errors.WriteLineAsync(away.Message);
            return ExitCodes.Problems;
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            await errors.WriteLineAsync(StoreFaults.SentenceOf(exception));
            return ExitCodes.Problems;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException { InnerException: TimeoutException })
        {
            await errors.WriteLineAsync(
                $"The running process did not answer as it should ({exception.Message.TrimEnd('.')}); its log says why."
            );
            return ExitCodes.Problems;
        }
        catch (HttpIOException)
        {
            await errors.WriteLineAsync("The running process broke its answer off: what was printed is not all of it. Its log says why.");
            return ExitCodes.Problems;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A file that was named on the command line.
            await errors.WriteLineAsync(exception.Message);
            return ExitCodes.Problems;
        }
    }

    public Task<string> ExportAsync(CancellationToken cancellationToken) =>
        running?.ExportAsync(cancellationToken) ?? offline!.ExportAsync(cancellationToken); // there: one of two

    public Task<ApplyAnswer> ApplyAsync(byte[] document, bool dryRun, string comment, CancellationToken cancellationToken) =>
        running?.ApplyAsync(document, dryRun, Author, comment, cancellationToken)
        ?? offline!.ApplyAsync(document, dryRun, Author, comment, cancellationToken); // one of the two is there

    public Task<ApplyAnswer> RestoreAsync(string source, CancellationToken cancellationToken) =>
        running is not null
            ? running.RestoreAsync(source, Author, cancellationToken)
            : source switch
            {
                "last-good" => offlineRestore!.LastGoodAsync(Author, cancellationToken), // one of the two is there
                "database" => offlineRestore!.DatabaseAsync(Author, cancellationToken), // one of the two is there
                _ => offlineRestore!.LookAsync(cancellationToken), // one of the two is there
            };

    public Task<DiffAnswer> DiffAsync(long? from, long? to, CancellationToken cancellationToken) =>
        running?.DiffAsync(from, to, cancellationToken) ?? offline!.DiffAsync(from, to, cancellationToken); // one of the two is there

    public Task<ApplyAnswer> RollbackAsync(long number, bool dryRun, string comment, CancellationToken cancellationToken) =>
        running?.RollbackAsync(number, dryRun, Author, comment, cancellationToken)
        ?? offline!.RollbackAsync(number, dryRun, Author, comment, cancellationToken); // one of the two is there

    public Task<IReadOnlyList<RevisionLine>> RevisionsAsync(CancellationToken cancellationToken) =>
        running?.RevisionsAsync(cancellationToken) ?? offline!.RevisionsAsync(cancellationToken); // one of the two is there

    /// <summary>
    /// A whole link: the running process knows where its console is; without one, the settings of this command say where it will be.
    /// </summary>
    public async Task<string> NewSetupLinkAsync(ApplianceOptions options, CancellationToken cancellationToken) =>
        // Where nothing runs, the folder was opened.
        running is not null
            ? await running.NewSetupLinkAsync(cancellationToken)
            : SetupLink.Of(options.SignIn, options.ConsolePort, await offline!.NewSetupLinkAsync(cancellationToken));

    public Task<IReadOnlyList<SessionLine>> SessionsAsync(string? person, CancellationToken cancellationToken) =>
        // one of the two is there
        running?.SessionsAsync(person, cancellationToken) ?? offlineSessions!.ListAsync(person, cancellationToken);

    public Task<EndSessionsAnswer> EndSessionsAsync(EndSessionsRequest request, CancellationToken cancellationToken) =>
        // one of the two is there
        running?.EndSessionsAsync(request, cancellationToken) ?? offlineSessions!.EndAsync(request, cancellationToken);

    public Task<IReadOnlyList<TokenLine>> TokensAsync(CancellationToken cancellationToken) =>
        running?.Tokens.ListAsync(cancellationToken) ?? offlineTokens!.ListAsync(cancellationToken); // one of the two is there

    public Task<TokenAnswer> CreateTokenAsync(TokenRequest request, CancellationToken cancellationToken) =>
        // one of the two is there
        running?.Tokens.CreateAsync(request, cancellationToken) ?? offlineTokens!.CreateAsync(request, cancellationToken);

    public Task<TokenAnswer> RevokeTokenAsync(TokenRevocation request, CancellationToken cancellationToken) =>
        // one of the two is there
        running?.Tokens.RevokeAsync(request, cancellationToken) ?? offlineTokens!.RevokeAsync(request, cancellationToken);

    public Task<AuditList> AuditAsync(AuditQuery query, int limit, CancellationToken cancellationToken) =>
        // one of the two is there
        running?.AuditAsync(query, limit, cancellationToken) ?? offlineAudit!.ListAsync(query, limit, cancellationToken);

    public Task<AuditProof> VerifyAuditAsync(string? expected, CancellationToken cancellationToken) =>
        // one of the two is there
        running?.VerifyAuditAsync(expected, cancellationToken) ?? offlineAudit!.VerifyAsync(expected, cancellationToken);

    public Task ExportAuditAsync(string format, AuditQuery query, TextWriter target, CancellationToken cancellationToken) =>
        running?.ExportAuditAsync(format, query, Author, target, cancellationToken)
        ?? offlineAudit!.ExportAsync(format, query, Author, target, cancellationToken); // one of the two is there

    /// <summary>Makes a link that signs an administrator in; null when no administrator has this name.</summary>
    public async Task<string?> NewSignInLinkAsync(ApplianceOptions options, string? name, CancellationToken cancellationToken) =>
        running is not null ? await running.NewSignInLinkAsync(name, cancellationToken)
        : await offline!.NewSignInLinkAsync(name, cancellationToken) is { } token
            ? SignInLink.Of(options.SignIn, options.ConsolePort, token)
        : null; // one of the two is there

    /// <summary>Who types: in revisions and in the audit.</summary>
    public static string Author => Environment.UserName is { Length: > 0 } user ? $"{user} (command line)" : "command line";
}
