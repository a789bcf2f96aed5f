using Appliance.Data.Audit;
using Appliance.Data.Rights;
using Appliance.Proxy.Certificates;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Appliance.Data.Certificates;

/// <summary>
/// The certificates that the product holds. The one door to them: it asks whether the actor may, seals keys, and writes the audit, in one
/// transaction. Every change is told to the proxy, which reads here what it serves. Thread-safe.
/// </summary>
public sealed class CertificateStore : ICertificateSource, IDisposable
{
    private readonly IDatabase _contexts;
    private readonly CertificateSeals _seals;
    private readonly TimeProvider _time;

    // A count and not a signal: a change between two waits must not be slept through.
    private readonly SemaphoreSlim _changed = new(0);

    // What was opened, so that an unchanged one is not opened again; guarded by the gate.
    private readonly SemaphoreSlim _gate = new(1, 1);
    private Dictionary<Guid, HeldCertificate> _opened = [];
    private long _changes;

    /// <summary>
    /// On this database. The master key has <c>32</c> bytes; with another one than before, the certificates of before have no keys.
    /// </summary>
    public CertificateStore(IDatabase contexts, byte[] masterKey, TimeProvider time)
    {
        (_contexts, _time, _seals) = (contexts, time, new(masterKey));
        Orders = new(contexts, _seals, Tell, time);
    }

    /// <summary>Counts what was written through this store: when it is the same as before, so is <see cref="ListAsync"/>.</summary>
    public long Changes => Interlocked.Read(ref _changes);

    /// <summary>The part of the store for the program that fulfils orders.</summary>
    public CertificateOrders Orders { get; }

