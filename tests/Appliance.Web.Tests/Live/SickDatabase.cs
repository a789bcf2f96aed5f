using Appliance.Data;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Web.Tests.Live;

/// <summary>A database that can be away, or say nothing at all.</summary>
internal sealed class SickDatabase(string file) : IDbContextFactory<ApplianceDbContext>, IDisposable
{
    private readonly ContextFactory contexts = new(SqliteSetup.Options(file));
    private readonly ManualResetEventSlim answers = new(initialState: true);

    /// <summary>How often somebody asked.</summary>
    public int Asked { get; private set; }

    public bool Away { get; set; }

    public void Hang() => answers.Reset();

    public void Recover()
    {
        Away = false;
        answers.Set();
    }

    public ApplianceDbContext CreateDbContext()
    {
        Asked++;
        answers.Wait();
        return Away ? throw new SqliteException("disk I/O error.", 10) : contexts.CreateDbContext();
    }

    public void Dispose() => answers.Dispose();
}
