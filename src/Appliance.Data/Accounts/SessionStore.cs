using System.Security.Cryptography;
using Appliance.Data.Audit;
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
/// <param name="ProvedUtc">When the person proved to the issuer who they are; null: it did not say. A local password was proved just now.</param>
public sealed record SessionOrigin(string From, string Agent, string? Provider = null, string? ProviderSession = null, DateTime? ProvedUtc = null);

/// <summary>A session that holds.</summary>
/// <param name="Account">Whose.</param>
/// <param name="ProvedUtc">When they proved who they are.</param>
public sealed record SessionUse(Account Account, DateTime ProvedUtc);

/// <summary>The sessions, on the server: a cookie is worth nothing once its row is gone.</summary>
public sealed class SessionStore(IDbContextFactory<ApplianceDbContext> contexts, SessionLimits limits, TimeProvider time)
{
    /// <summary>A use is written at most this often.</summary>
    private static readonly TimeSpan SeenEvery = TimeSpan.FromMinutes(1);

    /// <summary>Begins one. Rows of those that ran out go on the way.</summary>
    public async Task<AccountSession> BeginAsync(Account account, SessionOrigin origin, CancellationToken cancellationToken)
    {
        var now = Now;
        var session = new AccountSession
        {
            Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
            AccountId = account.Id,
            CreatedUtc = now,
            ProvedUtc = origin.Provider is null ? now : origin.ProvedUtc is { } proved ? (proved < now ? proved : now) : DateTime.UnixEpoch,
            LastSeenUtc = now,
            ExpiresUtc = now + limits.Absolute,
            From = origin.From,
            Agent = origin.Agent.Length > 200 ? origin.Agent[..200] : origin.Agent,
            Provider = origin.Provider,
            ProviderSession = origin.ProviderSession,
        };
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var idle = now - limits.Idle;
        await db.Sessions.Where(one => one.ExpiresUtc <= now || one.LastSeenUtc <= idle).ExecuteDeleteAsync(cancellationToken);
        db.Add(session);
        await db.SaveChangesAsync(cancellationToken);
        return session;
    }

    /// <summary>Whose a session is and when they proved who they are, or null when it does not hold; notes that it is in use.</summary>
    public async Task<SessionUse?> UseAsync(string id, CancellationToken cancellationToken)
    {
        var now = Now;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await db.Sessions.AsNoTracking().FirstOrDefaultAsync(one => one.Id == id, cancellationToken) is not { } session || !Holds(session, now))
            return null;
        var account = await db.Accounts.AsNoTracking().FirstOrDefaultAsync(one => one.Id == session.AccountId, cancellationToken);
        if (account is null || account.Disabled)
            return null;
        if (now - session.LastSeenUtc >= SeenEvery)
            await db.Sessions.Where(one => one.Id == id).ExecuteUpdateAsync(set => set.SetProperty(one => one.LastSeenUtc, now), cancellationToken);
        return new(account, session.ProvedUtc);
    }

    /// <summary>Those that hold, the one used last first; of everybody, or of one account.</summary>
    public async Task<IReadOnlyList<AccountSession>> ListAsync(long? accountId, CancellationToken cancellationToken)
    {
        var now = Now;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await db.Sessions.AsNoTracking().Where(one => accountId == null || one.AccountId == accountId).OrderByDescending(one => one.LastSeenUtc).ToListAsync(cancellationToken);
        return [.. rows.Where(row => Holds(row, now))];
    }

    /// <summary>
    /// Ends one, of <paramref name="accountId"/> when that is given. <paramref name="action"/> is what the audit calls it. False when there is none, or when the
    /// actor is neither its owner nor an administrator: the audit tells of the attempt.
    /// </summary>
    public async Task<bool> EndAsync(string id, long? accountId, Actor actor, string action, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await db.Sessions.FirstOrDefaultAsync(one => one.Id == id && (accountId == null || one.AccountId == accountId), cancellationToken) is not { } session)
            return false;
        var whose = await NameOfAsync(db, session.AccountId, cancellationToken);
        var may = May(actor, whose);
        if (may)
            db.Remove(session);
        AuditLog.Append(db, Entry(actor, action, whose, $"from {session.From}", may));
        await db.SaveChangesAsync(cancellationToken);
        return may;
    }

    /// <summary>Ends every session of an account but <paramref name="except"/>. Returns how many: 0 also when the actor is neither its owner nor an administrator.</summary>
    public async Task<int> EndAllAsync(long accountId, string? except, Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var sessions = await db.Sessions.Where(one => one.AccountId == accountId && one.Id != except).ToListAsync(cancellationToken);
        if (sessions.Count == 0)
            return 0;
        var whose = await NameOfAsync(db, accountId, cancellationToken);
        var may = May(actor, whose);
        if (may)
            db.RemoveRange(sessions);
        AuditLog.Append(db, Entry(actor, "session.end", whose, $"{sessions.Count} sessions", may));
        await db.SaveChangesAsync(cancellationToken);
        return may ? sessions.Count : 0;
    }

    /// <summary>
    /// Ends what an issuer says is over: its session <paramref name="providerSession"/>, or everything of <paramref name="subject"/> (OpenID Connect Back-Channel
    /// Logout 1.0, 2.5). Returns the keys of the sessions.
    /// </summary>
    public async Task<IReadOnlyList<string>> EndOfProviderAsync(string provider, string? subject, string? providerSession, string from, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var sessions = await db.Sessions.Where(one => one.Provider == provider).ToListAsync(cancellationToken);
        if (providerSession is not null)
            sessions = [.. sessions.Where(one => one.ProviderSession == providerSession || (one.ProviderSession is null && subject is not null))];
        if (subject is not null)
        {
            var accounts = await db.Accounts.Where(one => one.Provider == provider && one.Subject == subject).Select(one => one.Id).ToListAsync(cancellationToken);
            sessions = [.. sessions.Where(one => accounts.Contains(one.AccountId))];
        }

        if (sessions.Count == 0 || (subject is null && providerSession is null))
            return [];

        // By key: one that ended by itself in this moment is no reason to keep the others.
        var ids = sessions.Select(one => one.Id).ToList();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.Sessions.Where(one => ids.Contains(one.Id)).ExecuteDeleteAsync(cancellationToken);
        AuditLog.Append(db, Entry(new(provider, from, Grant.Nothing), "session.end", subject ?? providerSession ?? "", $"{sessions.Count} sessions, by the provider"));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return ids;
    }

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    private bool Holds(AccountSession session, DateTime now) => session.ExpiresUtc > now && session.LastSeenUtc + limits.Idle > now;

    // Names are unique, so the owner is known by it. Somebody whose own session has ended owns nothing any more.
    private static bool May(Actor actor, string whose) =>
        actor.Grant.Includes(Role.Administrator) || (actor.Grant.Role is not null && whose.Length > 0 && AccountStore.Normalize(actor.Name) == AccountStore.Normalize(whose));

    private static async Task<string> NameOfAsync(ApplianceDbContext db, long accountId, CancellationToken cancellationToken) =>
        await db.Accounts.Where(one => one.Id == accountId).Select(one => one.Name).FirstOrDefaultAsync(cancellationToken) ?? "";

    private AuditEntry Entry(Actor actor, string action, string target, string? before, bool may = true) =>
        new() { AtUtc = Now, Actor = actor.Name, From = actor.From, Action = action, Target = target, Before = before, Result = may ? "ok" : "not_allowed" };
}
