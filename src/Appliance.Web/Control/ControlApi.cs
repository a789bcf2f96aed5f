using Appliance.Data.Accounts;
using Appliance.Data.Revisions;
using Appliance.Data.Rights;
using Appliance.Proxy;
using Appliance.Proxy.Config;
using Appliance.Web.Editing;
using Appliance.Web.Startup;

namespace Appliance.Web.Control;

/// <summary>
/// What the command line can ask for. The same code answers over the Unix socket and, when nothing runs, in the command itself.
/// </summary>
public sealed class ControlApi(ConfigStore store, ConfigEditor editor, AccountStore accounts, ProxyHost? proxy)
{
    private static readonly TimeSpan _outcomePatience = TimeSpan.FromSeconds(5);

    /// <summary>The head as a document.</summary>
    public async Task<string> ExportAsync(CancellationToken cancellationToken)
    {
        // From memory where it is there: an export waits for no lock.
        var head = store.KnownHead ?? await store.ReadHeadAsync(cancellationToken);
        return new ConfigDocument(head.Number, head.Config).ToJson();
    }

    /// <summary>Takes a document as the whole config.</summary>
    public async Task<ApplyAnswer> ApplyAsync(
        byte[] document,
        bool dryRun,
        string author,
        string comment,
        CancellationToken cancellationToken
    )
    {
        var parsed = ConfigDocument.Parse(document);
        if (parsed.Document is not { } wanted)
            return new(ExitCodes.Problems, "The document cannot be read; nothing was changed.", 0, [], parsed.Problems);
        var result = await editor.ApplyAsync(
            head => ConfigMerge.ByName(head, wanted.Config),
            wanted.Revision,
            new(Actor.Local(author), comment, "apply"),
            dryRun,
            cancellationToken
        );
        switch (result)
        {
            case EditResult.Saved saved:
                return await OutcomeAsync(saved, cancellationToken);
            case EditResult.WouldSave would:
                return new(
                    ExitCodes.Ok,
                    $"Dry run: this would become revision {would.Head.Number + 1}. Nothing was stored.",
                    would.Head.Number,
                    Lines(would.Diff),
                    would.Notes
                );
            case EditResult.Unchanged same:
                return new(ExitCodes.Ok, $"Nothing differs from revision {same.Head.Number}.", same.Head.Number, [], same.Notes);
            case EditResult.Rejected rejected:
                return new(ExitCodes.Problems, "Refused; the running config did not change.", 0, [], rejected.Problems);
            case EditResult.Stale stale:
                var sentence =
                    $"The document was made from revision {wanted.Revision}, but the newest is {stale.Head.Number}; export again and "
                    + "repeat the change.";
                return new(
                    ExitCodes.Problems,
                    "Refused; the running config did not change.",
                    stale.Head.Number,
                    [],
                    [new("revision", "stale_revision", sentence)]
                );
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>A new setup link's token.</summary>
    public Task<string> NewSetupLinkAsync(CancellationToken cancellationToken) => accounts.NewSetupLinkAsync(cancellationToken);

    /// <summary>The token of a new link that signs an administrator in; null when no administrator has this name.</summary>
    public async Task<string?> NewSignInLinkAsync(string? name, CancellationToken cancellationToken) =>
        (await accounts.NewSignInLinkAsync(name, cancellationToken))?.Token;

    /// <summary>The newest revisions, with what each changed.</summary>
    public async Task<IReadOnlyList<RevisionLine>> RevisionsAsync(CancellationToken cancellationToken) =>
        [
            .. (await store.ListRevisionsAsync(200, cancellationToken)).Select(row => new RevisionLine(
                row.Id,
                DateTime.SpecifyKind(row.CreatedUtc, DateTimeKind.Utc),
                row.Author,
                row.Origin,
                row.Summary,
                row.Comment
            )),
        ];

    private async Task<ApplyAnswer> OutcomeAsync(EditResult.Saved saved, CancellationToken cancellationToken)
    {
        var number = saved.Revision.Number;
        if (proxy is null)
            return new(
                ExitCodes.NotLive,
                $"Revision {number} is stored. Nothing is running here; it will be live at the next start.",
                number,
                Lines(saved.Diff),
                saved.Notes
            );
        var report = await proxy.WaitForAsync(number, _outcomePatience, cancellationToken);
        var notes = report.Problems.Concat(saved.Notes).ToList();
        if (report.RunningRevision >= number)
            return new(ExitCodes.Ok, $"Revision {number} is live.", number, Lines(saved.Diff), notes);
        var reason = report.Refusal ?? "the proxy has not applied it yet";
        return new(
            ExitCodes.NotLive,
            $"Revision {number} is stored but not live: {reason}. Revision {report.RunningRevision} is running.",
            number,
            Lines(saved.Diff),
            notes
        );
    }

    private static List<ChangeLine> Lines(ConfigDiff diff) =>
        [.. diff.Changes.Select(change => new ChangeLine(change.Kind.ToString().ToLowerInvariant(), change.Item, change.Name))];
}
