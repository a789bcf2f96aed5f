using System.Globalization;
using Appliance.Data.Accounts;
using Appliance.Data.Revisions;
using Appliance.Data.Rights;
using Appliance.Proxy;
using Appliance.Proxy.Config;
using Appliance.Web.Editing;
using Appliance.Web.History;
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
        return await AnswerAsync(
            result,
            $"The document was made from revision {wanted.Revision}, but the newest is {{0}}; export again and repeat the change.",
            cancellationToken
        );
    }

    private async Task<ApplyAnswer> AnswerAsync(EditResult result, string staleWords, CancellationToken cancellationToken)
    {
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
                var sentence = string.Format(CultureInfo.InvariantCulture, staleWords, stale.Head.Number);
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

    /// <summary>What differs between two revisions; null is the newest.</summary>
    public async Task<DiffAnswer> DiffAsync(long? from, long? to, CancellationToken cancellationToken)
    {
        var head = await store.ReadHeadAsync(cancellationToken);
        foreach (var number in new[] { from, to })
        {
            if (number is { } asked && await ReadAsync(asked, head, cancellationToken) is null)
                return new(ExitCodes.Problems, NoRevision(asked, head.Number), 0, 0, []);
        }

        var (a, b) = ((await ReadAsync(from, head, cancellationToken))!, (await ReadAsync(to, head, cancellationToken))!); // both are there
        var items = ItemDiff.Between(a.Config, b.Config);
        var summary =
            items.Count == 0
                ? $"Nothing differs between revision {a.Number} and revision {b.Number}."
                : $"From revision {a.Number} to revision {b.Number}: {ConfigDiff.Between(a.Config, b.Config).Summary}.";
        return new(
            ExitCodes.Ok,
            summary,
            a.Number,
            b.Number,
            [
                .. items.Select(item => new DiffItem(
                    item.Change.Kind.ToString().ToLowerInvariant(),
                    item.Change.Item,
                    item.Change.Name,
                    [.. item.Lines.Select(line => line.Sign + line.Text)]
                )),
            ]
        );
    }

    /// <summary>Makes the config of another revision a new one.</summary>
    public async Task<ApplyAnswer> RollbackAsync(
        long number,
        bool dryRun,
        string author,
        string comment,
        CancellationToken cancellationToken
    )
    {
        var head = await store.ReadHeadAsync(cancellationToken);
        if (await ReadAsync(number, head, cancellationToken) is not { } wanted)
            return new(ExitCodes.Problems, NoRevision(number, head.Number), head.Number, [], []);
        var why = comment.Length > 0 ? comment : Rollback.Comment(number);
        var result = await editor.ApplyAsync(
            now => ConfigMerge.ById(now, wanted.Config),
            null,
            new RevisionInfo(Actor.Local(author), why, "rollback"),
            dryRun,
            cancellationToken
        );
        return await AnswerAsync(result, "Somebody else saved at the same time; try again.", cancellationToken);
    }

    private async Task<ConfigRevision?> ReadAsync(long? number, ConfigRevision head, CancellationToken cancellationToken) =>
        number is not { } asked || asked == head.Number ? head
        : asked < 1 ? null
        : await store.ReadAsync(asked, cancellationToken);

    private static string NoRevision(long number, long newest) =>
        $"There is no revision {number}. The newest is {newest}; \"appliance revisions\" shows them.";

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
