using System.Collections.Concurrent;
using Appliance.Data.Audit;
using Appliance.Data.Rights;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Certificates;

/// <summary>
/// The side of the store for the program that fulfils orders: which orders are due, their secrets, and what came of them. It checks no
/// rights, because they were checked when somebody ordered. Thread-safe.
/// </summary>
public sealed class CertificateOrders : IDisposable
{
    // What the audit says of who did it.
    private static readonly Actor _itself = new("appliance", "renewal", Grant.Nothing);
    private static readonly TimeSpan _restAfterIssue = TimeSpan.FromMinutes(10);
    private readonly IDbContextFactory<ApplianceDbContext> _contexts;
    private readonly CertificateSeals _seals;
    private readonly Action<bool> _tell;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _ordered = new(0);
    private readonly ConcurrentDictionary<Guid, byte> _running = new();

    internal CertificateOrders(
        IDbContextFactory<ApplianceDbContext> contexts,
        CertificateSeals seals,
        Action<bool> tell,
        TimeProvider time
    ) => (_contexts, _seals, _tell, _time) = (contexts, seals, tell, time);

    /// <summary>
    /// Completes when somebody may have ordered since the last call, or asked for a renewal, or after <paramref name="atMost"/>.
    /// </summary>
    public async Task WaitForOrderAsync(TimeSpan atMost, CancellationToken cancellationToken) =>
        await _ordered.WaitAsync(atMost, cancellationToken);

    /// <summary>The longest that a failed or a first order waits for its next try.</summary>
    public static TimeSpan LongestWait { get; } = TimeSpan.FromDays(8);

