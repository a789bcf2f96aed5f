using System.Linq.Expressions;
using System.Security.Cryptography;
using System.Text;
using Appliance.Data.Audit;
using Appliance.Data.Rights;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Accounts;

/// <summary>
/// How people come in: the first administrator, the links of the command line, and sign-ins, each with its line in the audit. Passwords
/// arrive here only as what a hasher made of them.
/// </summary>
public sealed class AccountStore(IDbContextFactory<ApplianceDbContext> contexts, TimeProvider time, RightsChanges? changes = null)
    : IDisposable
{
    /// <summary>
    /// So many wrong codes of the second factor lock an account, and so many again. Wrong passwords do not: anybody can send them.
    /// </summary>
    public const int FailuresUntilLocked = 5;

    /// <summary>
    /// How long the first lock holds; each one after it twice as long, up to <see cref="LockedAtMost"/>, until somebody signs in.
    /// </summary>
    public static readonly TimeSpan LockedFor = TimeSpan.FromMinutes(5);

    /// <summary>The longest that an account is locked.</summary>
    public static readonly TimeSpan LockedAtMost = TimeSpan.FromHours(1);

    /// <summary>How long a link of the command line is good.</summary>
    public static readonly TimeSpan LinkLifetime = TimeSpan.FromHours(1);

    // A password costs a core for a moment: two are checked at the same time, so that the others stay free for requests.
    private readonly SemaphoreSlim _hashing = new(2);

    /// <summary>True when there is an account; until then the console has nothing but its setup page.</summary>
    public async Task<bool> AnyAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Accounts.AnyAsync(cancellationToken);
    }

    /// <summary>The account, or null.</summary>
    public async Task<Account?> FindAsync(long id, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Accounts.AsNoTracking().FirstOrDefaultAsync(account => account.Id == id, cancellationToken);
    }

    /// <summary>The name as its account writes it, or null when nobody is called so.</summary>
    public async Task<string?> NameOfAsync(string name, CancellationToken cancellationToken)
    {
        var normalized = Normalize(name);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db
            .Accounts.Where(account => account.NormalizedName == normalized)
            .Select(account => account.Name)
            .FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>A new setup link; the one before is worth nothing from now on. Returns its token, which is nowhere else.</summary>
    public async Task<string> NewSetupLinkAsync(CancellationToken cancellationToken) =>
        await NewLinkAsync(SetupLinkRow.OnlyId, null, "setup.link", cancellationToken)
        ?? throw new System.Diagnostics.UnreachableException();

    /// <summary>
    /// Makes a link that signs an existing administrator in without a password, for people who can read the data folder. The link before it
    /// stops working. Null when no enabled administrator has this name. Without a name, the administrator who was made first is meant.
    /// </summary>
    public async Task<(string Token, string Name)?> NewSignInLinkAsync(string? name, CancellationToken cancellationToken)
    {
        var normalized = name is null ? null : Normalize(name);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var account = await db
            .Accounts.AsNoTracking()
            .OrderBy(person => person.Id)
            .FirstOrDefaultAsync(
                person =>
                    person.Role == Role.Administrator && !person.Disabled && (normalized == null || person.NormalizedName == normalized),
                cancellationToken
            );
        return account is null
            ? null
            : (await NewLinkAsync(SetupLinkRow.SignInId, account, "sign_in.link", cancellationToken), account.Name);
    }

    /// <summary>What is wrong with a setup link, or null. Spends nothing.</summary>
    public async Task<SetupResult?> FaultOfLinkAsync(string token, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return FaultOf(await db.SetupLinks.FindAsync([SetupLinkRow.OnlyId], cancellationToken), token);
    }

    /// <summary>Makes an administrator with a setup link, and spends the link. <paramref name="from"/> is the address that asks.</summary>
    public async Task<SetupResult> SetUpAsync(
        string token,
        string name,
        string passwordHash,
        string from,
        CancellationToken cancellationToken
    )
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var link = await db.SetupLinks.FindAsync([SetupLinkRow.OnlyId], cancellationToken);
        if (FaultOf(link, token) is { } fault)
            return fault;
        if (PersonNames.Fault(name) is { } wrong)
            return new SetupResult.BadName(wrong);
        if (await PersonNames.TakenAsync(db, name, cancellationToken) is { } taken)
            return new SetupResult.BadName(taken);
        var account = Add(db, name, passwordHash);

        // The setup page signs in whom it sets up.
        account.LastSignInUtc = time.GetUtcNow().UtcDateTime;
        db.Remove(link!); // FaultOf found it
        Note(db, account.Name, from, "setup", account.Name, "ok");
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new SetupResult.Done(account);
    }

    /// <summary>Whom a sign-in link would sign in, or what is wrong with it. Spends nothing.</summary>
    public async Task<(SetupResult? Fault, string Name)> LookAtSignInLinkAsync(string token, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var link = await db.SetupLinks.FindAsync([SetupLinkRow.SignInId], cancellationToken);
        if (FaultOf(link, token) is { } fault)
            return (fault, "");
        var name = await db
            .Accounts.Where(account => account.Id == link!.AccountId && !account.Disabled)
            .Select(account => account.Name)
            .FirstOrDefaultAsync(cancellationToken); // FaultOf found it
        return name is null ? (new SetupResult.UnknownLink(), "") : (null, name);
    }

    /// <summary>Signs in with a link of the command line, and spends it: no password and no code is asked for.</summary>
    public async Task<SetupResult> FollowSignInLinkAsync(string token, string from, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var link = await db.SetupLinks.FindAsync([SetupLinkRow.SignInId], cancellationToken);
        if (FaultOf(link, token) is { } fault)
            return fault;
        // FaultOf found it
        if (
            await db.Accounts.FirstOrDefaultAsync(person => person.Id == link!.AccountId && !person.Disabled, cancellationToken)
            is not { } account
        )
            return new SetupResult.UnknownLink();
        (account.FailedSignIns, account.LockedUntilUtc, account.LastSignInUtc) = (0, null, time.GetUtcNow().UtcDateTime);
        db.Remove(link!); // FaultOf found it
        Note(db, account.Name, from, "sign_in", account.Name, "ok: by a link of the command line");
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
    /// Signs in with a local account. <paramref name="isPassword"/> gets the stored hash, or null when no account has the name or the
    /// account has no password; it must then take as long and say no. The answer to a wrong password is the same for every name. The caller
    /// limits how often somebody may guess.
    /// </summary>
    public Task<SignInResult> SignInAsync(
        string name,
        Func<string?, PasswordCheck> isPassword,
        string from,
        CancellationToken cancellationToken
    )
    {
        var normalized = Normalize(name);
        return ByPasswordAsync(
            person => person.NormalizedName == normalized,
            isPassword,
            account => account.SecondFactor is not null ? new SignInResult.SecondFactor(account) : After(account),
            from,
            "sign_in",
            cancellationToken
        );
    }

    /// <summary>
    /// The second step of a sign-in. <paramref name="takeCode"/> checks what was typed against the account and notes there that it is used
    /// up; wrong ones count and lock the account. While it is locked nothing is checked, so that no code is spent for nothing.
    /// </summary>
    public Task<SignInResult> ConfirmSecondFactorAsync(
        long id,
        Func<Account, bool> takeCode,
        string from,
        CancellationToken cancellationToken
    ) =>
        ProveAsync(
            db => db.Accounts.FirstOrDefaultAsync(person => person.Id == id, CancellationToken.None),
            account => account?.SecondFactor is not null && !IsLocked(account) && takeCode(account) ? After(account) : null,
            isCode: true,
            from,
            "sign_in.second_factor",
            CancellationToken.None
        );

    /// <summary>
    /// Asks somebody who is signed in for the password again, before <paramref name="deed"/>. The caller limits how often somebody may
    /// guess.
    /// </summary>
    public Task<SignInResult> ConfirmPasswordAsync(
        long id,
        Func<string?, PasswordCheck> isPassword,
        string from,
        string deed,
        CancellationToken cancellationToken
    ) =>
        ByPasswordAsync(person => person.Id == id, isPassword, account => new SignInResult.Welcome(account), from, deed, cancellationToken);

    /// <summary>
    /// Somebody whom a provider vouches for: an account is made at the first time; name, role and scope are what is said now.
    /// </summary>
    public async Task<SignInResult> SignInExternalAsync(ExternalPerson person, string from, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var account = await db.Accounts.FirstOrDefaultAsync(
            other => other.Provider == person.Provider && other.Subject == person.Subject,
            cancellationToken
        );
        var name = await FreeNameAsync(db, person, account, cancellationToken);
        if (account is null)
        {
            account = Add(db, name, null);
            (account.Provider, account.Subject, account.Role, account.Scope) = (
                person.Provider,
                person.Subject,
                person.Role,
                person.Scope.ToString()
            );
            Note(db, name, from, "person.add", name, "ok", after: $"{account.Grant.Words()}, by {person.ProviderName}");
        }
        else
        {
            var before = account.Grant.Words();
            (account.Name, account.NormalizedName, account.Role, account.Scope) = (
                name,
                Normalize(name),
                person.Role,
                person.Scope.ToString()
            );
            if (account.Grant.Words() != before)
                Note(db, name, from, "person.role", name, "ok", before, account.Grant.Words());
        }

        if (!account.Disabled)
            account.LastSignInUtc = time.GetUtcNow().UtcDateTime;
        Note(
            db,
            name,
            from,
            "sign_in.oidc",
            name,
            account.Disabled ? "disabled" : "ok",
            after: account.Disabled ? null : account.Grant.Words()
        );
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        changes?.Raise();
        return account.Disabled ? new SignInResult.Disabled() : new SignInResult.Welcome(account);
    }

    /// <summary>The name as it is compared.</summary>
    public static string Normalize(string name) => name.Trim().ToUpperInvariant();

    // A hash takes long on purpose: not within the transaction, which nobody else can write during, and few at a time, or guessers would
    // have every processor. Asked even while the account is locked or missing: the time it takes must not tell whether the name exists.
    // From then on the guess counts, also when the client hangs up.
    private async Task<SignInResult> ByPasswordAsync(
        Expression<Func<Account, bool>> which,
        Func<string?, PasswordCheck> isPassword,
        Func<Account, SignInResult> then,
        string from,
        string action,
        CancellationToken cancellationToken
    )
    {
        string? hash;
        await using (var db = await contexts.CreateDbContextAsync(cancellationToken))
            hash = await db.Accounts.Where(which).Select(person => person.PasswordHash).FirstOrDefaultAsync(cancellationToken);
        PasswordCheck check;
        await _hashing.WaitAsync(cancellationToken);
        try
        {
            check = isPassword(hash);
        }
        finally
        {
            _hashing.Release();
        }

        return await ProveAsync(
            db => db.Accounts.FirstOrDefaultAsync(which, CancellationToken.None),
            account =>
            {
                if (!check.IsRight || account?.PasswordHash is not { } now || now != hash)
                    return null;
                account.PasswordHash = check.BetterHash ?? now;
                return then(account);
            },
            isCode: false,
            from,
            action,
            CancellationToken.None
        );
    }

    // The one way through a wrong guess: count, lock, tell the audit. That the account is locked hears who knows the password: another
    // answer to a wrong one would tell which names exist.
    private async Task<SignInResult> ProveAsync(
        Func<ApplianceDbContext, Task<Account?>> find,
        Func<Account?, SignInResult?> prove,
        bool isCode,
        string from,
        string action,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var account = await find(db);
        var proven = prove(account);
        SignInResult result;
        if (account?.LockedUntilUtc is { } until && IsLocked(account) && (proven is not null || isCode))
        {
            result = new SignInResult.Locked(until);
        }
        else if (account is not null && proven is not null)
        {
            // Wrong codes go on counting when only the password was right again, or a guesser would have five for each time they know it.
            if (proven is not SignInResult.SecondFactor)
                (account.FailedSignIns, account.LockedUntilUtc) = (0, null);
            if (proven is SignInResult.Welcome)
                account.LastSignInUtc = now;
            result = account.Disabled ? new SignInResult.Disabled() : proven;
        }
        else
        {
            result = account is null || !isCode ? new SignInResult.Wrong() : Failed(account, now);
        }

        Note(db, account?.Name ?? "unknown", from, action, account?.Name ?? "", WordOf(result));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    private bool IsLocked(Account account) => account.LockedUntilUtc > time.GetUtcNow().UtcDateTime;

    private static SignInResult After(Account account) =>
        account.MustChangePassword ? new SignInResult.MustChange(account) : new SignInResult.Welcome(account);

    private static string WordOf(SignInResult result) =>
        result switch
        {
            SignInResult.Welcome => "ok",
            SignInResult.SecondFactor => AuditEntry.CodeAsked,
            SignInResult.MustChange => AuditEntry.PasswordChangeAsked,
            SignInResult.Locked => "locked",
            SignInResult.Disabled => "disabled",
            _ => "wrong",
        };

    private async Task<string> NewLinkAsync(int id, Account? account, string action, CancellationToken cancellationToken)
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var link = await db.SetupLinks.FindAsync([id], cancellationToken);
        if (link is null)
            db.Add(link = new() { Id = id, TokenHash = "" });
        (link.TokenHash, link.ExpiresUtc, link.AccountId) = (Hash(token), time.GetUtcNow().UtcDateTime + LinkLifetime, account?.Id);
        Note(db, "local", "local", action, account?.Name ?? "", "ok");
        await db.SaveChangesAsync(cancellationToken);
        return token;
    }

    private SetupResult? FaultOf(SetupLinkRow? link, string token)
    {
        if (
            link is null
            || !CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(link.TokenHash), Encoding.ASCII.GetBytes(Hash(token)))
        )
            return new SetupResult.UnknownLink();
        return link.ExpiresUtc <= time.GetUtcNow().UtcDateTime ? new SetupResult.Expired() : null;
    }

    private static SignInResult Failed(Account account, DateTime now)
    {
        account.FailedSignIns++;
        if (account.FailedSignIns % FailuresUntilLocked != 0)
            return new SignInResult.Wrong();
        var doublings = Math.Min((account.FailedSignIns / FailuresUntilLocked) - 1, 10);
        var length = LockedFor * (1 << doublings);
        account.LockedUntilUtc = now + (length < LockedAtMost ? length : LockedAtMost);
        return new SignInResult.Locked(account.LockedUntilUtc.Value);
    }

    // Two people of one name must not look like one in the audit. Nobody chooses here what they are called, so that a number makes the
    // difference.
    private static async Task<string> FreeNameAsync(
        ApplianceDbContext db,
        ExternalPerson person,
        Account? account,
        CancellationToken cancellationToken
    )
    {
        if (account is not null && person.Name is null)
            return account.Name;
        var own = account?.Id;
        var plain = string.IsNullOrWhiteSpace(person.Name) ? person.Subject : person.Name;
        var names = await db
            .Accounts.AsNoTracking()
            .Where(other => other.Id != own)
            .Select(other => other.Name)
            .ToListAsync(cancellationToken);
        var taken = names.Select(PersonNames.Look).ToHashSet();
        for (var number = 1; ; number++)
        {
            var wanted = PersonNames.OfProvider(number == 1 ? plain : $"{PersonNames.Clean(plain)} ({number})", person.ProviderName);
            if (!taken.Contains(PersonNames.Look(wanted)))
                return wanted;
        }
    }

    private Account Add(ApplianceDbContext db, string name, string? passwordHash)
    {
        var account = new Account
        {
            Name = name.Trim(),
            NormalizedName = Normalize(name),
            PasswordHash = passwordHash,
            Role = Role.Administrator,
            CreatedUtc = time.GetUtcNow().UtcDateTime,
        };
        db.Add(account);
        return account;
    }

    /// <inheritdoc/>
    public void Dispose() => _hashing.Dispose();

    private void Note(
        ApplianceDbContext db,
        string actor,
        string from,
        string action,
        string target,
        string result,
        string? before = null,
        string? after = null
    ) =>
        AuditLog.Append(
            db,
            new()
            {
                AtUtc = time.GetUtcNow().UtcDateTime,
                Actor = actor,
                From = from,
                Action = action,
                Target = target,
                Before = before,
                After = after,
                Result = result,
            }
        );

    private static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token.Trim())));
}
