using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Appliance.Data;

/// <summary>The settings with which SQLite is opened.</summary>
public static class SqliteSetup
{
    /// <summary>The assembly that holds SQLite's migrations.</summary>
    public const string MigrationsAssembly = "Appliance.Migrations.Sqlite";

    /// <summary>
    /// How long a statement waits for another process's lock, in seconds; then it fails. A person at a page or a command hears why within
    /// five seconds.
    /// </summary>
    private const int BusySeconds = 4;

    /// <summary>Options for a file.</summary>
    public static DbContextOptions<ApplianceDbContext> Options(string file) =>
        new DbContextOptionsBuilder<ApplianceDbContext>()
            .UseSqlite(ConnectionTo(file), sqlite => sqlite.MigrationsAssembly(MigrationsAssembly))
            .AddInterceptors(new Pragmas())
            .Options;

    /// <summary>How SQLite is asked for a file; equal texts share their open connections.</summary>
    internal static string ConnectionTo(string file) => $"Data Source={file};Default Timeout={BusySeconds}";

    /// <summary>
    /// WAL: readers never wait for the writer, and a killed process loses nothing it has acknowledged. FULL: nor does a machine that loses
    /// power.
    /// </summary>
    internal const string Pragma = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=1000;";

    /// <summary>Sends <see cref="Pragma"/> over every connection that EF Core opens.</summary>
    private sealed class Pragmas : DbConnectionInterceptor
    {
        // EF looks whether the file exists through a read-only connection, on which a change of the journal would fail.
        private static bool IsReadOnly(DbConnection connection) =>
            new Microsoft.Data.Sqlite.SqliteConnectionStringBuilder(connection.ConnectionString).Mode
            == Microsoft.Data.Sqlite.SqliteOpenMode.ReadOnly;

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
        {
            if (IsReadOnly(connection))
                return;
            using var command = connection.CreateCommand();
            command.CommandText = Pragma;
            command.ExecuteNonQuery();
        }

        public override async Task ConnectionOpenedAsync(
            DbConnection connection,
            ConnectionEndEventData eventData,
            CancellationToken cancellationToken = default
        )
        {
            if (IsReadOnly(connection))
                return;
            await using var command = connection.CreateCommand();
            command.CommandText = Pragma;
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
