using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Appliance.Data.Audit;
using Appliance.Data.Rights;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Accounts;

/// <summary>
/// The tokens by which programs use the API: the one door that makes, lists and revokes them, each with its line in the audit.
/// <paramref name="changes"/> hears of every change. A token's text leaves the store once, as the result of <see cref="CreateAsync"/>.
/// </summary>
public sealed partial class ApiTokenStore(IDbContextFactory<ApplianceDbContext> contexts, TimeProvider time, RightsChanges? changes = null)
{
    /// <summary>Most characters of a name.</summary>
    public const int LongestName = 64;

    /// <summary>The longest time until a token expires.</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromDays(3650);

    private const string Prefix = "apl_";
    private const int RandomBytes = 32;
    private const int TextLength = 4 + 43; // the prefix, and 32 bytes in base64url
    private const int StartLength = 8;

    /// <summary>A use is written at most this often.</summary>
    private static readonly TimeSpan _usedEvery = TimeSpan.FromMinutes(1);

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    /// <summary>What is wrong with a name, as a sentence, or null.</summary>
    public static string? NameFault(string name) =>
        NameText().IsMatch(name)
            ? null
            : $"A token's name has 1 to {LongestName} letters of a to z, digits, dots, hyphens and underscores, and begins with a letter "
                + "or a digit.";

