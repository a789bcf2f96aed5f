using Appliance.Data.Revisions;
using Appliance.Proxy.Config;
using Appliance.Web.Rights;

namespace Appliance.Web.Editing;

/// <summary>Bringing back what was there before, for buttons of pages. One instance an open page.</summary>
public sealed class RollbackDeeds(ConfigDeeds deeds, ConfigEditor editor)
{
    private const string Seen = "somebody saved another revision a moment ago. Look at the difference again.";
    private const string Changed = "it was changed since. Look again and repeat it.";

    /// <summary>
    /// Makes the config of <paramref name="wanted"/> a new revision, for somebody who has seen what differs from <paramref name="head"/>.
    /// </summary>
    public Task<bool> ToAsync(ConfigRevision head, ConfigRevision wanted, string comment) =>
        deeds.TellAsync(
            actor =>
            {
                var why = comment.Trim() is { Length: > 0 } given ? given : Rollback.Comment(wanted.Number);
                var info = new RevisionInfo(actor, why, "rollback");
                return editor.ApplyAsync(
                    now => ConfigMerge.ById(now, wanted.Config),
                    head.Number,
                    info,
                    dryRun: false,
                    CancellationToken.None
                );
            },
            $"Back to revision {wanted.Number}",
            Seen
        );

    /// <summary>Brings one item back as it is in <paramref name="wanted"/>; it goes away when it is not there.</summary>
    public Task<bool> ItemAsync(ProxyConfig head, ConfigRevision wanted, Guid id, string name)
    {
        var now = new SeenItem(id, Items.Find(head, id) is { } item ? SeenItem.JsonOf(item) : null);
        var done = $"Brought back {name} of revision {wanted.Number}";
        return deeds.TellAsync(
            actor =>
            {
                var info = new RevisionInfo(actor, done, "rollback");
                return editor.ApplyAsync(config => Rollback.Item(config, wanted.Config, id), [now], info, CancellationToken.None);
            },
            done,
            Changed
        );
    }

    /// <summary>Takes back what one revision changed, and nothing else.</summary>
    public Task<bool> UndoAsync(ConfigRevision before, ConfigRevision after)
    {
        var done = $"Took back revision {after.Number}";
        return deeds.TellAsync(
            actor =>
            {
                var info = new RevisionInfo(actor, done, "rollback");
                return editor.ApplyAsync(
                    head => Undo.Apply(head, before.Config, after.Config),
                    Undo.Seen(before.Config, after.Config),
                    info,
                    CancellationToken.None
                );
            },
            done,
            "the same item was changed since. Compare, and bring back single items."
        );
    }
}
