using Appliance.Data.Migrations;
using Appliance.Data.Revisions;
using Appliance.Data.Rights;
using Appliance.Proxy.Config;
using Appliance.Proxy.TlsPolicies;
using Appliance.Testing;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Tests.Revisions;

public sealed class ConfigStoreTests : IDisposable
{
    private static readonly RevisionInfo _info = new(Actor.Local("test"), "", "edit");
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("appliance-");

    [Fact]
    public async Task Commit_Edits_OnlyWhatChangedIsWritten()
    {
        using var data = DataFolder.Open(_folder.FullName);
        using var store = await OpenAsync(data);
        var first = await SaveAsync(
            store,
            Configs.All("http://a:1") with
            {
                Routes = [Configs.Proxy("one", "/1"), Configs.Proxy("two", "/2")],
            }
        );
        var edited = first.Config with { Routes = [first.Config.Routes[0], first.Config.Routes[1] with { Name = "second" }] };
        var second = await SaveAsync(store, edited);

        second.Number.ShouldBe(2);
        await using var db = Contexts(data).CreateDbContext();
        (await db.Set<RouteRow>().CountAsync()).ShouldBe(3);
        (await db.Set<UpstreamPoolRow>().CountAsync()).ShouldBe(1);
        (await db.AuditEntries.CountAsync()).ShouldBe(2);
        (await store.ReadAsync(1, CancellationToken.None))!.Config.Routes.Select(route => route.Name).ShouldBe(["one", "two"]);
        (await store.ListRevisionsAsync(10, CancellationToken.None))[0].Summary.ShouldStartWith("changed route ");
    }

    [Fact]
    public async Task Touch_WhileARevisionIsStored_WaitsForItAndFindsNothingWrong()
    {
        using var data = DataFolder.Open(_folder.FullName);
        using (var first = await OpenAsync(data))
            await SaveAsync(first, Configs.All("http://a:1"));
        var database = new HeldDatabase(new ContextFactory(data.Database));
        using var store = new ConfigStore(database, TimeProvider.System);
        var head = await store.ReadHeadAsync(CancellationToken.None);

        database.Holds = true;
        var next = Valid(Configs.All("http://b:1"));
        var commit = store.CommitAsync(next, head, _info, CancellationToken.None);
        var asked = database.Asked;
        var touch = store.TouchAsync(CancellationToken.None);
        database.Asked.ShouldBe(asked, "The database is not asked while the revision is under way.");
        touch.IsCompleted.ShouldBeFalse();

        database.GoOn();
        (await commit).ShouldBeOfType<CommitResult.Saved>();
        await touch;
    }

