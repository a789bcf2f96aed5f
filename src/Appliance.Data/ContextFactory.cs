using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data;

/// <summary>
/// Makes contexts and connections for one database file. With <paramref name="file"/>, none on a file that was deleted or replaced; with
/// <paramref name="late"/>, none before that step is taken.
/// </summary>
/// <param name="path">The path of the database file.</param>
/// <param name="file">The file that is watched; null: nobody looks after the file.</param>
/// <param name="late">The first step of the database; null: the step is taken.</param>
public sealed class ContextFactory(string path, DatabaseFile? file = null, LateStart? late = null) : IDatabase
{
    // Only the first context needs them, and with them EF Core.
    private readonly Lazy<DbContextOptions<ApplianceDbContext>> _options = new(() => SqliteSetup.Options(path));

    /// <inheritdoc/>
    public ApplianceDbContext CreateDbContext()
    {
        late?.Demand();
        file?.Demand();
        return new(_options.Value);
    }

    /// <inheritdoc/>
    public async Task<ApplianceDbContext> CreateDbContextAsync(CancellationToken cancellationToken = default)
    {
        if (late is not null)
            await late.DemandAsync(cancellationToken);
        return CreateDbContext();
    }

    /// <inheritdoc/>
    public async ValueTask<SqliteConnection> OpenAsync(CancellationToken cancellationToken)
    {
        if (late is not null)
            await late.DemandAsync(cancellationToken);
        file?.Demand();
        return await ConnectAsync(path, cancellationToken);
    }

    /// <summary>
    /// An open connection to any file, with the settings of <see cref="SqliteSetup"/>. The caller disposes the connection.
    /// </summary>
    internal static async ValueTask<SqliteConnection> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(SqliteSetup.ConnectionTo(path));
        try
        {
            await connection.OpenAsync(cancellationToken);
            await using var pragmas = connection.CreateCommand();
            pragmas.CommandText = SqliteSetup.Pragma;
            await pragmas.ExecuteNonQueryAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
