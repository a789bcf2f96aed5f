using Appliance.Data.Audit;
using Appliance.Data.Revisions;
using Appliance.Proxy.Config;
using Appliance.Proxy.Items;
using Appliance.Web.Rights;

namespace Appliance.Web.Editing;

/// <summary>
/// The one door through which forms, documents and commands change the config. It checks the rights of everybody. A refusal stands in the
/// audit.
/// </summary>
public sealed class ConfigEditor(ConfigStore store, ConfigValidator validator, AuditStore audit, ProxyKnowledge proxy)
{
    private const int Tries = 3;

    /// <summary>What is asked of the running proxy.</summary>
    public ProxyKnowledge Proxy => proxy;

    /// <summary>
    /// Applies a pure change to the head: check, store. <paramref name="seen"/> is the revision the change was made from; null takes
    /// whatever is the head, and tries again when somebody else was faster.
    /// </summary>
    public Task<EditResult> ApplyAsync(
        Func<ProxyConfig, ProxyConfig> edit,
        long? seen,
        RevisionInfo info,
        bool dryRun,
        CancellationToken cancellationToken
    ) => ApplyWhileAsync(edit, head => seen is not { } number || number == head.Number, info, dryRun, cancellationToken);

    /// <summary>
    /// Applies a pure change that was made from certain items. It is stale when one of them is another now; what others changed elsewhere
    /// stays and does not matter.
    /// </summary>
    public Task<EditResult> ApplyAsync(
        Func<ProxyConfig, ProxyConfig> edit,
        IReadOnlyList<SeenItem> seen,
        RevisionInfo info,
        CancellationToken cancellationToken
    ) => ApplyWhileAsync(edit, head => seen.All(item => item.IsStillIn(head.Config)), info, dryRun: false, cancellationToken);

    /// <summary>Stores what ran last behind everything that ever was, after a loss of the database.</summary>
    public Task<CommitResult> RestoreAsync(RevisionInfo info, CancellationToken cancellationToken) =>
        store.RestoreAsync(
            (head, kept) =>
            {
                // What was valid enough to run is stored as it is: its problems are older than this.
                var next = ConfigMerge.ByName(head, kept);
                return validator.Check(next, next).Valid
                    ?? throw new InvalidOperationException("A config has no problem that it did not have before.");
            },
            info,
            cancellationToken
        );

    /// <summary>Checks a change without storing it: what forms show while somebody types.</summary>
    public ConfigCheck Check(ProxyConfig head, ProxyConfig next)
    {
        var check = validator.Check(head, next);
        return check with { Warnings = [.. check.Warnings, .. proxy.Warnings(next)] };
    }

    /// <summary>
    /// Applies a pure change while <paramref name="isCurrent"/> says of the head that the change may be made of it. It is asked again
    /// after somebody else was faster.
    /// </summary>
    public async Task<EditResult> ApplyWhileAsync(
        Func<ProxyConfig, ProxyConfig> edit,
        Func<ConfigRevision, bool> isCurrent,
        RevisionInfo info,
        bool dryRun,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            var head = await store.ReadHeadAsync(cancellationToken);
            if (!isCurrent(head))
                return new EditResult.Stale(head);
            var next = edit(head.Config);
            var check = Check(head.Config, next);
            if (check.Valid is not { } valid)
                return new EditResult.Rejected(check.Errors);
            if (Permission.Faults(info.Actor.Grant, head.Config, next, proxy.CertificateNames) is { Count: > 0 } faults)
                return await RefusedAsync(faults, info, cancellationToken);
            List<ConfigProblem> notes = [.. check.Older, .. check.Warnings];
            var diff = ConfigDiff.Between(head.Config, next);
            if (dryRun)
                return diff.Changes.IsEmpty ? new EditResult.Unchanged(head, notes) : new EditResult.WouldSave(head, diff, notes);
            switch (await store.CommitAsync(valid, head, info, cancellationToken))
            {
                case CommitResult.Saved saved:
                    return new EditResult.Saved(saved.Revision, head, diff, notes);
                case CommitResult.Unchanged:
                    return new EditResult.Unchanged(head, notes);
                case CommitResult.NotAllowed refused:
                    return await RefusedAsync([new("", "not_allowed", refused.Reason)], info, cancellationToken);
                case CommitResult.Stale stale when attempt == Tries:
                    return new EditResult.Stale(stale.Head);
            }
        }
    }

    private async Task<EditResult> RefusedAsync(IReadOnlyList<ConfigProblem> faults, RevisionInfo info, CancellationToken cancellationToken)
    {
        await audit.AddAsync(
            new()
            {
                Actor = info.Actor.Name,
                From = info.Actor.From,
                Action = "config." + info.Origin,
                Target = faults[0].Path is { Length: > 0 } path ? path : "config",
                Result = "not_allowed: " + faults[0].Message,
            },
            cancellationToken
        );
        return new EditResult.Rejected(faults);
    }
}
