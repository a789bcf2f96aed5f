using Appliance.Data.Audit;
using Appliance.Data.Migrations;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Tests;

public sealed class DataFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("appliance-folder-").FullName;

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Open_HeldByAnother_NamesItsProcess()
    {
        using var first = DataFolder.Open(_folder);
        var refused = Should.Throw<DataFolderException>(() => DataFolder.Open(_folder));
        refused.IsTaken.ShouldBeTrue();
        refused.Message.ShouldContain($"in use by process {Environment.ProcessId};");
    }

    [Fact]
    public async Task OpenPatiently_ACommandHoldsIt_WaitsForItsEndAndSaysSoOnce()
    {
        List<string> said = [];
        var command = DataFolder.Open(_folder, isCommand: true);
        var starting = DataFolder.OpenPatientlyAsync(_folder, Hear, TimeProvider.System, default);
        starting.IsCompleted.ShouldBeFalse();
        command.Dispose();
        using var opened = await starting;
        said.ShouldBe([$"Waiting for process {Environment.ProcessId}, a command that uses the data folder."]);
        Should.Throw<DataFolderException>(() => DataFolder.Open(_folder)).IsByCommand.ShouldBeFalse();

        Task Hear(string sentence)
        {
            said.Add(sentence);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task OpenPatiently_AServerHoldsIt_RefusesSoonWithoutAWord()
    {
        using var first = DataFolder.Open(_folder);
        var refused = await Should.ThrowAsync<DataFolderException>(() =>
            DataFolder.OpenPatientlyAsync(_folder, _ => throw new InvalidOperationException("Said."), TimeProvider.System, default)
        );
        refused.Message.ShouldContain($"in use by process {Environment.ProcessId};");
    }

    [Fact]
    public void Open_HolderHasNotWrittenItsNumber_IsTakenAllTheSame()
    {
        using var first = DataFolder.Open(_folder);
        File.WriteAllText(Path.Combine(_folder, "appliance.pid"), "");
        var refused = Should.Throw<DataFolderException>(() => DataFolder.Open(_folder));
        (refused.IsTaken, refused.Holder).ShouldBe((true, null));
        refused.Message.ShouldContain("in use by another process;");
    }

    [Fact]
    public async Task Open_FolderOfEverybody_NothingInItCanBeReadByOthers()
    {
        if (OperatingSystem.IsWindows())
            return;
        const UnixFileMode everybody = (UnixFileMode)0b111_101_101;
        const UnixFileMode others = (UnixFileMode)0b000_000_111;
        File.SetUnixFileMode(_folder, everybody);
        var old = Path.Combine(_folder, "last-good.json");
        File.WriteAllText(old, "{}");
        File.SetUnixFileMode(old, (UnixFileMode)0b110_100_100);
        using var opened = DataFolder.Open(_folder);
        (File.GetUnixFileMode(_folder) & others).ShouldBe(UnixFileMode.None);
        var contexts = new ContextFactory(opened.Database);
        await new DatabaseMigrator(opened, contexts).MigrateAsync(default);
        await using (var db = contexts.CreateDbContext())
        {
            // Its log and its index exist while somebody has it open; a connection that went back to its pool, other tests close.
            await db.Database.OpenConnectionAsync();
            AuditLog.Append(
                db,
                new()
                {
                    Actor = "a",
                    From = "local",
                    Action = "test",
                    Target = "",
                    Result = "ok",
                }
            );
            await db.SaveChangesAsync();
            var files = Directory.GetFiles(_folder);
            files
                .Select(Path.GetFileName)
                .ShouldBe(
                    ["appliance.db", "appliance.db-shm", "appliance.db-wal", "appliance.lock", "appliance.pid", "last-good.json"],
                    ignoreOrder: true
                );
            foreach (var file in files)
                File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
        }
    }

    [Fact]
    public void Open_FolderOfAGroup_IsTightenedToItsOwner()
    {
        if (OperatingSystem.IsWindows())
            return;
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_111_000);
        var old = Path.Combine(_folder, "last-good.json");
        File.WriteAllText(old, "{}");
        File.SetUnixFileMode(old, (UnixFileMode)0b110_110_000);
        using var opened = DataFolder.Open(_folder);
        File.GetUnixFileMode(_folder).ShouldBe((UnixFileMode)0b111_000_000);
        File.GetUnixFileMode(old).ShouldBe((UnixFileMode)0b110_000_000);
    }

    [Theory]
    [InlineData("appliance.db")]
    [InlineData("appliance.db-wal")]
    [InlineData("appliance.pid")]
    [InlineData("appliance.lock")]
    [InlineData("last-good.json")]
    [InlineData("last-good.json.new")]
    [InlineData("master.key")]
    [InlineData("control")]
    [InlineData("acme")]
    public async Task Open_SomethingElseInThePlaceOfOurs_IsRefusedWithItsNameAndNotFollowed(string name)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var place = Path.Combine(_folder, name);
        var outside = Directory.CreateTempSubdirectory("appliance-outside-");
        var victim = Path.Combine(outside.FullName, "victim");
        await File.WriteAllTextAsync(victim, "untouched");
        File.CreateSymbolicLink(place, name is "control" or "acme" ? outside.FullName : victim);
        var refused = Should.Throw<DataFolderException>(() => DataFolder.Open(_folder));
        refused.Message.ShouldStartWith($"The data folder {_folder} cannot be used ({name} in it is a link, in the place of a ");
        refused.IsTaken.ShouldBeFalse();
        (await File.ReadAllTextAsync(victim)).ShouldBe("untouched");
        outside.Delete(recursive: true);
        File.Delete(place);

        using (var made = System.Diagnostics.Process.Start("mkfifo", [place]))
            await made.WaitForExitAsync();
        var opening = Task.Run(() => Should.Throw<DataFolderException>(() => DataFolder.Open(_folder)));
        (await opening.WaitAsync(TimeSpan.FromSeconds(60))).Message.ShouldContain($"{name} in it is a pipe, a socket or a device");
        File.Delete(place);
        using var opened = DataFolder.Open(_folder);
    }

    // As on a disk that is read-only or full: the lock's file cannot be had, and nobody holds it. A link to itself is refused by the system
    // in the same way.
    [Fact]
    public void Open_LockCannotBeHad_DoesNotBlameAProcessThatIsGone()
    {
        File.WriteAllText(Path.Combine(_folder, "appliance.pid"), "4711");
        var lockFile = Path.Combine(_folder, "appliance.lock");
        File.CreateSymbolicLink(lockFile, lockFile);
        var refused = Should.Throw<DataFolderException>(() => DataFolder.Open(_folder));
        refused.IsTaken.ShouldBeFalse();
        refused.Message.ShouldNotContain("4711");
        refused.Message.ShouldStartWith($"The data folder {_folder} cannot be used (");
    }
}
