using Appliance.Data.Accounts;
using Appliance.Data.Revisions;
using Appliance.Proxy;
using Appliance.Web.Editing;
using Appliance.Web.Hosting;
using Appliance.Web.Startup;

namespace Appliance.Web.Control;

/// <summary>The ways back from a lost database, for <c>appliance restore</c>.</summary>
public sealed class RestoreApi(Node node, ConfigEditor editor, ProxyHost? proxy)
{
    private static readonly TimeSpan OutcomePatience = TimeSpan.FromSeconds(5);

    /// <summary>What was lost, and what can be done.</summary>
    public async Task<ApplyAnswer> LookAsync(CancellationToken cancellationToken)
    {
        if (node.File.Fault() is { } fault)
            return Problem(fault);
        var head = await node.Store.ReadHeadAsync(cancellationToken);
        return node.Store.Loss is { } loss ? Problem(loss.Sentence, loss.Kept.Number) : Done($"Nothing was lost: the database ends at revision {head.Number}, and that is what runs.", head.Number);
    }

    /// <summary>Stores again what ran last. A database file that was deleted while the process runs comes back whole.</summary>
    public async Task<ApplyAnswer> LastGoodAsync(string author, CancellationToken cancellationToken)
    {
        if (node.File.Fault() is { } fault)
        {
            if (File.Exists(node.Folder.Database))
                return Problem(fault);
            node.File.Rescue();
            var whole = await node.Store.ReadHeadAsync(cancellationToken);
            var actor = Actor.Local(author);
            await node.Audit.AddAsync(
                new()
                {
                    Actor = actor.Name,
                    From = actor.From,
                    Action = "config.restore",
                    Target = "the database file",
                    After = $"{whole.Number}",
                    Result = "ok: written again with everything that was in it",
                },
                cancellationToken);
            return Done($"The database is back with everything that was in it; revision {whole.Number} is its newest.", whole.Number);
        }

        await node.Store.ReadHeadAsync(cancellationToken);
        if (node.Store.Loss is not { } loss)
            return await LookAsync(cancellationToken);
        var comment = $"What ran last (revision {loss.Kept.Number}), after a loss of the database";
        var result = await editor.RestoreAsync(new(Actor.Local(author), comment, "restore"), cancellationToken);
        if (result is not CommitResult.Saved saved)
            return Problem("Something else was stored in between; look at \"appliance revisions\", and repeat it.");
        var number = saved.Revision.Number;
        if (proxy is not null)
            await proxy.WaitForAsync(number, OutcomePatience, cancellationToken);
        return Done(
            $"Revision {number} is what ran last (revision {loss.Kept.Number}). Accounts, certificates, the audit and older revisions are not in that file; a backup of the database has them.", number);
    }

    /// <summary>Goes on with the database as it is. What ran last stays beside it, set aside.</summary>
    public async Task<ApplyAnswer> DatabaseAsync(string author, CancellationToken cancellationToken)
    {
        if (node.File.Fault() is { } fault)
            return Problem(fault);
        await node.Store.ReadHeadAsync(cancellationToken);
        if (node.Store.Loss is null)
            return await LookAsync(cancellationToken);
        node.LastGood.SetAside();
        var head = await node.Store.AcceptDatabaseAsync(Actor.Local(author), cancellationToken);
        return Done($"Revision {head.Number} of the database counts from now on. What ran before is kept as {node.Folder.LastGood}.set-aside.", head.Number);
    }

    private static ApplyAnswer Done(string sentence, long revision) => new(ExitCodes.Ok, sentence, revision, [], []);

    private static ApplyAnswer Problem(string sentence, long revision = 0) => new(ExitCodes.Problems, sentence, revision, [], []);
}
