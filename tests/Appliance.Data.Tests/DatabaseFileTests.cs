using Appliance.Data.Audit;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Tests;

/// <summary>A file that somebody changes past SQLite is noticed; what SQLite itself does to it is not taken for that.</summary>
public sealed class DatabaseFileTests : StoresUnderTest
{
    [Theory]
    [InlineData("empty", "was emptied")]
    [InlineData("half", "was overwritten by another program while")]
    [InlineData("text", "was overwritten by another program, and is no database any more")]
    [InlineData("older", "was overwritten by another program while")]
    public async Task Fault_ChangedInPlace_IsSaidAndStays(string how, string sentence)
    {
        if (!OperatingSystem.IsLinux())
            return;
        await WriteAsync(1);
        await CheckpointAsync("TRUNCATE");
        var older = await File.ReadAllBytesAsync(Folder.Database);
        await WriteAsync(300);
        await CheckpointAsync("TRUNCATE");
        var now = await File.ReadAllBytesAsync(Folder.Database);
        using var file = DatabaseFile.Open(Folder.Database);
        await WriteAsync(3);
        file.Fault().ShouldBeNull();
        Overwrite(how switch
        {
            "empty" => [],
            "half" => now[..(now.Length / 2)],
            "text" => [.. Enumerable.Repeat((byte)'x', now.Length)],
            _ => older,
        });
        file.Fault().ShouldNotBeNull().ShouldStartWith($"The database file {Folder.Database} {sentence}");
        Should.Throw<SqliteException>(() => new ContextFactory(SqliteSetup.Options(Folder.Database), file).CreateDbContext()).Message.ShouldContain("Stop Appliance and put a backup in its place");

        // Even where everything of before is there again: what SQLite did meanwhile is not known.
        Overwrite(now);
        file.Fault().ShouldNotBeNull();
    }

    [Fact]
    public async Task Fault_WhatSqliteDoesItself_IsNone()
    {
        using var file = DatabaseFile.Open(Folder.Database);
        foreach (var mode in new[] { "PASSIVE", "FULL", "RESTART", "TRUNCATE" })
        {
            await WriteAsync(200);
            file.Fault().ShouldBeNull();
            await CheckpointAsync(mode);
            file.Fault().ShouldBeNull(mode);
        }

        await using (var db = Contexts.CreateDbContext())
        {
            await db.Database.ExecuteSqlRawAsync("CREATE TABLE more (x); DROP TABLE more; VACUUM");
            file.Fault().ShouldBeNull();
            await CheckpointAsync("TRUNCATE");
        }

        file.Fault().ShouldBeNull("a file that became smaller by VACUUM");
        File.SetLastWriteTimeUtc(Folder.Database, DateTime.UtcNow);
        file.Fault().ShouldBeNull("touched");
    }

    [Fact]
    public async Task Fault_WhileOthersWrite_IsNone()
    {
        using var file = DatabaseFile.Open(Folder.Database);
        var writing = Task.Run(async () =>
        {
            for (var round = 0; round < 40; round++)
            {
                await WriteAsync(50);
                await CheckpointAsync(round % 2 == 0 ? "PASSIVE" : "TRUNCATE");
            }
        });
        while (!writing.IsCompleted)
            file.Fault().ShouldBeNull();
        await writing;
    }

    private void Overwrite(byte[] content)
    {
        // As cp does: the same file with other content.
        using var file = new FileStream(Folder.Database, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.SetLength(0);
        file.Write(content);
    }

    private async Task WriteAsync(int entries)
    {
        await using var db = Contexts.CreateDbContext();
        for (var entry = 0; entry < entries; entry++)
            AuditLog.Append(db, new() { Actor = "a", From = "local", Action = "test", Target = new string('t', 200), Result = "ok" });
        await db.SaveChangesAsync();
    }

    private async Task CheckpointAsync(string mode)
    {
        await using var connection = new SqliteConnection($"Data Source={Folder.Database};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"PRAGMA wal_checkpoint({mode})";
        await command.ExecuteNonQueryAsync();
    }
}
