using System.Security.Cryptography;
using Appliance.Data.Audit;
using Appliance.Data.Rights;
using Appliance.Proxy.Items;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Accounts;

/// <summary>How long a session lasts.</summary>
/// <param name="Idle">Without use.</param>
/// <param name="Absolute">However much it is used.</param>
public sealed record SessionLimits(TimeSpan Idle, TimeSpan Absolute)
{
    /// <summary>12 hours idle, 7 days at most.</summary>
    public static SessionLimits Default { get; } = new(TimeSpan.FromHours(12), TimeSpan.FromDays(7));
}

/// <summary>Where and how a session begins.</summary>
/// <param name="From">The browser's address.</param>
/// <param name="Agent">What the browser calls itself; cut to 200 characters.</param>
/// <param name="Provider">The issuer; null: a local password.</param>
/// <param name="ProviderSession">The issuer's key of its session, when it gave one.</param>
/// <param name="ProvedUtc">When the person proved to the issuer who they are; null: it did not say. A local password was proved just
/// now.</param>
public sealed record SessionOrigin(
    string From,
    string Agent,
    string? Provider = null,
    string? ProviderSession = null,
    DateTime? ProvedUtc = null
);

/// <summary>A session that holds.</summary>
/// <param name="Account">Whose.</param>
/// <param name="ProvedUtc">When they proved who they are.</param>
/// <param name="Provider">The issuer that began it; null: a local password.</param>
public sealed record SessionUse(Account Account, DateTime ProvedUtc, string? Provider = null);

