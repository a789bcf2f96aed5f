using Appliance.Data;
using Microsoft.EntityFrameworkCore.Design;

namespace Appliance.Migrations.Sqlite;

/// <summary>For the migration tool only: a model without a database.</summary>
public sealed class SqliteDesignFactory : IDesignTimeDbContextFactory<ApplianceDbContext>
{
    /// <inheritdoc/>
    public ApplianceDbContext CreateDbContext(string[] args) => new(SqliteSetup.Options("design-time.db"));
}
