using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data;

/// <summary>The ways to the database: contexts of EF Core, and plain connections for what a start reads before the proxy listens.</summary>
/// <remarks>EF Core takes several tenths of a second to get ready, and the config of a start is four simple queries.</remarks>
public interface IDatabase : IDbContextFactory<ApplianceDbContext>
{
    /// <summary>An open connection, which the caller disposes. Throws <see cref="SqliteException"/> as a context does.</summary>
    ValueTask<SqliteConnection> OpenAsync(CancellationToken cancellationToken);
}