    [Fact]
    public async Task Life_OfAnItem_HasTheRevisionsThatWroteIt()
    {
        using var data = DataFolder.Open(_folder.FullName);
        using var store = await OpenAsync(data);
        var (one, two) = (Configs.Proxy("one", "/1"), Configs.Proxy("two", "/2"));
        var config = (await SaveAsync(store, Configs.All("http://a:1") with { Routes = [one] })).Config;
        config = (await SaveAsync(store, config with { Routes = [one, two] })).Config;
        config = (await SaveAsync(store, config with { Routes = [one with { Path = "/3" }, two] })).Config;
        var life = (await store.FindLifeAsync(one.Id, CancellationToken.None)).ShouldNotBeNull();
        (life.Created.Id, life.LastChanged.Id, life.Revisions).ShouldBe((1, 3, 2));
        (await store.FindLifeAsync(two.Id, CancellationToken.None)).ShouldNotBeNull().LastChanged.Id.ShouldBe(2);

        // A removal is the last that became of it.
        await SaveAsync(store, config with { Routes = [two] });
        (await store.ListRevisionsOfAsync(one.Id, 10, CancellationToken.None)).Select(row => row.Id).ShouldBe([4, 3, 1]);
        (await store.ListRevisionsOfAsync(one.Id, 2, CancellationToken.None)).Select(row => row.Id).ShouldBe([4, 3]);
        (await store.FindLifeAsync(Guid.NewGuid(), CancellationToken.None)).ShouldBeNull();
        (await store.ListRevisionsOfAsync(Guid.NewGuid(), 10, CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Commit_OrderAndRemoval_SurviveReopening()
    {
        using var data = DataFolder.Open(_folder.FullName);
        ProxyConfig config;
        using (var store = await OpenAsync(data))
        {
            config = Configs.All("http://a:1") with
            {
                Routes = [Configs.Proxy("a", "/a"), Configs.Proxy("b", "/b"), Configs.Proxy("c", "/c")],
            };
            await SaveAsync(store, config);
            config = config with { Routes = [config.Routes[2], Configs.Proxy("d", "/d"), config.Routes[0]] };
            await SaveAsync(store, config);
        }

        using var again = await OpenAsync(data);
        var head = await again.ReadHeadAsync(CancellationToken.None);
        head.Number.ShouldBe(2);
        head.Config.Routes.Select(route => route.Name).ShouldBe(["c", "d", "a"]);
        head.Config.Routes.Select(route => route.Id).ShouldBe(config.Routes.Select(route => route.Id));
    }

    [Fact]
    public async Task Commit_Policies_SurviveReopeningAndEveryRevisionKeepsItsOwn()
    {
        using var data = DataFolder.Open(_folder.FullName);
        var policy = new TlsPolicy
        {
            Name = "p",
            Hosts = ["a.example.com"],
            ForceHttps = true,
            MinVersion = TlsVersion.Tls13,
            Hsts = new() { MaxAge = TimeSpan.FromDays(1) },
            ClientCertificates = new() { Verify = ClientVerify.OptionalNoCa },
        };
        using (var store = await OpenAsync(data))
        {
            await SaveAsync(store, new() { TlsPolicies = [policy] });
            await SaveAsync(store, new() { TlsPolicies = [policy with { Name = "renamed", ForceHttps = false }] });
            await SaveAsync(store, new());
        }

        using var again = await OpenAsync(data);
        (await again.ReadHeadAsync(CancellationToken.None)).Config.TlsPolicies.ShouldBeEmpty();
        var first = (await again.ReadAsync(1, CancellationToken.None))!.Config.TlsPolicies.ShouldHaveSingleItem();
        (first.Id, ConfigItemJson.Write(first)).ShouldBe((policy.Id, ConfigItemJson.Write(policy)));
        (await again.ReadAsync(2, CancellationToken.None))!.Config.TlsPolicies.ShouldHaveSingleItem().Name.ShouldBe("renamed");
    }

    [Fact]
    public async Task Commit_NothingDiffers_IsUnchanged()
    {
        using var data = DataFolder.Open(_folder.FullName);
        using var store = await OpenAsync(data);
        var head = await SaveAsync(store, Configs.All("http://a:1"));
        (await store.CommitAsync(Valid(head.Config), head, _info, CancellationToken.None)).ShouldBeOfType<CommitResult.Unchanged>();
    }

    [Fact]
    public async Task Commit_TwoStores_SecondIsStaleAndSharesWhatStayed()
    {
        using var data = DataFolder.Open(_folder.FullName);
        using var one = await OpenAsync(data);
        using var two = await OpenAsync(data);
        var head = await SaveAsync(one, Configs.All("http://a:1"));
        var seen = await two.ReadHeadAsync(CancellationToken.None);
        await SaveAsync(one, head.Config with { Routes = [.. head.Config.Routes, Configs.Proxy("more", "/more")] });

        (await two.CommitAsync(Valid(seen.Config with { Routes = [] }), seen, _info, CancellationToken.None))
            .ShouldBeOfType<CommitResult.Stale>()
            .Head.Number.ShouldBe(2);
        (await two.ReadHeadAsync(CancellationToken.None)).Config.Routes[0].ShouldBeSameAs(seen.Config.Routes[0]);
    }

    [Fact]
    public async Task WaitForChange_Commit_WakesAtOnce()
    {
        using var data = DataFolder.Open(_folder.FullName);
        using var store = await OpenAsync(data);
        var waiting = store.WaitForChangeAsync(TimeSpan.FromMinutes(5), CancellationToken.None);
        await SaveAsync(store, Configs.All("http://a:1"));
        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task WaitForChange_CommitBetweenTwoWaits_IsNotSleptThrough()
    {
        using var data = DataFolder.Open(_folder.FullName);
        using var store = await OpenAsync(data);
        await store.ReadHeadAsync(CancellationToken.None);
        await SaveAsync(store, Configs.All("http://a:1"));
        await store.WaitForChangeAsync(TimeSpan.FromMinutes(5), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Model_HasNoPendingChanges()
    {
        using var data = DataFolder.Open(_folder.FullName);
        await using var db = Contexts(data).CreateDbContext();
        db.Database.HasPendingModelChanges().ShouldBeFalse("Run ./dev migration NAME.");
    }

    [Fact]
    public void KnownMigrations_AreThoseOfEfCore()
    {
        using var folder = DataFolder.Open(_folder.FullName);
        using var db = Contexts(folder).CreateDbContext();
        DatabaseMigrator.Known.ShouldBe(db.Database.GetMigrations(), "Add the name of the new migration to DatabaseMigrator.Known.");
    }

    [Fact]
    public async Task Migrate_UpToDate_ReadsAndWritesNothing()
    {
        using var folder = DataFolder.Open(_folder.FullName);
        await new DatabaseMigrator(folder, Contexts(folder)).MigrateAsync(default);
        await new DatabaseMigrator(folder, new NoContexts()).MigrateAsync(default);
    }

    [Fact]
    public async Task Migrate_OfANewerVersion_IsRefusedByName()
    {
        using var folder = DataFolder.Open(_folder.FullName);
        var contexts = Contexts(folder);
        await new DatabaseMigrator(folder, contexts).MigrateAsync(default);
        await using (var db = contexts.CreateDbContext())
            await db.Database.ExecuteSqlRawAsync("INSERT INTO __EFMigrationsHistory VALUES ('29990101000000_Later', '10.0.0')");
        var refused = await Should.ThrowAsync<DataFolderException>(() => new DatabaseMigrator(folder, contexts).MigrateAsync(default));
        refused.Message.ShouldContain("29990101000000_Later");
    }

    [Fact]
    public async Task Migrate_StaleLockAndKilledMigration_AreMended()
    {
        using var data = DataFolder.Open(_folder.FullName);
        using (var store = await OpenAsync(data))
            await SaveAsync(store, Configs.All("http://a:1"));
        await using (var db = Contexts(data).CreateDbContext())
        {
            // As a kill in the middle leaves it: a copy, the mark, half a migration and the lock row.
            await db.Database.ExecuteSqlAsync($"VACUUM INTO {data.In("appliance.db.before-migration")}");
            await db.Database.ExecuteSqlRawAsync(
                "DROP TABLE Routes; DELETE FROM __EFMigrationsHistory; CREATE TABLE IF NOT EXISTS __EFMigrationsLock (Id INTEGER "
                    + "PRIMARY KEY, Timestamp TEXT NOT NULL); INSERT OR REPLACE INTO __EFMigrationsLock VALUES (1, 'x');"
            );
        }

        await File.WriteAllTextAsync(data.In("appliance.db.migrating"), "x");
        using var mended = await OpenAsync(data).WaitAsync(TimeSpan.FromSeconds(30));
        (await mended.ReadHeadAsync(CancellationToken.None)).Config.Routes.Length.ShouldBe(1);
    }

    [Fact]
    public void Open_TakenFolder_SaysWhoHoldsIt()
    {
        using var data = DataFolder.Open(_folder.FullName);
        var refused = Should.Throw<DataFolderException>(() => DataFolder.Open(_folder.FullName));
        refused.IsTaken.ShouldBeTrue();
        refused.Message.ShouldContain(Environment.ProcessId.ToString());
    }

    [Theory]
    [InlineData("10 20 30", "10 20 30")]
    [InlineData("- - -", "1048576 2097152 3145728")]
    [InlineData("10 - 20", "10 15 20")]
    [InlineData("30 10 20", "5 10 20")]
    [InlineData("10 - 11", "1048576 2097152 3145728")]
    public void Order_Assign_MovesAsFewAsPossible(string current, string expected) =>
        string.Join(' ', ItemOrder.Assign([.. current.Split(' ').Select(text => text == "-" ? (long?)null : long.Parse(text))]))
            .ShouldBe(expected);

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    /// <summary>A factory that a start without EF Core does not ask.</summary>
    private sealed class NoContexts : IDbContextFactory<ApplianceDbContext>
    {
        public ApplianceDbContext CreateDbContext() => throw new InvalidOperationException("EF Core is not needed here.");
    }

    /// <summary>A database that keeps one waiting who opens it.</summary>
    private sealed class HeldDatabase(IDatabase database) : IDatabase
    {
        private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Holds { get; set; }

        public int Asked { get; private set; }

        public void GoOn() => (Holds, _) = (false, _goOn.TrySetResult());

        public ApplianceDbContext CreateDbContext()
        {
            Asked++;
            return database.CreateDbContext();
        }

        public async ValueTask<Microsoft.Data.Sqlite.SqliteConnection> OpenAsync(CancellationToken cancellationToken)
        {
            Asked++;
            if (Holds)
                await _goOn.Task.WaitAsync(cancellationToken);
            return await database.OpenAsync(cancellationToken);
        }
    }

    private static ContextFactory Contexts(DataFolder data) => new(data.Database);

    private static async Task<ConfigStore> OpenAsync(DataFolder data)
    {
        await new DatabaseMigrator(data, Contexts(data)).MigrateAsync(CancellationToken.None);
        return new(Contexts(data), TimeProvider.System);
    }

    private static ValidConfig Valid(ProxyConfig config) => new ConfigValidator().Check(ProxyConfig.Empty, config).Valid!;

    private static async Task<ConfigRevision> SaveAsync(ConfigStore store, ProxyConfig config) =>
        (await store.CommitAsync(Valid(config), await store.ReadHeadAsync(CancellationToken.None), _info, CancellationToken.None))
            .ShouldBeOfType<CommitResult.Saved>()
            .Revision;
}
