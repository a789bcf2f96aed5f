using Appliance.Data.Accounts;
using Appliance.Data.Audit;
using Appliance.Data.Migrations;
using Appliance.Data.Rights;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Appliance.Data.Tests.Migrations;

/// <summary>A database as the version before people, sessions and the audit's chain left it.</summary>
public sealed class UpgradeFromAccountsTests : IAsyncLifetime
{
    private const string Old = "20261124021916_Accounts";
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("appliance-upgrade-");
    private DataFolder _folder = null!; // made before every test
    private ContextFactory _contexts = null!; // made before every test

    public async Task InitializeAsync()
    {
        _folder = DataFolder.Open(_directory.FullName);
        _contexts = new(_folder.Database);
        await using var db = _contexts.CreateDbContext();
        await db.GetService<IMigrator>().MigrateAsync(Old);
        await db.Database.ExecuteSqlRawAsync(
            """
            INSERT INTO Accounts (Id, Name, NormalizedName, PasswordHash, Role, SessionStamp, FailedSignIns, LockedUntilUtc, CreatedUtc, LastSignInUtc)
            VALUES (7, 'Ann', 'ANN', 'stored-hash', 'administrator', '0123456789abcdef', 2, NULL, '2026-11-01 08:00:00', '2026-11-20 08:00:00.1234567');
            INSERT INTO AuditEntries (Id, AtUtc, Actor, "From", Action, Target, Before, After, Result, PreviousHash, Hash) VALUES
                (1, '2026-11-01 08:00:00.1234567', 'Ann', '192.0.2.1', 'setup', 'Ann', NULL, NULL, 'ok', NULL, NULL),
                (2, '2026-11-01 08:01:00', 'Ann', '192.0.2.1', 'config.console', 'revision 1', '0', '1', 'ok: 1 added', NULL, NULL),
                (3, '2026-11-02 09:00:00.5', 'unknown', '192.0.2.66', 'sign_in', '', NULL, NULL, 'wrong', NULL, NULL);
            """
        );
    }

    public Task DisposeAsync()
    {
        _folder.Dispose();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _directory.Delete(recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Migrate_OldEntries_AreAdoptedIntoTheChainAndItGoesOn()
    {
        await MigrateAsync();
        var audit = new AuditStore(_contexts, TimeProvider.System);
        var intact = (await audit.VerifyAsync(Actor.Local("test"), default)).ShouldBeOfType<AuditVerdict.Intact>();
        (intact.Count, intact.LastId, intact.AnchorId).ShouldBe((3, 3, 0));
        await audit.AddAsync(
            new()
            {
                Actor = "Ann",
                From = "192.0.2.1",
                Action = "sign_in",
                Target = "Ann",
                Result = "ok",
            },
            default
        );
        (await audit.VerifyAsync(Actor.Local("test"), default)).ShouldBeOfType<AuditVerdict.Intact>().LastId.ShouldBe(4);
        var entries = (await audit.ListAsync(new(), 10, null, Actor.Local("test"), default)).Reverse().ToList();
        entries.Select(entry => entry.Action).ShouldBe(["setup", "config.console", "sign_in", "sign_in"]);
        entries.Select(entry => entry.PreviousHash).ShouldBe([AuditChain.Beginning, .. entries.Take(3).Select(entry => entry.Hash)]);
        entries[1].After.ShouldBe("1");
        entries[0].AtUtc.ShouldBe(new DateTime(2026, 11, 1, 8, 0, 0).AddMicroseconds(123456));
    }

    [Fact]
    public async Task Migrate_TheAccount_IsAnAdministratorOfEverythingAndItsStampIsGone()
    {
        await MigrateAsync();
        var account = (await new AccountStore(_contexts, TimeProvider.System).FindAsync(7, default)).ShouldNotBeNull();
        account.Scope.ShouldBe("");
        (account.Role, account.Grant.Reach.IsEverything, account.Disabled, account.MustChangePassword).ShouldBe(
            (Role.Administrator, true, false, false)
        );
        (account.Name, account.PasswordHash, account.FailedSignIns, account.SecondFactor, account.Provider).ShouldBe(
            ("Ann", "stored-hash", 2, null, null)
        );
        (
            await new AccountStore(_contexts, TimeProvider.System).SignInAsync("ann", hash => hash == "stored-hash", "192.0.2.1", default)
        ).ShouldBeOfType<SignInResult.Welcome>();
    }

    [Fact]
    public async Task Migrate_KilledBeforeTheEntriesWereAdopted_DoesItAtTheNextStart()
    {
        await using (var db = _contexts.CreateDbContext())
        {
            // What the migrator leaves when it is killed between its steps: the copy, the mark, and a database that is of the new model
            // already.
            await db.Database.ExecuteSqlAsync($"VACUUM INTO {_folder.In("appliance.db.before-migration")}");
            await File.WriteAllTextAsync(_folder.In("appliance.db.migrating"), "People");
            await db.GetService<IMigrator>().MigrateAsync();
        }

        await MigrateAsync();
        (await new AuditStore(_contexts, TimeProvider.System).VerifyAsync(Actor.Local("test"), default))
            .ShouldBeOfType<AuditVerdict.Intact>()
            .Count.ShouldBe(3);
    }

    private Task MigrateAsync() => new DatabaseMigrator(_folder, _contexts).MigrateAsync(CancellationToken.None);
}
