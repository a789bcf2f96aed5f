using Appliance.Data.Audit;
using Appliance.Testing;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Tests.Audit;

/// <summary>
/// What somebody does who can write the database file, and who finds it: verify alone, or only with a hash that was kept elsewhere.
/// docs/features/audit.md has the same table; a test compares them.
/// </summary>
public sealed class AuditTamperingTests : StoresUnderTest
{
    private const string Zeros = "'0000000000000000000000000000000000000000000000000000000000000000'";
    private const string Columns = "AtUtc, Actor, \"From\", Action, Target, Before, After, Result, PreviousHash, Hash";

    // Entries 1 to 5, a cut of 1 to 3 (entry 6), entries 7 and 8, a cut of 4 to 6 (entry 9), entries 10 and 11. Left are 7 to 11.
    private const int Newest = 11;

    // The first column is the docs' words; a row that begins with "+" is another way to do the same. "found" is by verify alone, "kept"
    // with --expect only.
    private static readonly (string Deed, string Finds, string Sql)[] _deeds =
    [
        ("changes a field of an entry", "found", "UPDATE AuditEntries SET Actor = 'eve' WHERE Id = 8"),
        ("+ from", "found", "UPDATE AuditEntries SET \"From\" = 'x' WHERE Id = 8"),
        ("+ action", "found", "UPDATE AuditEntries SET Action = 'x' WHERE Id = 8"),
        ("+ target", "found", "UPDATE AuditEntries SET Target = 'x' WHERE Id = 8"),
        ("+ before, from nothing to empty", "found", "UPDATE AuditEntries SET Before = '' WHERE Id = 8"),
        ("+ after, to nothing", "found", "UPDATE AuditEntries SET After = NULL WHERE Id = 8"),
        ("+ result", "found", "UPDATE AuditEntries SET Result = 'ok ' WHERE Id = 8"),
        ("+ time", "found", "UPDATE AuditEntries SET AtUtc = '2020-01-01 00:00:00' WHERE Id = 8"),
        ("+ hash", "found", "UPDATE AuditEntries SET Hash = PreviousHash WHERE Id = 8"),
        ("+ hash in capitals", "found", "UPDATE AuditEntries SET Hash = upper(Hash) WHERE Id = 8"),
        ("+ hashes, to nothing", "found", "UPDATE AuditEntries SET Hash = NULL, PreviousHash = NULL WHERE Id = 8"),
        ("+ number", "found", "UPDATE AuditEntries SET Id = 12 WHERE Id = 11"),
        ("+ the newest entry's text", "found", "UPDATE AuditEntries SET Target = 'x' WHERE Id = 11"),
        (
            "writes the same in another form, to hide from filters",
            "found",
            "UPDATE AuditEntries SET Actor = CAST(Actor AS BLOB) WHERE Id = 8"
        ),
        ("+ a time with a T", "found", "UPDATE AuditEntries SET AtUtc = replace(AtUtc, ' ', 'T') WHERE Id = 8"),
        ("+ a time with a zone", "found", "UPDATE AuditEntries SET AtUtc = AtUtc || '+00:00' WHERE Id = 8"),
        ("+ a time with a nought behind it", "found", "UPDATE AuditEntries SET AtUtc = AtUtc || '0' WHERE Id = 8"),
        ("+ a fraction of nothing", "found", "UPDATE AuditEntries SET AtUtc = substr(AtUtc, 1, 19) || '.000' WHERE Id = 8"),
        ("+ a time that is none", "found", "UPDATE AuditEntries SET AtUtc = '2026-02-31 00:00:00' WHERE Id = 8"),
        ("+ a time that is a number", "found", "UPDATE AuditEntries SET AtUtc = x'00' WHERE Id = 8"),
        ("deletes entries in the middle", "found", "DELETE FROM AuditEntries WHERE Id = 8"),
        (
            "+ and moves the anchor there",
            "found",
            "UPDATE AuditChains SET AnchorId = 8, AnchorHash = (SELECT Hash FROM AuditEntries WHERE Id = 8); DELETE FROM AuditEntries "
                + "WHERE Id = 8"
        ),
        ("puts an entry in", "found", $"INSERT INTO AuditEntries (Id, {Columns}) SELECT 12, {Columns} FROM AuditEntries WHERE Id = 11"),
        ("+ before the oldest", "found", $"INSERT INTO AuditEntries (Id, {Columns}) SELECT 6, {Columns} FROM AuditEntries WHERE Id = 11"),
        (
            "+ with a number below zero",
            "found",
            $"INSERT INTO AuditEntries (Id, {Columns}) SELECT -1, {Columns} FROM AuditEntries WHERE Id = 11"
        ),
        (
            "+ with a number twice, in a table without its key",
            "found",
            "CREATE TABLE Other AS SELECT * FROM AuditEntries; INSERT INTO Other SELECT * FROM AuditEntries WHERE Id = 8; DROP TABLE "
                + "AuditEntries; ALTER TABLE Other RENAME TO AuditEntries"
        ),
        (
            "+ without a number",
            "found",
            $"CREATE TABLE Other AS SELECT * FROM AuditEntries; INSERT INTO Other (Id, {Columns}) SELECT NULL, {Columns} FROM "
                + "AuditEntries WHERE Id = 8; "
                + "DROP TABLE AuditEntries; ALTER TABLE Other RENAME TO AuditEntries"
        ),
        (
            "swaps two entries",
            "found",
            "UPDATE AuditEntries SET Id = -Id WHERE Id IN (7, 8); UPDATE AuditEntries SET Id = 8 WHERE Id = -7; UPDATE AuditEntries "
                + "SET Id = 7 WHERE Id = -8"
        ),
        ("deletes the oldest entries", "found", "DELETE FROM AuditEntries WHERE Id = 7"),
        (
            "deletes the oldest entries and moves the anchor",
            "found",
            "UPDATE AuditChains SET AnchorId = 7, AnchorHash = (SELECT Hash FROM AuditEntries WHERE Id = 7); DELETE FROM AuditEntries "
                + "WHERE Id <= 7"
        ),
        (
            "+ to the newest cut",
            "found",
            "UPDATE AuditChains SET AnchorId = 9, AnchorHash = (SELECT Hash FROM AuditEntries WHERE Id = 9); DELETE FROM AuditEntries "
                + "WHERE Id <= 9"
        ),
        ("+ to the end", "found", "UPDATE AuditChains SET AnchorId = LastId, AnchorHash = LastHash; DELETE FROM AuditEntries"),
        (
            "moves the anchor without deleting",
            "found",
            "UPDATE AuditChains SET AnchorId = 7, AnchorHash = (SELECT Hash FROM AuditEntries WHERE Id = 7)"
        ),
        ("+ back to the beginning", "found", $"UPDATE AuditChains SET AnchorId = 0, AnchorHash = {Zeros}"),
        ("+ its hash alone", "found", $"UPDATE AuditChains SET AnchorHash = {Zeros}"),
        (
            "changes what a cut says",
            "found",
            "UPDATE AuditChains SET AnchorId = 7, AnchorHash = (SELECT Hash FROM AuditEntries WHERE Id = 7); DELETE FROM AuditEntries "
                + "WHERE Id <= 7; "
                + "UPDATE AuditEntries SET Target = 'entries up to 7', After = (SELECT 'anchor ' || AnchorHash FROM AuditChains) "
                + "WHERE Id = 9"
        ),
        ("deletes the newest entries", "found", "DELETE FROM AuditEntries WHERE Id >= 10"),
        ("deletes everything", "found", "DELETE FROM AuditEntries"),
        ("deletes the record of the end, or puts another beside it", "found", "DELETE FROM AuditChains"),
        (
            "+ another",
            "found",
            "INSERT INTO AuditChains (Id, LastId, LastHash, AnchorId, AnchorHash) SELECT 0, 9, (SELECT Hash FROM AuditEntries WHERE "
                + "Id = 9), AnchorId, AnchorHash FROM AuditChains; "
                + "DELETE FROM AuditEntries WHERE Id > 9"
        ),
        (
            "+ to nothing",
            "found",
            "CREATE TABLE Other AS SELECT 1 AS Id, 11 AS LastId, NULL AS LastHash, 6 AS AnchorId, AnchorHash FROM AuditChains; DROP "
                + "TABLE AuditChains; ALTER TABLE Other RENAME TO AuditChains"
        ),
        ("removes a table or a column", "found", "DROP TABLE AuditEntries"),
        ("+ the other table", "found", "DROP TABLE AuditChains"),
        ("+ a column", "found", "ALTER TABLE AuditEntries DROP COLUMN Before"),
        (
            "+ puts a view in its place",
            "found",
            "ALTER TABLE AuditEntries RENAME TO Other; CREATE VIEW AuditEntries AS SELECT * FROM Other WHERE Actor <> 'eve'"
        ),
        (
            "adds a trigger that swallows entries",
            "found",
            "CREATE TRIGGER Gone AFTER INSERT ON AuditEntries WHEN NEW.Actor = 'eve' BEGIN DELETE FROM AuditEntries WHERE Id = NEW.Id; END"
        ),
        (
            "deletes the newest entries and moves the recorded end",
            "kept",
            "DELETE FROM AuditEntries WHERE Id >= 10; UPDATE AuditChains SET LastId = 9, LastHash = (SELECT Hash FROM AuditEntries "
                + "WHERE Id = 9)"
        ),
        (
            "empties the audit to its beginning",
            "kept",
            $"DELETE FROM AuditEntries; UPDATE AuditChains SET AnchorId = 0, AnchorHash = {Zeros}, LastId = 0, LastHash = {Zeros}"
        ),
        ("+ with the record of the end", "kept", "DELETE FROM AuditEntries; DELETE FROM AuditChains"),
        (
            "writes the chain again from a changed entry on, with new hashes",
            "kept",
            "UPDATE AuditEntries SET Actor = 'eve' WHERE Id = 8; --again"
        ),
        (
            "+ that deletes entries, and forges the cut that tells of it",
            "kept",
            "DELETE FROM AuditEntries WHERE Id = 7; UPDATE AuditChains SET AnchorId = 7, AnchorHash = (SELECT PreviousHash FROM "
                + "AuditEntries WHERE Id = 8); "
                + "UPDATE AuditEntries SET Target = 'entries up to 7', After = (SELECT 'anchor ' || AnchorHash FROM AuditChains) "
                + "WHERE Id = 9; --again"
        ),
        ("puts an older copy of the database back", "kept", "--older"),
    ];

