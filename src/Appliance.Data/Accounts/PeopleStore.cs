using Appliance.Data.Audit;
using Appliance.Data.Rights;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Accounts;

/// <summary>
/// What administrators do to accounts, and people to their own. The one door: it asks whether the actor may, keeps at least one
/// administrator who can sign in here, ends the sessions that must end, and writes the audit, in one transaction.
/// <paramref name="changes"/> hears of every change.
/// </summary>
public sealed class PeopleStore(IDbContextFactory<ApplianceDbContext> contexts, TimeProvider time, RightsChanges? changes = null)
{
    private const string Looking = "Looking at people";

    /// <summary>Everybody, by name. For administrators; throws <see cref="NotAllowedException"/>.</summary>
    public async Task<IReadOnlyList<Account>> ListAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await ActorNow.DemandAdministratorAsync(db, actor, Looking, "person.view", "everybody", time, cancellationToken);
        return await db.Accounts.AsNoTracking().OrderBy(account => account.NormalizedName).ToListAsync(cancellationToken);
    }

    /// <summary>One account, or null. For administrators; throws <see cref="NotAllowedException"/>.</summary>
    public async Task<Account?> FindAsync(long id, Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var account = await db.Accounts.AsNoTracking().FirstOrDefaultAsync(person => person.Id == id, cancellationToken);
        await ActorNow.DemandAdministratorAsync(db, actor, Looking, "person.view", TargetOf(account, id), time, cancellationToken);
        return account;
    }

    /// <summary>A local account with a password that somebody else chose: it must be changed at the first sign-in.</summary>
    public async Task<PeopleResult> AddAsync(
        string name,
        string passwordHash,
        Role role,
        AccessScope scope,
        Actor actor,
        CancellationToken cancellationToken
    )
    {
        if (PersonNames.Fault(name) is { } fault)
            return new PeopleResult.Refused(fault);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var account = new Account
        {
            Name = name.Trim(),
            NormalizedName = AccountStore.Normalize(name),
            PasswordHash = passwordHash,
            MustChangePassword = true,
            Role = role,
            Scope = scope.ToString(),
            CreatedUtc = time.GetUtcNow().UtcDateTime,
        };
        if (await RefusalAsync(db, actor, "person.add", account.Name, cancellationToken) is { } refused)
            return await StoredAsync(db, transaction, refused, cancellationToken);
        if (await PersonNames.TakenAsync(db, name, cancellationToken) is { } taken)
            return new PeopleResult.Refused(taken);
        db.Add(account);
        Note(db, actor, "person.add", account.Name, null, account.Grant.Words());
        return await StoredAsync(db, transaction, new PeopleResult.Done(account), cancellationToken);
    }

    /// <summary>Another role or scope, of a local account; it holds immediately, also for open pages.</summary>
    public Task<PeopleResult> ChangeRoleAsync(long id, Role role, AccessScope scope, Actor actor, CancellationToken cancellationToken) =>
        ChangeAsync(
            id,
            actor,
            "person.role",
            async (db, account) =>
            {
                if (account.Provider is not null)
                    return $"The role of {account.Name} comes from the provider, by the rules of the settings; change it there.";
                if (role != Role.Administrator && await IsLastAdministratorAsync(db, account, cancellationToken))
                    return LastAdministrator(account);
                var before = account.Grant.Words();
                (account.Role, account.Scope) = (role, scope.ToString());
                Note(db, actor, "person.role", account.Name, before, account.Grant.Words());
                return null;
            },
            cancellationToken
        );

    /// <summary>Disables somebody, with every session, or lets them in again.</summary>
    public Task<PeopleResult> DisableAsync(long id, bool disabled, Actor actor, CancellationToken cancellationToken) =>
        ChangeAsync(
            id,
            actor,
            disabled ? "person.disable" : "person.enable",
            async (db, account) =>
            {
                if (disabled && await IsLastAdministratorAsync(db, account, cancellationToken))
                    return LastAdministrator(account);
                account.Disabled = disabled;
                if (disabled)
                    await EndSessionsAsync(db, account, null, cancellationToken);
                Note(db, actor, disabled ? "person.disable" : "person.enable", account.Name, null, null);
                return null;
            },
            cancellationToken
        );

    /// <summary>Deletes an account, with every session and API token. What the audit and the history say of it stays.</summary>
    public Task<PeopleResult> RemoveAsync(long id, Actor actor, CancellationToken cancellationToken) =>
        ChangeAsync(
            id,
            actor,
            "person.remove",
            async (db, account) =>
            {
                if (await IsLastAdministratorAsync(db, account, cancellationToken))
                    return LastAdministrator(account);
                await EndSessionsAsync(db, account, null, cancellationToken);
                foreach (var token in await db.Tokens.Where(token => token.AccountId == account.Id).ToListAsync(cancellationToken))
                {
                    db.Remove(token);
                    Note(db, actor, "token.revoke", token.Name, null, null);
                }

                db.Remove(account);
                Note(db, actor, "person.remove", account.Name, account.Grant.Words(), null);
                return null;
            },
            cancellationToken
        );

    /// <summary>
    /// A new password that somebody else chose, to be changed at the next sign-in: every session but <paramref name="session"/> ends, and a
    /// lock is lifted. An administrator who resets their own keeps the session they do it in, or nobody would see the new password.
    /// </summary>
    public Task<PeopleResult> ResetPasswordAsync(
        long id,
        string passwordHash,
        Actor actor,
        string? session,
        CancellationToken cancellationToken
    ) =>
        ChangeAsync(
            id,
            actor,
            "password.reset",
            async (db, account) =>
            {
                if (account.Provider is not null)
                    return $"{account.Name} signs in at the provider and has no password here.";
                (account.PasswordHash, account.MustChangePassword, account.FailedSignIns, account.LockedUntilUtc) = (
                    passwordHash,
                    true,
                    0,
                    null
                );
                await EndSessionsAsync(db, account, session, cancellationToken);
                Note(db, actor, "password.reset", account.Name, null, null);
                return null;
            },
            cancellationToken
        );

    /// <summary>Takes somebody's second factor away, who lost it.</summary>
    public Task<PeopleResult> ResetSecondFactorAsync(long id, Actor actor, CancellationToken cancellationToken) =>
        ChangeAsync(
            id,
            actor,
            "second_factor.reset",
            (db, account) =>
            {
                (account.SecondFactor, account.RecoveryCodes) = (null, "");
                Note(db, actor, "second_factor.reset", account.Name, null, null);
                return Task.FromResult<string?>(null);
            },
            cancellationToken
        );

    /// <summary>
    /// Changes the password of the person who asks. Every session of the account but <paramref name="session"/> ends, and a lock is lifted.
    /// The caller has checked the old password.
    /// </summary>
    public Task<PeopleResult> ChangeOwnPasswordAsync(
        long id,
        string passwordHash,
        string? session,
        string from,
        CancellationToken cancellationToken
    ) =>
        ChangeOwnAsync(
            id,
            "password.change",
            from,
            async (db, account) =>
            {
                (account.PasswordHash, account.MustChangePassword, account.FailedSignIns, account.LockedUntilUtc) = (
                    passwordHash,
                    false,
                    0,
                    null
                );
                await EndSessionsAsync(db, account, session, cancellationToken);
                Note(db, new(account.Name, from, account.Grant), "password.change", account.Name, null, null);
            },
            cancellationToken
        );

    /// <summary>
    /// Sets the second factor of the person who asks: the sealed secret, the step of the code that proved it, and the hashes of the
    /// recovery codes. Null removes the second factor.
    /// </summary>
    public Task<PeopleResult> SetOwnSecondFactorAsync(
        long id,
        string? secret,
        long step,
        string recoveryCodes,
        string from,
        CancellationToken cancellationToken
    ) =>
        ChangeOwnAsync(
            id,
            secret is null ? "second_factor.off" : "second_factor.on",
            from,
            (db, account) =>
            {
                (account.SecondFactor, account.SecondFactorStep, account.RecoveryCodes) = (secret, step, recoveryCodes);
                Note(
                    db,
                    new(account.Name, from, account.Grant),
                    secret is null ? "second_factor.off" : "second_factor.on",
                    account.Name,
                    null,
                    null
                );
                return Task.CompletedTask;
            },
            cancellationToken
        );

    /// <summary>New recovery codes of their own second factor, as hashes; those before are worth nothing from now on.</summary>
    public Task<PeopleResult> SetOwnRecoveryCodesAsync(long id, string recoveryCodes, string from, CancellationToken cancellationToken) =>
        ChangeOwnAsync(
            id,
            "second_factor.recovery_codes",
            from,
            (db, account) =>
            {
                account.RecoveryCodes = recoveryCodes;
                Note(db, new(account.Name, from, account.Grant), "second_factor.recovery_codes", account.Name, null, null);
                return Task.CompletedTask;
            },
            cancellationToken
        );

    private async Task<PeopleResult> ChangeAsync(
        long id,
        Actor actor,
        string action,
        Func<ApplianceDbContext, Account, Task<string?>> change,
        CancellationToken cancellationToken
    )
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var account = await db.Accounts.FindAsync([id], cancellationToken);
        if (await RefusalAsync(db, actor, action, TargetOf(account, id), cancellationToken) is { } refused)
            return await StoredAsync(db, transaction, refused, cancellationToken);
        if (account is null)
            return Gone;
        if (await change(db, account) is not { } reason)
            return await StoredAsync(db, transaction, new PeopleResult.Done(account), cancellationToken);
        Note(db, actor, action, account.Name, null, null, "refused: " + reason);
        return await StoredAsync(db, transaction, new PeopleResult.Refused(reason), cancellationToken);
    }

    private static string TargetOf(Account? account, long id) =>
        account?.Name ?? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"account {id}");

    // What somebody at an open form does to their own account ends with the account, too: it may have been disabled since the form was
    // shown.
    private async Task<PeopleResult> ChangeOwnAsync(
        long id,
        string action,
        string from,
        Func<ApplianceDbContext, Account, Task> change,
        CancellationToken cancellationToken
    )
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await db.Accounts.FindAsync([id], cancellationToken) is not { } account)
            return Gone;
        if (account.Disabled)
        {
            Note(db, new(account.Name, from, account.Grant), action, account.Name, null, null, "disabled");
            return await StoredAsync(
                db,
                transaction,
                new PeopleResult.Refused("An administrator disabled this account. Ask one of them."),
                cancellationToken
            );
        }

        await change(db, account);
        return await StoredAsync(db, transaction, new PeopleResult.Done(account), cancellationToken);
    }

    private static PeopleResult Gone => new PeopleResult.Refused("There is no such account any more.");

    private async Task<PeopleResult> StoredAsync(
        ApplianceDbContext db,
        Microsoft.EntityFrameworkCore.Storage.IDbContextTransaction transaction,
        PeopleResult result,
        CancellationToken cancellationToken
    )
    {
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        if (result is PeopleResult.Done)
            changes?.Raise();
        return result;
    }

    // An attempt is worth a line, too.
    private async Task<PeopleResult?> RefusalAsync(
        ApplianceDbContext db,
        Actor actor,
        string action,
        string target,
        CancellationToken cancellationToken
    )
    {
        if ((await ActorNow.OfAsync(db, actor, time, cancellationToken)).Grant.Refusal(Role.Administrator, "Changing people") is { } reason)
        {
            Note(db, actor, action, target, null, null, "not_allowed: " + reason);
            return new PeopleResult.Refused(reason);
        }

        if (actor.IsFresh)
            return null;
        Note(db, actor, action, target, null, null, AuditEntry.NotFresh);
        return new PeopleResult.NotFresh();
    }

    // Of those who need no provider: it may be away for good one day.
    private static async Task<bool> IsLastAdministratorAsync(ApplianceDbContext db, Account account, CancellationToken cancellationToken) =>
        account is { Role: Role.Administrator, Disabled: false, Provider: null }
        && !await db.Accounts.AnyAsync(
            person => person.Id != account.Id && person.Role == Role.Administrator && !person.Disabled && person.Provider == null,
            cancellationToken
        );

    private static string LastAdministrator(Account account) =>
        $"{account.Name} is the last administrator who can sign in without a provider; make another one first, or nobody gets in when "
        + "the provider is away.";

    private static async Task EndSessionsAsync(
        ApplianceDbContext db,
        Account account,
        string? except,
        CancellationToken cancellationToken
    ) =>
        db.RemoveRange(
            await db.Sessions.Where(session => session.AccountId == account.Id && session.Id != except).ToListAsync(cancellationToken)
        );

    private void Note(
        ApplianceDbContext db,
        Actor actor,
        string action,
        string target,
        string? before,
        string? after,
        string result = "ok"
    ) =>
        AuditLog.Append(
            db,
            new()
            {
                AtUtc = time.GetUtcNow().UtcDateTime,
                Actor = actor.Name,
                From = actor.From,
                Action = action,
                Target = target,
                Before = before,
                After = after,
                Result = result,
            }
        );
}
