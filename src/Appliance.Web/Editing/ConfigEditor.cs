using Appliance.Data.Revisions;
using Appliance.Proxy.Config;

namespace Appliance.Web.Editing;

/// <summary>The one door through which forms, documents and commands change the config.</summary>
public sealed class ConfigEditor(ConfigStore store, ConfigValidator validator)
{
    private const int Tries = 3;

    /// <summary>
    /// Applies a pure change to the head: check, store. <paramref name="seen"/> is the revision the change was made from; null takes whatever is the head,
    /// and tries again when somebody else was faster.
    /// </summary>
    public async Task<EditResult> ApplyAsync(
        Func<ProxyConfig, ProxyConfig> edit, long? seen, RevisionInfo info, bool dryRun, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var head = await store.ReadHeadAsync(cancellationToken);
            if (seen is { } number && number != head.Number)
                return new EditResult.Stale(head);
            var next = edit(head.Config);
            var check = validator.Check(head.Config, next);
            if (check.Valid is not { } valid)
                return new EditResult.Rejected(check.Errors);
            List<ConfigProblem> notes = [.. check.Older, .. check.Warnings];
            var diff = ConfigDiff.Between(head.Config, next);
            if (dryRun)
                return diff.Changes.IsEmpty ? new EditResult.Unchanged(head, notes) : new EditResult.WouldSave(head, diff, notes);
            switch (await store.CommitAsync(valid, head, info, cancellationToken))
            {
                case CommitResult.Saved saved:
                    return new EditResult.Saved(saved.Revision, diff, notes);
                case CommitResult.Unchanged:
                    return new EditResult.Unchanged(head, notes);
                case CommitResult.Stale stale when seen is not null || attempt == Tries:
                    return new EditResult.Stale(stale.Head);
            }
        }
    }
}