    /// <summary>
    /// What is to be tried now, whatever waits longest first. So is what failed or was never issued and waits longer than
    /// <see cref="LongestWait"/>: that was written while the clock was ahead.
    /// </summary>
    public async Task<IReadOnlyList<CertificateRow>> DueAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var at = now.UtcDateTime;
        var never = (now + LongestWait).UtcDateTime;
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        return await db
            .Certificates.AsNoTracking()
            .Where(row =>
                row.Kind == CertificateKind.Acme
                && row.NextTryUtc != null
                && (row.NextTryUtc <= at || (row.NextTryUtc > never && (row.LastProblem != null || row.Pem == null)))
            )
            .OrderBy(row => row.NextTryUtc)
            .ToListAsync(cancellationToken);
    }

    /// <summary>The secrets of an order; null when they cannot be opened, because they were sealed with another master key.</summary>
    public AcmeSecrets? SecretsOf(CertificateRow row) =>
        row.SealedAcme is null ? AcmeSecrets.None
        : _seals.OpenAcme(row) is { } bytes ? AcmeSecrets.Of(bytes)
        : null;

    /// <summary>
    /// The key of an issued certificate as PKCS#8, for a renewal with the same key. Null when nothing was issued yet, or the key was sealed
    /// with another master key.
    /// </summary>
    public ReadOnlyMemory<byte>? KeyOf(CertificateRow row) => _seals.OpenKey(row.Id, row.SealedKey);

    /// <summary>
    /// Takes the try of <paramref name="due"/> for the caller, who calls <see cref="End"/> after it: until then nobody else gets it, and a
    /// process that ends in its middle does not try again before <paramref name="until"/>. False when it is deleted, taken, or not due any
    /// more as it was read.
    /// </summary>
    public async Task<bool> ClaimAsync(CertificateRow due, DateTimeOffset until, CancellationToken cancellationToken)
    {
        if (!_running.TryAdd(due.Id, 0))
            return false;
        var isTaken = false;
        try
        {
            await ChangeAsync(
                due.Id,
                (_, row) =>
                {
                    if (isTaken = row.NextTryUtc == due.NextTryUtc && IsSameOrder(row, due))
                        row.NextTryUtc = until.UtcDateTime;
                },
                isServed: false,
                cancellationToken
            );
            return isTaken;
        }
        catch
        {
            isTaken = false;
            throw;
        }
        finally
        {
            if (!isTaken)
                End(due.Id);
        }
    }

    /// <summary>
    /// Gives a try back that was cut before anything came of it: it is due as it was before it was taken until <paramref name="until"/>.
    /// </summary>
    public Task<bool> GiveBackAsync(CertificateRow due, DateTimeOffset until, CancellationToken cancellationToken) =>
        ChangeAsync(
            due.Id,
            (_, row) =>
            {
                if (row.NextTryUtc == until.UtcDateTime)
                    row.NextTryUtc = due.NextTryUtc;
            },
            isServed: false,
            cancellationToken
        );

    /// <summary>The try that was taken is over, whatever came of it.</summary>
    public void End(Guid id) => _running.TryRemove(id, out _);

    /// <summary>
    /// True when both ask for the same: only that counts for what a try is worth, not that somebody made it the default meanwhile.
    /// </summary>
    public static bool IsSameOrder(CertificateRow one, CertificateRow other) =>
        one.AcmeJson == other.AcmeJson
        && one.Names.SequenceEqual(other.Names)
        && (one.SealedAcme ?? []).AsSpan().SequenceEqual(other.SealedAcme ?? []);

    /// <summary>
    /// Stores what was issued for <paramref name="order"/>. False when the certificate was deleted meanwhile. When it stands for another
    /// order by now, that one stays due.
    /// </summary>
    public Task<bool> StoreIssuedAsync(
        CertificateRow order,
        CertificateMaterial material,
        DateTimeOffset? nextTry,
        CancellationToken cancellationToken
    ) =>
        ChangeAsync(
            order.Id,
            (db, row) =>
            {
                var before = row.NotAfterUtc is { } until ? $"valid until {until:yyyy-MM-dd}" : null;
                (row.Pem, row.SealedKey, row.NotBeforeUtc, row.NotAfterUtc) = (
                    material.Chain,
                    _seals.Key(row.Id, material.Key),
                    material.Facts.NotBefore.UtcDateTime,
                    material.Facts.NotAfter.UtcDateTime
                );
                (row.LastTriedUtc, row.FailuresInRow, row.LastProblem, row.UpdatedUtc) = (Now, 0, null, Now);
                if (IsSameOrder(row, order))
                    row.NextTryUtc = nextTry?.UtcDateTime;
                row.Version++;
                Note(
                    db,
                    "certificate.issued",
                    row,
                    before,
                    $"{string.Join(", ", material.Facts.Names)}; valid until {material.Facts.NotAfter.UtcDateTime:yyyy-MM-dd}",
                    "ok"
                );
            },
            isServed: true,
            cancellationToken
        );

    /// <summary>
    /// True when the certificate is another one by now than when this was ordered: this, or a later one. Then it must not be stored over
    /// that.
    /// </summary>
    public async Task<bool> IsOvertakenAsync(IssuedCertificate issued, CancellationToken cancellationToken)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        return await db.Certificates.AnyAsync(
            row => row.Id == issued.Order.Id && row.Pem != null && row.Pem != issued.Order.Pem,
            cancellationToken
        );
    }

    /// <summary>
    /// What was issued as it may lie in a file until the database takes it: sealed with the master key, for this certificate alone.
    /// </summary>
    public byte[] Close(IssuedCertificate issued) => _seals.Issued(issued.Order.Id, issued.ToBytes());

    /// <summary>What <see cref="Close"/> sealed for this certificate; null when it cannot be opened.</summary>
    public IssuedCertificate? Open(Guid id, byte[] sealedBytes) =>
        _seals.OpenIssued(id, sealedBytes) is { } bytes ? IssuedCertificate.Of(id, bytes) : null;

    /// <summary>
    /// Notes that it did not work. <paramref name="problem"/> is a sentence for an operator, without secrets. False when the certificate
    /// was deleted meanwhile.
    /// </summary>
    public Task<bool> NoteFailureAsync(Guid id, string problem, DateTimeOffset? nextTry, CancellationToken cancellationToken) =>
        ChangeAsync(
            id,
            (db, row) =>
            {
                (row.LastTriedUtc, row.NextTryUtc, row.LastProblem) = (Now, nextTry?.UtcDateTime, problem);
                row.FailuresInRow++;
                Note(db, "certificate.failed", row, null, null, problem);
            },
            isServed: false,
            cancellationToken
        );

    /// <summary>
    /// Puts the next try off, without a failure: as while the authority asks to wait, or the renewal time it suggests is another.
    /// </summary>
    public Task<bool> PlanAsync(Guid id, DateTimeOffset? nextTry, CancellationToken cancellationToken) =>
        ChangeAsync(id, (_, row) => row.NextTryUtc = nextTry?.UtcDateTime, isServed: false, cancellationToken);

    /// <summary>
    /// The stored account at an authority. Null when a new account is needed: nothing is stored, or it was sealed with another master key.
    /// </summary>
    public async Task<byte[]?> LoadAccountAsync(string directory, string email, CancellationToken cancellationToken)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        var row = await db
            .AcmeAccounts.AsNoTracking()
            .FirstOrDefaultAsync(account => account.Directory == directory && account.Email == email, cancellationToken);
        return row is null ? null : _seals.OpenAccount(row);
    }

    /// <summary>Keeps an account, or what changed of it.</summary>
    public async Task SaveAccountAsync(string directory, string email, ReadOnlyMemory<byte> files, CancellationToken cancellationToken)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var row = await db.AcmeAccounts.FirstOrDefaultAsync(
            account => account.Directory == directory && account.Email == email,
            cancellationToken
        );
        if (row is null)
            db.Add(
                row = new()
                {
                    Id = Guid.NewGuid(),
                    Directory = directory,
                    Email = email,
                    SealedFiles = [],
                }
            );
        (row.SealedFiles, row.UpdatedUtc) = (_seals.Account(row.Id, files.Span), Now);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _ordered.Dispose();

    /// <summary>Why it is not asked for immediately, as a sentence; null when it may be.</summary>
    internal string? RenewalRefusal(CertificateRow row)
    {
        if (_running.ContainsKey(row.Id))
            return $"The authority is being asked for {row.Name} just now; wait for what comes of it.";
        var isFresh = row is { Pem: not null, LastProblem: null, LastTriedUtc: { } last } && Now >= last && Now - last < _restAfterIssue;
        return isFresh
            ? $"{row.Name} was issued less than {_restAfterIssue.TotalMinutes:0} minutes ago, and authorities issue the same "
                + "certificate only a few times a week; wait a little, or change the order."
            : null;
    }

    internal void TellOrdered() => _ordered.Release();

    private DateTime Now => _time.GetUtcNow().UtcDateTime;

    private async Task<bool> ChangeAsync(
        Guid id,
        Action<ApplianceDbContext, CertificateRow> change,
        bool isServed,
        CancellationToken cancellationToken
    )
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await db.Certificates.FindAsync([id], cancellationToken) is not { } row)
            return false;
        change(db, row);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        _tell(isServed);
        return true;
    }

    private void Note(ApplianceDbContext db, string action, CertificateRow row, string? before, string? after, string result) =>
        AuditLog.Append(
            db,
            new()
            {
                AtUtc = Now,
                Actor = _itself.Name,
                From = _itself.From,
                Action = action,
                Target = row.Name,
                Before = before,
                After = after,
                Result = result,
            }
        );
}