/// <summary>
/// The sessions, on the server: a cookie is worth nothing once its row is gone. <paramref name="changes"/> hears of every end.
/// </summary>
public sealed class SessionStore(
    IDbContextFactory<ApplianceDbContext> contexts,
    SessionLimits limits,
    TimeProvider time,
    RightsChanges? changes = null
)
{
    /// <summary>A use is written at most this often.</summary>
    private static readonly TimeSpan _seenEvery = TimeSpan.FromMinutes(1);

    /// <summary>Begins one. Rows of those that ran out go on the way.</summary>
    public async Task<AccountSession> BeginAsync(Account account, SessionOrigin origin, CancellationToken cancellationToken)
    {
        var now = Now;
        var session = new AccountSession
        {
            Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
            AccountId = account.Id,
            CreatedUtc = now,
            ProvedUtc =
                origin.Provider is null ? now
                : origin.ProvedUtc is { } proved ? (proved < now ? proved : now)
                : DateTime.UnixEpoch,
            LastSeenUtc = now,
            ExpiresUtc = now + limits.Absolute,
            From = origin.From,
            Agent = origin.Agent.Length > 200 ? origin.Agent[..200] : origin.Agent,
            Provider = origin.Provider,
            ProviderSession = origin.ProviderSession,
        };
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var idle = now - limits.Idle;
        await db.Sessions.Where(expired => expired.ExpiresUtc <= now || expired.LastSeenUtc <= idle).ExecuteDeleteAsync(cancellationToken);
        db.Add(session);
        await db.SaveChangesAsync(cancellationToken);
        return session;
    }

    /// <summary>Whose a session is and when they proved who they are, or null when it does not hold; notes that it is in use.</summary>
    public async Task<SessionUse?> UseAsync(string id, CancellationToken cancellationToken)
    {
        var now = Now;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (
            await db.Sessions.AsNoTracking().FirstOrDefaultAsync(candidate => candidate.Id == id, cancellationToken) is not { } session
            || !Holds(session, now)
        )
            return null;
        var account = await db.Accounts.AsNoTracking().FirstOrDefaultAsync(person => person.Id == session.AccountId, cancellationToken);
        if (account is null || account.Disabled)
            return null;
        if (now - session.LastSeenUtc >= _seenEvery)
            await NoteUseAsync(db, id, now, cancellationToken);
        return new(account, session.ProvedUtc, session.Provider);
    }

    /// <summary>
    /// Those that hold, the one used last first; of everybody, or of one account. People see their own, administrators all; throws
    /// <see cref="NotAllowedException"/>.
    /// </summary>
    public async Task<IReadOnlyList<AccountSession>> ListAsync(long? accountId, Actor actor, CancellationToken cancellationToken)
    {
        var now = Now;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (accountId is not { } id || !await IsOwnAsync(db, actor, id, cancellationToken))
            await ActorNow.DemandAdministratorAsync(
                db,
                actor,
                "Looking at other people's sessions",
                "person.view",
                "sessions",
                time,
                cancellationToken
            );
        var rows = await db
            .Sessions.AsNoTracking()
            .Where(session => accountId == null || session.AccountId == accountId)
            .OrderByDescending(session => session.LastSeenUtc)
            .ToListAsync(cancellationToken);
        return [.. rows.Where(row => Holds(row, now))];
    }

    /// <summary>
    /// Ends one, of <paramref name="accountId"/> when that is given. <paramref name="action"/> is what the audit calls it. Ending another
    /// session than the one the actor acts in takes a fresh sign-in. The audit tells of every attempt.
    /// </summary>
    public Task<EndResult> EndAsync(string id, long? accountId, Actor actor, string action, CancellationToken cancellationToken) =>
        EndAsync(
            db => db.Sessions.Where(session => session.Id == id && (accountId == null || session.AccountId == accountId)),
            actor,
            action,
            sessions => $"from {sessions[0].From}",
            cancellationToken
        );

    /// <summary>Ends every session of an account but <paramref name="except"/>. It takes a fresh sign-in.</summary>
    public Task<EndResult> EndAllAsync(long accountId, string? except, Actor actor, CancellationToken cancellationToken) =>
        EndAsync(
            db => db.Sessions.Where(session => session.AccountId == accountId && session.Id != except),
            actor,
            "session.end",
            all => Counted.Of(all.Count, "session"),
            cancellationToken
        );

    /// <summary>
    /// Ends what an issuer says is over: its session <paramref name="providerSession"/>, or everything of <paramref name="subject"/>
    /// (OpenID Connect Back-Channel Logout 1.0, 2.5). Returns the keys of the sessions. <paramref name="called"/> is the issuer's name in
    /// the audit.
    /// </summary>
    public async Task<IReadOnlyList<string>> EndOfProviderAsync(
        string provider,
        string? subject,
        string? providerSession,
        string called,
        string from,
        CancellationToken cancellationToken
    )
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var sessions = await db.Sessions.Where(session => session.Provider == provider).ToListAsync(cancellationToken);
        if (providerSession is not null)
            sessions =
            [
                .. sessions.Where(session =>
                    session.ProviderSession == providerSession || (session.ProviderSession is null && subject is not null)
                ),
            ];
        if (subject is not null)
        {
            var accounts = await db
                .Accounts.Where(account => account.Provider == provider && account.Subject == subject)
                .Select(account => account.Id)
                .ToListAsync(cancellationToken);
            sessions = [.. sessions.Where(session => accounts.Contains(session.AccountId))];
        }

        if (sessions.Count == 0 || (subject is null && providerSession is null))
            return [];

        // By key: one that just ended is no reason to keep the others.
        var ids = sessions.Select(session => session.Id).ToList();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.Sessions.Where(session => ids.Contains(session.Id)).ExecuteDeleteAsync(cancellationToken);
        AuditLog.Append(
            db,
            Entry(
                new(called, from, Grant.Nothing),
                "session.end",
                subject ?? providerSession ?? "",
                $"{Counted.Of(sessions.Count, "session")}, by the provider"
            )
        );
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        changes?.Raise();
        return ids;
    }

    private static async Task NoteUseAsync(ApplianceDbContext db, string id, DateTime now, CancellationToken cancellationToken)
    {
        try
        {
            await db
                .Sessions.Where(session => session.Id == id)
                .ExecuteUpdateAsync(set => set.SetProperty(session => session.LastSeenUtc, now), cancellationToken);
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            // Going on is right: the session was read and holds. A disk that is full must not sign everybody out; at worst the session ends
            // of idleness.
        }
    }

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    private bool Holds(AccountSession session, DateTime now) => session.ExpiresUtc > now && session.LastSeenUtc + limits.Idle > now;

    // All of them are of one account. Within a transaction, so that what the actor may is true while it is done.
    private async Task<EndResult> EndAsync(
        Func<ApplianceDbContext, IQueryable<AccountSession>> which,
        Actor actor,
        string action,
        Func<List<AccountSession>, string> before,
        CancellationToken cancellationToken
    )
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var sessions = await which(db).ToListAsync(cancellationToken);
        if (sessions.Count == 0)
            return new EndResult.Done(0);
        var account = sessions[0].AccountId;
        var now = await ActorNow.OfAsync(db, actor, time, cancellationToken);
        var isOwnOne = sessions.Count == 1 && sessions[0].Id == actor.Session;
        EndResult result =
            !now.Grant.Includes(Role.Administrator) && !await IsOwnAsync(db, now, account, cancellationToken) ? new EndResult.NotAllowed()
            : !actor.IsFresh && !isOwnOne ? new EndResult.NotFresh()
            : new EndResult.Done(sessions.Count);
        if (result is EndResult.Done)
            db.RemoveRange(sessions);
        var word = result switch
        {
            EndResult.Done => "ok",
            EndResult.NotFresh => AuditEntry.NotFresh,
            _ => "not_allowed",
        };
        AuditLog.Append(db, Entry(actor, action, await NameOfAsync(db, account, cancellationToken), before(sessions), word));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        if (result is EndResult.Done)
            changes?.Raise();
        return result;
    }

    // By the session they act in; without one by the name, which is unique. Somebody whose own session has ended owns nothing any more.
    private static async Task<bool> IsOwnAsync(ApplianceDbContext db, Actor actor, long accountId, CancellationToken cancellationToken) =>
        actor.Grant.Role is not null
        && actor.Token is null
        && (
            actor.Session is { } session
                ? await db.AccountOfSessionAsync(session, cancellationToken) is { Disabled: false } account && account.Id == accountId
                : await NameOfAsync(db, accountId, cancellationToken) is { Length: > 0 } whose
                    && AccountStore.Normalize(actor.Name) == AccountStore.Normalize(whose)
        );

    private static async Task<string> NameOfAsync(ApplianceDbContext db, long accountId, CancellationToken cancellationToken) =>
        await db.Accounts.Where(account => account.Id == accountId).Select(account => account.Name).FirstOrDefaultAsync(cancellationToken)
        ?? "";

    private AuditEntry Entry(Actor actor, string action, string target, string? before, string result = "ok") =>
        new()
        {
            AtUtc = Now,
            Actor = actor.Name,
            From = actor.From,
            Action = action,
            Target = target,
            Before = before,
            Result = result,
        };
}
