using Appliance.Data.Accounts;
using Appliance.Data.Audit;
using Appliance.Data.Migrations;
using Appliance.Data.Rights;
using Appliance.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Data.Tests;

/// <summary>A fresh database for each test, and the stores on it.</summary>
public abstract class StoresUnderTest : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("appliance-");

    protected static Actor Boss { get; } = Actor.Local("boss");

    protected FakeTimeProvider Time { get; } = TestTime.New();

    protected DataFolder Folder { get; private set; } = null!; // made before every test

    protected ContextFactory Contexts { get; private set; } = null!; // made before every test

    protected AccountStore Accounts => new(Contexts, Time);

    protected PeopleStore People => new(Contexts, Time);

    protected SessionStore Sessions => new(Contexts, SessionLimits.Default, Time);

    protected AuditStore Audit => new(Contexts, Time);

    public async Task InitializeAsync()
    {
        Folder = DataFolder.Open(_directory.FullName);
        Contexts = new ContextFactory(Folder.Database);
        await new DatabaseMigrator(Folder, Contexts).MigrateAsync(CancellationToken.None);
    }

    public Task DisposeAsync()
    {
        Folder.Dispose();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _directory.Delete(recursive: true);
        return Task.CompletedTask;
    }

    protected async Task<string[]> AuditLinesAsync() =>
        [
            .. (await Audit.ListAsync(new(), 1000, null, Boss, default))
                .Reverse()
                .Select(entry => $"{entry.Actor} {entry.Action} {entry.Target}: {entry.Result}"),
        ];
}
