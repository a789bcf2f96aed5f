using Appliance.Data;
using Microsoft.Data.Sqlite;

namespace Appliance.Web.Tests.Live;

/// <summary>A database that can be away, or say nothing at all.</summary>
internal sealed class SickDatabase(string file) : IDatabase, IDisposable
{
    private readonly ContextFactory _contexts = new(file);
    private readonly ManualResetEventSlim _answers = new(initialState: true);

    /// <summary>How often somebody asked.</summary>
    public int Asked { get; private set; }

    public bool Away { get; set; }

    public void Hang() => _answers.Reset();

    public void Recover()
    {
        Away = false;
        _answers.Set();
    }

    public ApplianceDbContext CreateDbContext()
    {
        Asked++;
        _answers.Wait();
        return Away ? throw new SqliteException("disk I/O error.", 10) : _contexts.CreateDbContext();
    }

    public ValueTask<SqliteConnection> OpenAsync(CancellationToken cancellationToken)
    {
        Asked++;
        _answers.Wait(cancellationToken);
        return Away ? throw new SqliteException("disk I/O error.", 10) : _contexts.OpenAsync(cancellationToken);
    }

    public void Dispose() => _answers.Dispose();
}
