using System.Diagnostics;
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
        Overwrite(
            how switch
            {
                "empty" => [],
                "half" => now[..(now.Length / 2)],
                "text" => [.. Enumerable.Repeat((byte)'x', now.Length)],
                _ => older,
            }
        );
        file.Fault().ShouldNotBeNull().ShouldStartWith($"The database file {Folder.Database} {sentence}");
        Should
            .Throw<SqliteException>(() => new ContextFactory(Folder.Database, file).CreateDbContext())
            .Message.ShouldContain("Stop Appliance and put a backup in its place");

        // Even where everything of before is there again: what SQLite did meanwhile is not known.
        Overwrite(now);
        file.Fault().ShouldNotBeNull();
    }

    // Closing a handle of a file gives away every lock that this process has on it: a pooled connection without its lock reads a log that
    // was deleted.
    [Fact]
    public async Task Dispose_AnotherProcessWritesAndLeaves_IsRead()
    {
        using (var file = DatabaseFile.Open(Folder.Database))
        {
            await WriteAsync(1);
            file.Fault().ShouldBeNull();
        }

        // The first one that leaves takes the log along, if nobody else holds it; the second begins another, and is still there.
        using (var first = new Outsider(Folder.Database))
            (await first.SayAsync("CREATE TABLE from_outside (x); SELECT 'done';")).ShouldBe("done");
        using var second = new Outsider(Folder.Database);
        (await second.SayAsync("INSERT INTO from_outside VALUES (7); SELECT 'done';")).ShouldBe("done");
        await using var db = Contexts.CreateDbContext();
        (await db.Database.SqlQueryRaw<int>("SELECT x AS Value FROM from_outside").SingleAsync()).ShouldBe(7);
    }

    private sealed class Outsider : IDisposable
    {
        private readonly Process _process;

        public Outsider(string database) =>
            _process = Process.Start(
                new ProcessStartInfo("sqlite3")
                {
                    ArgumentList = { database },
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                }
            )!;

        public async Task<string?> SayAsync(string statements)
        {
            await _process.StandardInput.WriteLineAsync(statements);
            await _process.StandardInput.FlushAsync();
            return await _process.StandardOutput.ReadLineAsync();
        }

        public void Dispose()
        {
            _process.StandardInput.Close();
            _process.WaitForExit();
            _process.Dispose();
        }
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
            AuditLog.Append(
                db,
                new()
                {
                    Actor = "a",
                    From = "local",
                    Action = "test",
                    Target = new string('t', 200),
                    Result = "ok",
                }
            );
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