    /// <summary>Makes a token. <paramref name="life"/> is how long it holds; null: until it is revoked. For administrators.</summary>
    /// <param name="name">Unique, whatever its case.</param>
    /// <param name="scopes">At least one.</param>
    /// <param name="life">Above zero, at most <see cref="LongestLife"/>.</param>
    /// <param name="actor">Whose rights limit the token; without a session, it has those of an administrator.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<TokenResult> CreateAsync(
        string name,
        TokenScopes scopes,
        TimeSpan? life,
        Actor actor,
        CancellationToken cancellationToken
    )
    {
        if (NameFault(name) is { } fault)
            return new TokenResult.Refused(fault);
        if (life is { } asked && (asked <= TimeSpan.Zero || asked > LongestLife))
            return new TokenResult.Refused($"A token expires after at most {LongestLife.TotalDays} days, and not before it is made.");
        if (scopes is TokenScopes.None)
            return new TokenResult.Refused("Say what the token is for: read, write, connections or admin.");
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await RefusalAsync(db, actor, "token.create", name, cancellationToken) is { } refused)
            return await StoredAsync(db, transaction, refused, cancellationToken);
        if (await FindAsync(db, name, cancellationToken) is { } taken)
            return new TokenResult.Refused($"There is a token called {taken.Name} already; revoke it first, or choose another name.");
        var text = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));
        var token = new ApiToken
        {
            Name = name,
            NormalizedName = AccountStore.Normalize(name),
            Hash = HashOf(text),
            Start = text[..StartLength],
            Scopes = TokenScopeWords.Of(scopes),
            AccountId = actor.Session is { } session ? (await db.AccountOfSessionAsync(session, cancellationToken))?.Id : null,
            CreatedUtc = Now,
            CreatedBy = actor.Name,
            ExpiresUtc = life is { } span ? Now + span : null,
        };
        db.Add(token);
        Note(db, actor, "token.create", name, null, WordsOf(token));
        return await StoredAsync(db, transaction, new TokenResult.Created(token, text), cancellationToken);
    }

    /// <summary>
    /// The program that shows <paramref name="text"/>, with the rights of this moment; null when there is no such token, it has expired, or
    /// its owner is gone or disabled. Notes the use.
    /// </summary>
    public async Task<Actor?> UseAsync(string text, string from, CancellationToken cancellationToken)
    {
        // 1. The shape: other text costs no look at the database.
        if (text.Length != TextLength || !text.StartsWith(Prefix, StringComparison.Ordinal) || !Base64Url.IsValid(text.AsSpan(4)))
            return null;

        // 2. By the hash: how long the look takes says nothing of the text.
        var (hash, now) = (HashOf(text), Now);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await db.Tokens.AsNoTracking().FirstOrDefaultAsync(row => row.Hash == hash, cancellationToken) is not { } token)
            return null;
        var grant = await db.GrantOfTokenAsync(token.Id, now, cancellationToken);
        if (grant.Role is null || grant.Only is TokenScopes.None)
            return null;

        // 3. When it was used; a clock that was set back does not keep it from being written.
        if (token.LastUsedUtc is not { } last || (now - last).Duration() >= _usedEvery)
            await NoteUseAsync(db, token.Id, now, from, cancellationToken);
        return new(NameOf(token), from, grant, IsFresh: false, Token: token.Id);
    }

    /// <summary>All tokens, by name. For administrators; throws <see cref="NotAllowedException"/>.</summary>
    public async Task<IReadOnlyList<ApiToken>> ListAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await ActorNow.DemandAdministratorAsync(db, actor, "Looking at API tokens", "token.view", "API tokens", time, cancellationToken);
        return await db.Tokens.AsNoTracking().OrderBy(token => token.NormalizedName).ToListAsync(cancellationToken);
    }

    /// <summary>
    /// Revokes the token of that name: what it asks for from then on is refused, also what is under way. For administrators.
    /// </summary>
    public async Task<TokenResult> RevokeAsync(string name, Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var token = await FindAsync(db, name, cancellationToken);
        if (await RefusalAsync(db, actor, "token.revoke", token?.Name ?? name, cancellationToken) is { } refused)
            return await StoredAsync(db, transaction, refused, cancellationToken);
        if (token is null)
            return new TokenResult.Refused($"There is no token called {name}.");
        db.Remove(token);
        Note(db, actor, "token.revoke", token.Name, WordsOf(token), null);
        return await StoredAsync(db, transaction, new TokenResult.Revoked(token), cancellationToken);
    }

    /// <summary>What the history and the audit call a program that uses a token. People's names have no parentheses.</summary>
    public static string NameOf(ApiToken token) => $"{token.Name} (token)";

    private static async Task NoteUseAsync(ApplianceDbContext db, long id, DateTime now, string from, CancellationToken cancellationToken)
    {
        try
        {
            await db
                .Tokens.Where(token => token.Id == id)
                .ExecuteUpdateAsync(
                    set => set.SetProperty(token => token.LastUsedUtc, now).SetProperty(token => token.LastUsedFrom, from),
                    cancellationToken
                );
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            // Going on is right: the token was read and holds. Programs read while the disk is full.
        }
    }

    private static string WordsOf(ApiToken token) =>
        token.ExpiresUtc is { } expires ? $"{token.Scopes}, until {expires:yyyy-MM-dd HH:mm} UTC" : $"{token.Scopes}, without an end";

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static Task<ApiToken?> FindAsync(ApplianceDbContext db, string name, CancellationToken cancellationToken)
    {
        var normalized = AccountStore.Normalize(name);
        return db.Tokens.FirstOrDefaultAsync(token => token.NormalizedName == normalized, cancellationToken);
    }

    // An attempt is worth a line, too.
    private async Task<TokenResult?> RefusalAsync(
        ApplianceDbContext db,
        Actor actor,
        string action,
        string target,
        CancellationToken cancellationToken
    )
    {
        var now = await ActorNow.OfAsync(db, actor, time, cancellationToken);
        if (now.Grant.Refusal(Role.Administrator, "Making and revoking API tokens") is { } reason)
        {
            Note(db, actor, action, target, null, null, "not_allowed: " + reason);
            return new TokenResult.Refused(reason);
        }

        if (actor.IsFresh)
            return null;
        Note(db, actor, action, target, null, null, AuditEntry.NotFresh);
        return new TokenResult.NotFresh();
    }

    private async Task<TokenResult> StoredAsync(
        ApplianceDbContext db,
        Microsoft.EntityFrameworkCore.Storage.IDbContextTransaction transaction,
        TokenResult result,
        CancellationToken cancellationToken
    )
    {
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        if (result is TokenResult.Created or TokenResult.Revoked)
            changes?.Raise();
        return result;
    }

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
                AtUtc = Now,
                Actor = actor.Name,
                From = actor.From,
                Action = action,
                Target = target,
                Before = before,
                After = after,
                Result = result,
            }
        );

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex NameText();
}
