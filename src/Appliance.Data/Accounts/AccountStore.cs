using System.Security.Cryptography;
using System.Text;
using Appliance.Data.Audit;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Accounts;

/// <summary>
/// The accounts, their sign-ins and the setup link, each with its line in the audit. Passwords arrive here only as what a hasher made of them.
/// </summary>
public sealed class AccountStore(IDbContextFactory<ApplianceDbContext> contexts, TimeProvider time)
{
    /// <summary>The role of the first account.</summary>
    public const string Administrator = "administrator";

    /// <summary>Wrong passwords in a row that lock an account.</summary>
    public const int FailuresUntilLocked = 5;

    /// <summary>How long it is locked then.</summary>
    public static readonly TimeSpan LockedFor = TimeSpan.FromMinutes(5);

    /// <summary>How long a setup link is good.</summary>
    public static readonly TimeSpan LinkLifetime = TimeSpan.FromHours(1);

    /// <summary>True when there is an account; until then the console has nothing but its setup page.</summary>
    public async Task<bool> AnyAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Accounts.AnyAsync(cancellationToken);
    }

    /// <summary>The account, or null. Sessions ask with every request whether it is still there and has the same stamp.</summary>
    public async Task<Account?> FindAsync(long id, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Accounts.AsNoTracking().FirstOrDefaultAsync(account => account.Id == id, cancellationToken);
    }

    /// <summary>A new setup link; the one before is worth nothing from now on. Returns its token, which is nowhere else.</summary>
    public async Task<string> NewSetupLinkAsync(CancellationToken cancellationToken)
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var link = await db.SetupLinks.FindAsync([SetupLinkRow.OnlyId], cancellationToken);
        if (link is null)
            db.Add(link = new() { TokenHash = "" });
        link.TokenHash = Hash(token);
        link.ExpiresUtc = time.GetUtcNow().UtcDateTime + LinkLifetime;
        Note(db, "local", "local", "setup.link", "", "ok");
        await db.SaveChangesAsync(cancellationToken);
        return token;
    }

    /// <summary>What is wrong with a setup link, or null. Spends nothing.</summary>
    public async Task<SetupResult?> FaultOfLinkAsync(string token, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return FaultOf(await db.SetupLinks.FindAsync([SetupLinkRow.OnlyId], cancellationToken), token);
    }

    /// <summary>Makes an administrator with a setup link, and spends the link. <paramref name="from"/> is the address that asks.</summary>
    public async Task<SetupResult> SetUpAsync(string token, string name, string passwordHash, string from, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var link = await db.SetupLinks.FindAsync([SetupLinkRow.OnlyId], cancellationToken);
        if (FaultOf(link, token) is { } fault)
            return fault;
        var normalized = Normalize(name);
        if (await db.Accounts.AnyAsync(other => other.NormalizedName == normalized, cancellationToken))
            return new SetupResult.NameTaken();
        var account = Add(db, name, passwordHash);
        db.Remove(link!); // FaultOf found it
        Note(db, account.Name, from, "setup", account.Name, "ok");
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new SetupResult.Done(account);
    }

    /// <summary>The first administrator from the environment. False, and nothing changes, when there is any account already.</summary>
    public async Task<bool> AddFirstAsync(string name, string passwordHash, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await db.Accounts.AnyAsync(cancellationToken))
            return false;
        Add(db, name, passwordHash);
        Note(db, "local", "environment", "setup", name, "ok");
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>
    /// Signs in. <paramref name="isPassword"/> gets the stored hash, or null when there is no such account or it has no password (take as long then, and say no).
    /// </summary>
    public async Task<SignInResult> SignInAsync(string name, Func<string?, bool> isPassword, string from, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var normalized = Normalize(name);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var account = await db.Accounts.FirstOrDefaultAsync(one => one.NormalizedName == normalized, cancellationToken);

        // Asked even while it is locked: the time it takes must not tell whether the name exists.
        var right = isPassword(account?.PasswordHash) && account?.PasswordHash is not null;
        SignInResult result;
        if (account?.LockedUntilUtc is { } until && until > now)
        {
            result = new SignInResult.Locked(until);
        }
        else if (account is not null && right)
        {
            (account.FailedSignIns, account.LockedUntilUtc, account.LastSignInUtc) = (0, null, now);
            result = new SignInResult.Welcome(account);
        }
        else
        {
            result = account is null ? new SignInResult.Wrong() : Failed(account, now);
        }

        var (outcome, actor) = (result is SignInResult.Welcome ? "ok" : result is SignInResult.Locked ? "locked" : "wrong", account?.Name ?? "unknown");
        Note(db, actor, from, "sign_in", account?.Name ?? "", outcome);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    /// <summary>A new password: every session of the account ends, and a lock is lifted. False when there is no such account.</summary>
    public async Task<bool> ChangePasswordAsync(long id, string passwordHash, string actor, string from, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await db.Accounts.FindAsync([id], cancellationToken) is not { } account)
            return false;
        (account.PasswordHash, account.SessionStamp, account.FailedSignIns, account.LockedUntilUtc) = (passwordHash, NewStamp(), 0, null);
        Note(db, actor, from, "password.change", account.Name, "ok");
        await db.SaveChangesAsync(cancellationToken);
        return true;
    }

    private SetupResult? FaultOf(SetupLinkRow? link, string token)
    {
        if (link is null || !CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(link.TokenHash), Encoding.ASCII.GetBytes(Hash(token))))
            return new SetupResult.UnknownLink();
        return link.ExpiresUtc <= time.GetUtcNow().UtcDateTime ? new SetupResult.Expired() : null;
    }

    private static SignInResult Failed(Account account, DateTime now)
    {
        // After a lock has run out, the count begins anew.
        account.FailedSignIns = account.LockedUntilUtc is null ? account.FailedSignIns + 1 : 1;
        account.LockedUntilUtc = account.FailedSignIns >= FailuresUntilLocked ? now + LockedFor : null;
        return account.LockedUntilUtc is { } until ? new SignInResult.Locked(until) : new SignInResult.Wrong();
    }

    private Account Add(ApplianceDbContext db, string name, string passwordHash)
    {
        var account = new Account
        {
            Name = name.Trim(),
            NormalizedName = Normalize(name),
            PasswordHash = passwordHash,
            Role = Administrator,
            SessionStamp = NewStamp(),
            CreatedUtc = time.GetUtcNow().UtcDateTime,
        };
        db.Add(account);
        return account;
    }

    private void Note(ApplianceDbContext db, string actor, string from, string action, string target, string result) => AuditLog.Append(
        db, new() { AtUtc = time.GetUtcNow().UtcDateTime, Actor = actor, From = from, Action = action, Target = target, Result = result });

    private static string Normalize(string name) => name.Trim().ToUpperInvariant();

    private static string NewStamp() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    private static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token.Trim())));
}