    private string Older => Path.Combine(Path.GetDirectoryName(Folder.Database)!, "older.db"); // it is in a folder

    public static TheoryData<string, string, string> All()
    {
        var data = new TheoryData<string, string, string>();
        foreach (var (deed, finds, sql) in _deeds)
            data.Add(deed, finds, sql);
        return data;
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Verify_Tampered_IsFoundByWhatTheDocsSay(string deed, string finds, string sql)
    {
        var kept = await WriteAsync();
        (await FoundAsync(null)).ShouldBeNull("nothing was done yet");
        (await FoundAsync(kept)).ShouldBeNull("nothing was done yet");
        await DoAsync(sql);
        if (finds == "found")
            (await FoundAsync(null)).ShouldNotBeNull(deed);
        else
            (await FoundAsync(null)).ShouldBeNull($"{deed}: if verify alone finds it now, say so in the docs");
        (await FoundAsync(kept)).ShouldNotBeNull(deed);
    }

    [Fact]
    public void Docs_TableOfTampering_IsThisOne()
    {
        var rows = File.ReadLines(Path.Combine(Repository.Root, "docs", "features", "audit.md"))
            .SkipWhile(line => !line.StartsWith("| somebody who can write the database", StringComparison.Ordinal))
            .Skip(2)
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .ToList();
        rows.Select(cells => $"{cells[1]}: {cells[2]}, {cells[3]}")
            .ShouldBe([
                .. _deeds
                    .Where(deed => deed.Deed[0] != '+')
                    .Select(deed => $"{deed.Deed}: {(deed.Finds == "found" ? "found" : "not found")}, found"),
            ]);
    }

    [Fact]
    public async Task Migrate_EntriesWithHashesButWithoutTheirEnd_AreNotLinkedAgain()
    {
        await WriteAsync();
        await DoAsync("UPDATE AuditEntries SET Actor = 'eve' WHERE Id = 8; DELETE FROM AuditChains");
        await using (var db = Contexts.CreateDbContext())
            await AuditChain.AdoptAsync(db, default);
        (await FoundAsync(null)).ShouldBe("0: the record of the chain's end is missing");
    }

    [Fact]
    public async Task Append_WithoutTheRecordOfTheEnd_IsWrittenAndFound()
    {
        await WriteAsync();
        await DoAsync("DELETE FROM AuditChains");
        await AddAsync();
        (await Audit.ListAsync(new(), 1, null, Boss, default))[0].Id.ShouldBe(Newest + 1);
        (await FoundAsync(null)).ShouldNotBeNull();
    }

    private async Task<string?> WriteAsync()
    {
        for (var number = 1; number <= 5; number++)
        {
            Time.Advance(TimeSpan.FromDays(1));
            await AddAsync();
        }

        await CutToAsync(3);
        Time.Advance(TimeSpan.FromDays(1));
        await AddAsync();
        Time.Advance(TimeSpan.FromDays(1));
        await AddAsync();
        await CutToAsync(6);
        await using (var db = Contexts.CreateDbContext())
            await db.Database.ExecuteSqlAsync($"VACUUM INTO {Older}");
        await AddAsync();
        await AddAsync();
        var newest = (await Audit.ListAsync(new(), 1, null, Boss, default))[0];
        newest.Id.ShouldBe(Newest);
        return newest.Hash;
    }

    private Task AddAsync() =>
        Audit.AddAsync(
            new()
            {
                Actor = "ann",
                From = "local",
                Action = "test",
                Target = "thing",
                After = "after",
                Result = "ok",
            },
            default
        );

    // Retention whose limit lies half a day behind that entry.
    private async Task CutToAsync(long last)
    {
        var entry = (await Audit.FindAsync(last, Boss, default)).ShouldNotBeNull();
        (await Audit.CutAsync(Time.GetUtcNow().UtcDateTime - entry.AtUtc - TimeSpan.FromHours(12), Boss, default)).ShouldBeGreaterThan(0);
    }

    // What is found, or null: a chain that fits together is a fault, too, when the hash that was kept is nowhere.
    private async Task<string?> FoundAsync(string? kept) =>
        await Audit.VerifyAsync(kept, null, Boss, default) switch
        {
            AuditVerdict.Broken broken => $"{broken.EntryId}: {broken.Reason}",
            AuditVerdict.Intact intact => kept is not null && intact.ExpectedAt is null ? "the hash is gone" : null,
            _ => throw new InvalidOperationException(),
        };

    private async Task DoAsync(string sql)
    {
        if (sql == "--older")
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            File.Delete(Folder.Database + "-wal");
            File.Delete(Folder.Database + "-shm");
            File.Copy(Older, Folder.Database, overwrite: true);
            return;
        }

        await using var db = Contexts.CreateDbContext();
        await db.Database.ExecuteSqlRawAsync(sql);
        if (!sql.EndsWith("--again", StringComparison.Ordinal))
            return;
        var chain = await db.AuditChains.SingleAsync();
        var hash = chain.AnchorHash;
        foreach (var entry in await db.AuditEntries.OrderBy(entry => entry.Id).ToListAsync())
        {
            entry.PreviousHash = hash;
            hash = entry.Hash = AuditChain.HashOf(entry);
        }

        chain.LastHash = hash;
        await db.SaveChangesAsync();
    }
}