    /// <summary>Everything, by name; the keys in it are sealed.</summary>
    public async Task<IReadOnlyList<CertificateRow>> ListAsync(CancellationToken cancellationToken)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        return await db.Certificates.AsNoTracking().OrderBy(row => row.NormalizedName).ToListAsync(cancellationToken);
    }

    /// <summary>The certificate with this id, or null when it does not exist.</summary>
    public async Task<CertificateRow?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        return await db.Certificates.AsNoTracking().FirstOrDefaultAsync(row => row.Id == id, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<HeldCertificate>> ReadHeldAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            await using var connection = await _contexts.OpenAsync(cancellationToken);
            var all = new List<HeldCertificate>();
            foreach (var (id, version) in await MarksAsync(connection, cancellationToken))
            {
                if (_opened.GetValueOrDefault(id) is { } known && known.Version == version)
                    all.Add(known);
                else if (await ReadAsync(connection, id, cancellationToken) is { } fresh)
                    all.Add(fresh);
            }

            _opened = all.ToDictionary(held => held.Id);
            return all;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async Task WaitForChangeAsync(TimeSpan atMost, CancellationToken cancellationToken) =>
        await _changed.WaitAsync(atMost, cancellationToken);

    /// <summary>Adds one that was uploaded, or made here.</summary>
    public async Task<CertificateResult> AddAsync(
        string name,
        CertificateKind kind,
        CertificateMaterial material,
        Actor actor,
        CancellationToken cancellationToken
    )
    {
        var row = NewRow(name, kind, material.Facts.Names, actor);
        Put(row, material);
        return await AddAsync(
            row,
            "certificate.add",
            CertificateRights.Refusal(actor.Grant, material.Facts.Names),
            actor,
            cancellationToken
        );
    }

    /// <summary>
    /// Refuses to add or replace one before it is read or made, which takes time, and writes that down; null when the role of
    /// <paramref name="actor"/> may.
    /// </summary>
    public async Task<CertificateResult?> RefuseAsync(string name, bool replaces, Actor actor, CancellationToken cancellationToken)
    {
        if (actor.Grant.Refusal(Role.Operator, "Changing certificates") is not { } reason)
            return null;
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var called = name.Trim();
        return await NotAllowedAsync(
            db,
            transaction,
            actor,
            replaces ? "certificate.replace" : "certificate.add",
            called[..Math.Min(called.Length, 64)],
            reason,
            cancellationToken
        );
    }

    /// <summary>
    /// The same for an order, also one that stands: a person with a scope must not try it out on an incomplete form without a line in the
    /// audit. Null: they may.
    /// </summary>
    public async Task<CertificateResult?> RefuseOrderAsync(
        string name,
        CertificateRow? row,
        Actor actor,
        CancellationToken cancellationToken
    )
    {
        var refusal = row?.AcmeJson is { } json
            ? CertificateRights.OrderRefusal(actor.Grant, row.Names, AcmeOrder.Of(json))
            : actor.Grant.Refusal(Role.Operator, "Ordering certificates");
        if (refusal is not { } reason)
            return null;
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var called = (row?.Name ?? name).Trim();
        called = called[..Math.Min(called.Length, 64)];
        return await NotAllowedAsync(db, transaction, actor, "certificate.order", called, reason, cancellationToken);
    }

    /// <summary>
    /// Stores an order for a certificate from an authority. The program that fulfils orders finds it by
    /// <see cref="CertificateOrders.DueAsync"/>.
    /// </summary>
    public async Task<CertificateResult> OrderAsync(
        string name,
        IReadOnlyList<string> names,
        AcmeOrder order,
        AcmeSecrets secrets,
        Actor actor,
        CancellationToken cancellationToken
    )
    {
        var row = NewRow(name, CertificateKind.Acme, names, actor);
        Put(row, order, secrets);
        return await AddAsync(
            row,
            "certificate.order",
            CertificateRights.OrderRefusal(actor.Grant, names, order),
            actor,
            cancellationToken
        );
    }

    /// <summary>Another order for the same certificate, tried immediately; null secrets leave those of before.</summary>
    public Task<CertificateResult> ChangeOrderAsync(
        Guid id,
        long version,
        IReadOnlyList<string> names,
        AcmeOrder order,
        AcmeSecrets? secrets,
        Actor actor,
        CancellationToken cancellationToken
    ) =>
        ChangeAsync(
            id,
            version,
            "certificate.order",
            actor,
            row =>
                row.AcmeJson is null
                    ? null
                    : CertificateRights.OrderRefusal(actor.Grant, [.. row.Names, .. names], AcmeOrder.Of(row.AcmeJson))
                        ?? CertificateRights.OrderRefusal(actor.Grant, names, order),
            row =>
            {
                if (row.Kind != CertificateKind.Acme)
                    return NotOrdered(row);
                row.Names = [.. names];
                Put(row, order, secrets ?? (row.SealedAcme is null ? AcmeSecrets.None : null));
                return null;
            },
            cancellationToken
        );

    /// <summary>Another certificate in the place of this one: a renewal by upload.</summary>
    public Task<CertificateResult> ReplaceAsync(
        Guid id,
        long version,
        CertificateMaterial material,
        Actor actor,
        CancellationToken cancellationToken
    ) =>
        ChangeAsync(
            id,
            version,
            "certificate.replace",
            actor,
            row => CertificateRights.Refusal(actor.Grant, [.. row.Names, .. material.Facts.Names]),
            row =>
            {
                if (row.Kind == CertificateKind.Acme)
                    return $"{row.Name} is renewed by its authority; add another certificate, or delete this one first.";
                (row.Kind, row.Names) = (CertificateKind.Uploaded, [.. material.Facts.Names]);
                Put(row, material);
                return null;
            },
            cancellationToken
        );

    /// <summary>Deletes one. Open connections keep it.</summary>
    public Task<CertificateResult> DeleteAsync(Guid id, long? version, Actor actor, CancellationToken cancellationToken) =>
        ChangeAsync(
            id,
            version,
            "certificate.delete",
            actor,
            row => CertificateRights.Refusal(actor.Grant, row.Names),
            _ => null,
            cancellationToken,
            isRemoved: true
        );

    /// <summary>Makes one the default, or takes that from it.</summary>
    public Task<CertificateResult> MarkDefaultAsync(Guid id, bool isDefault, Actor actor, CancellationToken cancellationToken) =>
        ChangeAsync(
            id,
            null,
            "certificate.default",
            actor,
            _ => CertificateRights.DefaultRefusal(actor.Grant),
            row =>
            {
                row.IsDefault = isDefault;
                return null;
            },
            cancellationToken
        );

    /// <summary>Asks the authority immediately, instead of when it is time; not while it is asked, nor a moment after it issued.</summary>
    public Task<CertificateResult> RenewAsync(Guid id, Actor actor, CancellationToken cancellationToken) =>
        ChangeAsync(
            id,
            null,
            "certificate.renew",
            actor,
            row => CertificateRights.Refusal(actor.Grant, row.Names),
            row =>
            {
                if (row.Kind != CertificateKind.Acme)
                    return NotOrdered(row);
                if (Orders.RenewalRefusal(row) is { } reason)
                    return reason;
                row.NextTryUtc = Now;
                return null;
            },
            cancellationToken
        );

    /// <inheritdoc/>
    public void Dispose()
    {
        Orders.Dispose();
        _changed.Dispose();
        _gate.Dispose();
    }

    // What was noted of a try is shown, and served by nobody.
    private void Tell(bool concernsReaders)
    {
        Interlocked.Increment(ref _changes);
        if (concernsReaders)
            _changed.Release();
    }

    private DateTime Now => _time.GetUtcNow().UtcDateTime;

    // Plain, as what follows: a start reads it before EF Core is ready.
    private static async Task<List<(Guid Id, long Version)>> MarksAsync(SqliteConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = """SELECT "Id", "Version" FROM "Certificates" WHERE "Pem" IS NOT NULL ORDER BY "CreatedUtc", "Id" """;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var marks = new List<(Guid, long)>();
        while (await reader.ReadAsync(cancellationToken))
            marks.Add((reader.GetGuid(0), reader.GetInt64(1)));
        return marks;
    }

    // Null: the certificate has gone since the look before.
    private async Task<HeldCertificate?> ReadAsync(SqliteConnection connection, Guid id, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT "Name", "Version", "Pem", "SealedKey", "IsDefault" FROM "Certificates" WHERE "Id" = $id AND "Pem" IS NOT NULL
            """;
        command.Parameters.AddWithValue("$id", id);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return null;
        var name = reader.GetString(0);
        var key = _seals.OpenKey(id, await reader.IsDBNullAsync(3, cancellationToken) ? null : reader.GetFieldValue<byte[]>(3));
        return new(id, name, reader.GetInt64(1), reader.GetString(2), key, key is null ? Unopened(name) : null, reader.GetBoolean(4));
    }

    private static string Unopened(string name) =>
        $"The key of {name} cannot be opened: it was sealed with another master key. Restore the file master.key (or what "
        + "APPLIANCE_KEY_FILE names) from the backup and start again, or replace the certificate together with its key.";

    private static string NotOrdered(CertificateRow row) => $"{row.Name} comes from no authority; replace it by another upload.";

    private CertificateRow NewRow(string name, CertificateKind kind, IReadOnlyList<string> names, Actor actor) =>
        new()
        {
            Id = Guid.NewGuid(),
            Name = name.Trim(),
            NormalizedName = name.Trim().ToUpperInvariant(),
            Kind = kind,
            Names = [.. names],
            CreatedUtc = Now,
            CreatedBy = actor.Name,
            UpdatedUtc = Now,
            Version = 1,
        };

    private void Put(CertificateRow row, CertificateMaterial material) =>
        (row.Pem, row.SealedKey, row.NotBeforeUtc, row.NotAfterUtc) = (
            material.Chain,
            _seals.Key(row.Id, material.Key),
            material.Facts.NotBefore.UtcDateTime,
            material.Facts.NotAfter.UtcDateTime
        );

    private void Put(CertificateRow row, AcmeOrder order, AcmeSecrets? secrets)
    {
        (row.AcmeJson, row.NextTryUtc, row.FailuresInRow, row.LastProblem) = (order.ToJson(), Now, 0, null);
        if (secrets is not null)
            row.SealedAcme = secrets.IsEmpty ? null : _seals.Acme(row.Id, secrets);
    }

    private async Task<CertificateResult> AddAsync(
        CertificateRow row,
        string action,
        string? refusal,
        Actor actor,
        CancellationToken cancellationToken
    )
    {
        if (row.Name.Length is 0 or > 64)
            return new CertificateResult.NameTaken("A name has 1 to 64 characters.");
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if ((refusal ?? await ActorNow.ChangeOfAsync(db, actor, _time, cancellationToken)) is { } reason)
            return await NotAllowedAsync(db, transaction, actor, action, row.Name, reason, cancellationToken);
        if (await db.Certificates.AnyAsync(other => other.NormalizedName == row.NormalizedName, cancellationToken))
            return new CertificateResult.NameTaken(
                $"There is already a certificate called {row.Name}; choose another name, or replace that one."
            );
        db.Add(row);
        Note(db, actor, action, row.Name, null, Words(row), "ok");
        return await DoneAsync(db, transaction, row, cancellationToken);
    }

    private async Task<CertificateResult> ChangeAsync(
        Guid id,
        long? version,
        string action,
        Actor actor,
        Func<CertificateRow, string?> refusalOf,
        Func<CertificateRow, string?> change,
        CancellationToken cancellationToken,
        bool isRemoved = false
    )
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await db.Certificates.FindAsync([id], cancellationToken) is not { } row)
            return new CertificateResult.Gone();
        if ((refusalOf(row) ?? await ActorNow.ChangeOfAsync(db, actor, _time, cancellationToken)) is { } refusal)
            return await NotAllowedAsync(db, transaction, actor, action, row.Name, refusal, cancellationToken);
        if (version is { } seen && seen != row.Version)
            return new CertificateResult.Stale(row);
        var before = Words(row);
        if (change(row) is { } reason)
            return new CertificateResult.Refused(reason);
        (row.Version, row.UpdatedUtc) = (row.Version + 1, Now);
        if (isRemoved)
            db.Remove(row);
        else if (row.IsDefault)
            await TakeDefaultFromOthersAsync(db, row, cancellationToken);
        Note(db, actor, action, row.Name, before, isRemoved ? null : Words(row), "ok");
        return await DoneAsync(db, transaction, row, cancellationToken);
    }

    private static async Task TakeDefaultFromOthersAsync(ApplianceDbContext db, CertificateRow row, CancellationToken cancellationToken)
    {
        foreach (
            var other in await db
                .Certificates.Where(certificate => certificate.IsDefault && certificate.Id != row.Id)
                .ToListAsync(cancellationToken)
        )
            (other.IsDefault, other.Version) = (false, other.Version + 1);
    }

    // An attempt is worth a line, too.
    private async Task<CertificateResult> NotAllowedAsync(
        ApplianceDbContext db,
        IDbContextTransaction transaction,
        Actor actor,
        string action,
        string name,
        string reason,
        CancellationToken cancellationToken
    )
    {
        Note(db, actor, action, name, null, null, "not_allowed");
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new CertificateResult.NotAllowed(reason);
    }

    private async Task<CertificateResult> DoneAsync(
        ApplianceDbContext db,
        IDbContextTransaction transaction,
        CertificateRow row,
        CancellationToken cancellationToken
    )
    {
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        Tell(concernsReaders: true);
        if (row.Kind == CertificateKind.Acme)
            Orders.TellOrdered();
        return new CertificateResult.Done(row);
    }

    private static string Words(CertificateRow row)
    {
        var validity = row.NotAfterUtc is { } until ? $"valid until {until:yyyy-MM-dd}" : "not issued yet";
        var order = row.AcmeJson is { } json ? $", from {AcmeOrder.Of(json).DirectoryUrl}" : "";
        return $"{string.Join(", ", row.Names)}; {validity}{order}{(row.IsDefault ? ", the default" : "")}";
    }

    private void Note(ApplianceDbContext db, Actor actor, string action, string target, string? before, string? after, string result) =>
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
}
