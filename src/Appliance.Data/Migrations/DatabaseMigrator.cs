using System.Collections.Immutable;
using Appliance.Data.Audit;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Migrations;

/// <summary>
/// Brings the database to this version's model. Called under the data folder's lock, so nobody else writes. SQLite rebuilds tables outside
/// the migration's transaction, so a kill in the middle can leave half of one: a copy is taken before, and put back at the next start.
/// </summary>
public sealed class DatabaseMigrator(DataFolder folder, IDbContextFactory<ApplianceDbContext> contexts)
{
    // Somebody else has it: waited for once, here.
    private const int Busy = 5; // SQLITE_BUSY
    private const int Locked = 6; // SQLITE_LOCKED

    private string Copy => folder.In("appliance.db.before-migration");

    private string Started => folder.In("appliance.db.migrating");

    /// <summary>Every migration by its name, the oldest first, as EF Core has it in the database.</summary>
    /// <remarks>Written down here, because EF Core takes a quarter of a start to say the same.</remarks>
    public static ImmutableArray<string> Known { get; } =
    [
        "20261123230438_Initial",
        "20261124021916_Accounts",
        "20261125204646_People",
        "20261126002221_Certificates",
        "20261126014328_TlsPolicies",
        "20261201141610_Notices",
        "20261201184942_ApiTokens",
    ];

    /// <summary>
    /// Migrates. A database that is up to date is only read. Throws <see cref="DataFolderException"/> when the database is of a newer
    /// version of the product.
    /// </summary>
    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        if (!await IsUpToDateAsync(cancellationToken))
            await MigrateByEfAsync(cancellationToken);
    }

    /// <summary>True for a whole database that has <see cref="Known"/>. What cannot be read is not: the migration says why.</summary>
    private async Task<bool> IsUpToDateAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(Started) || !File.Exists(folder.Database))
            return false;
        try
        {
            await using var connection = await ContextFactory.ConnectAsync(folder.Database, cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = """SELECT "MigrationId" FROM "__EFMigrationsHistory" ORDER BY "MigrationId" """;
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var applied = new List<string>();
            while (await reader.ReadAsync(cancellationToken))
                applied.Add(reader.GetString(0));
            return applied.SequenceEqual(Known);
        }
        catch (SqliteException unreadable) when (unreadable.SqliteErrorCode is not (Busy or Locked))
        {
            return false;
        }
    }

    private async Task MigrateByEfAsync(CancellationToken cancellationToken)
    {
        RestoreKilled();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var known = db.Database.GetMigrations().ToList();
        var applied = File.Exists(folder.Database) ? (await db.Database.GetAppliedMigrationsAsync(cancellationToken)).ToList() : [];
        if (applied.Except(known).FirstOrDefault() is { } newer)
            throw new DataFolderException(
                $"The database {folder.Database} was written by a newer version ({newer}); run that version, or restore a backup.",
                isTaken: false
            );
        if (applied.Count == known.Count)
            return;

        // 1. The copy, and the mark that a migration has begun.
        if (applied.Count > 0)
        {
            File.Delete(Copy);
            await CopyAsync(db, cancellationToken);
            await File.WriteAllTextAsync(Started, known[^1], cancellationToken);
        }

        // 2. A killed process leaves its row in EF's lock table, and the next Migrate would wait for it without end. We hold the folder's
        // lock, so it is stale.
        await RemoveStaleLockAsync(db, cancellationToken);
        await db.Database.MigrateAsync(cancellationToken);
        await AuditChain.AdoptAsync(db, cancellationToken);
        File.Delete(Started);
        RestrictAccess();
    }

    private async Task CopyAsync(ApplianceDbContext db, CancellationToken cancellationToken)
    {
        try
        {
            await db.Database.ExecuteSqlAsync($"VACUUM INTO {Copy}", cancellationToken);
        }
        catch (SqliteException)
        {
            // Half of it would take room from a disk that has none.
            File.Delete(Copy);
            throw;
        }
    }

    private void RestoreKilled()
    {
        if (!File.Exists(Started) || !File.Exists(Copy))
            return;
        SqliteConnection.ClearAllPools();
        foreach (var suffix in new[] { "", "-wal", "-shm" })
            File.Delete(folder.Database + suffix);
        File.Copy(Copy, folder.Database);
        File.Delete(Started);
    }

    private static async Task RemoveStaleLockAsync(ApplianceDbContext db, CancellationToken cancellationToken)
    {
        var exists = await db
            .Database.SqlQuery<int>($"SELECT count(*) AS Value FROM sqlite_master WHERE name = '__EFMigrationsLock'")
            .SingleAsync(cancellationToken);
        if (exists > 0)
            await db.Database.ExecuteSqlAsync($"DELETE FROM __EFMigrationsLock", cancellationToken);
    }

    private void RestrictAccess()
    {
        if (!OperatingSystem.IsWindows() && File.Exists(folder.Database))
            File.SetUnixFileMode(folder.Database, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
