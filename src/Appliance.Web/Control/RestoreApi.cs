using Appliance.Data;
using Appliance.Data.Audit;
using Appliance.Data.Revisions;
using Appliance.Data.Rights;
using Appliance.Proxy;
using Appliance.Proxy.Snapshots;
using Appliance.Web.Editing;
using Appliance.Web.Startup;

namespace Appliance.Web.Control;

/// <summary>The ways back from a lost database, for <c>appliance restore</c>.</summary>
public sealed class RestoreApi(ConfigEditor editor, ProxyHost? proxy)
{
    private static readonly TimeSpan _outcomePatience = TimeSpan.FromSeconds(5);

    /// <summary>The data folder of the node.</summary>
    public required DataFolder Folder { get; init; }

    /// <summary>The file of the database.</summary>
    public required DatabaseFile File { get; init; }

    /// <summary>What ran last, beside the database.</summary>
    public required LastGoodFile LastGood { get; init; }

    /// <summary>The store of revisions.</summary>
    public required ConfigStore Store { get; init; }

    /// <summary>Where it is written down.</summary>
    public required AuditStore Audit { get; init; }

    /// <summary>What was lost, and what can be done.</summary>
    public async Task<ApplyAnswer> LookAsync(CancellationToken cancellationToken)
    {
        if (File.Fault() is { } fault)
            return Problem(fault);
        var head = await Store.ReadHeadAsync(cancellationToken);
        return Store.Loss is { } loss
            ? Problem(WithKept(loss.Sentence), loss.Kept.Number)
            : Done($"Nothing was lost: the database ends at revision {head.Number}, and that is what runs.", head.Number);
    }

    /// <summary>Stores again what ran last. A database file that was deleted while the process runs comes back whole.</summary>
    public async Task<ApplyAnswer> LastGoodAsync(string author, CancellationToken cancellationToken)
    {
        if (File.Fault() is { } fault)
        {
            if (System.IO.File.Exists(Folder.Database))
                return Problem(fault);
            File.Rescue();
            var whole = await Store.ReadHeadAsync(cancellationToken);
            var actor = Actor.Local(author);
            await Audit.AddAsync(
                new()
                {
                    Actor = actor.Name,
                    From = actor.From,
                    Action = "config.restore",
                    Target = "the database file",
                    After = $"{whole.Number}",
                    Result = "ok: written again with everything that was in it",
                },
                cancellationToken
            );
            return Done($"The database is back with everything that was in it; revision {whole.Number} is its newest.", whole.Number);
        }

        await Store.ReadHeadAsync(cancellationToken);
        if (Store.Loss is not { } loss)
            return await LookAsync(cancellationToken);
        var comment = $"What ran last (revision {loss.Kept.Number}), after a loss of the database";
        var result = await editor.RestoreAsync(new(Actor.Local(author), comment, "restore"), cancellationToken);
        if (result is not CommitResult.Saved saved)
            return Problem("Something else was stored in between; look at \"appliance revisions\", and repeat it.");
        var number = saved.Revision.Number;
        if (proxy is not null)
            await proxy.WaitForAsync(number, _outcomePatience, cancellationToken);
        return Done(
            WithKept(
                $"Revision {number} is what ran last (revision {loss.Kept.Number}). Accounts, certificates, the audit and older revisions "
                    + "are not in that file; a backup of the database has them."
            ),
            number
        );
    }

    /// <summary>Goes on with the database as it is. What ran last stays beside it, set aside.</summary>
    public async Task<ApplyAnswer> DatabaseAsync(string author, CancellationToken cancellationToken)
    {
        if (File.Fault() is { } fault)
            return Problem(fault);
        await Store.ReadHeadAsync(cancellationToken);
        if (Store.Loss is null)
            return await LookAsync(cancellationToken);
        LastGood.SetAside();
        var head = await Store.AcceptDatabaseAsync(Actor.Local(author), cancellationToken);
        return Done(
            $"Revision {head.Number} of the database counts from now on. What ran before is kept as {Folder.LastGood}.set-aside.",
            head.Number
        );
    }

    private string WithKept(string sentence) => File.KeptBefore() is { } kept ? $"{sentence} {kept}" : sentence;

    private static ApplyAnswer Done(string sentence, long revision) => new(ExitCodes.Ok, sentence, revision, [], []);

    private static ApplyAnswer Problem(string sentence, long revision = 0) => new(ExitCodes.Problems, sentence, revision, [], []);
}
