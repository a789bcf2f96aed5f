using Appliance.Data.Audit;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Tests.Audit;

public sealed class AuditChainTests : StoresUnderTest
{
    [Fact]
    public async Task Verify_Untouched_IsIntactWithItsEnd()
    {
        (await Audit.VerifyAsync(Boss, default)).ShouldBeOfType<AuditVerdict.Intact>().Count.ShouldBe(0);
        await AddAsync(5);
        var intact = (await Audit.VerifyAsync(Boss, default)).ShouldBeOfType<AuditVerdict.Intact>();
        (intact.Count, intact.LastId, intact.AnchorId).ShouldBe((5, 5, 0));
        intact.LastHash.ShouldBe((await Audit.ListAsync(new(), 1, null, Boss, default))[0].Hash);
    }

    [Theory]
    [InlineData("UPDATE AuditEntries SET Actor = 'eve' WHERE Id = 3", 3)]
    [InlineData("UPDATE AuditEntries SET \"From\" = 'x' WHERE Id = 3", 3)]
    [InlineData("UPDATE AuditEntries SET Action = 'x' WHERE Id = 3", 3)]
    [InlineData("UPDATE AuditEntries SET Target = 'x' WHERE Id = 3", 3)]
    [InlineData("UPDATE AuditEntries SET Before = '' WHERE Id = 3", 3)]
    [InlineData("UPDATE AuditEntries SET After = NULL WHERE Id = 3", 3)]
    [InlineData("UPDATE AuditEntries SET Result = 'ok ' WHERE Id = 3", 3)]
    [InlineData("UPDATE AuditEntries SET AtUtc = '2020-01-01 00:00:00' WHERE Id = 3", 3)]
    [InlineData("UPDATE AuditEntries SET Hash = PreviousHash WHERE Id = 3", 3)]
    [InlineData("UPDATE AuditEntries SET Hash = NULL, PreviousHash = NULL WHERE Id = 3", 3)]
    [InlineData("UPDATE AuditEntries SET Id = 9 WHERE Id = 5", 9)]
    [InlineData("DELETE FROM AuditEntries WHERE Id = 1", 2)]
    [InlineData("DELETE FROM AuditEntries WHERE Id = 3", 4)]
    [InlineData("DELETE FROM AuditEntries WHERE Id = 5", 5)]
    [InlineData("DELETE FROM AuditEntries", 1)]
    [InlineData("DELETE FROM AuditChains", 0)]
    [InlineData(
        "INSERT INTO AuditEntries (Id, AtUtc, Actor, \"From\", Action, Target, Before, After, Result, PreviousHash, Hash) SELECT 6, "
            + "AtUtc, Actor, \"From\", Action, Target, Before, After, Result, PreviousHash, Hash FROM AuditEntries WHERE Id = 5",
        6
    )]
    public async Task Verify_Tampered_SaysWhere(string sql, long at)
    {
        await AddAsync(5);
        await using (var db = Contexts.CreateDbContext())
            (await db.Database.ExecuteSqlRawAsync(sql)).ShouldBeGreaterThan(0);
        (await Audit.VerifyAsync(Boss, default)).ShouldBeOfType<AuditVerdict.Broken>().EntryId.ShouldBe(at);
    }

    // Entries 1 to 5, a cut of 1 to 3 (entry 6), entries 7 and 8, a cut of 4 to 6 (entry 9), entry 10.
    [Theory]
    [InlineData("", -1)]
    [InlineData(
        "DELETE FROM AuditEntries WHERE Id = 7; UPDATE AuditChains SET AnchorId = 7, AnchorHash = (SELECT PreviousHash FROM "
            + "AuditEntries WHERE Id = 8)",
        7
    )]
    [InlineData(
        "UPDATE AuditChains SET AnchorId = 8, AnchorHash = (SELECT Hash FROM AuditEntries WHERE Id = 8); DELETE FROM AuditEntries "
            + "WHERE Id <= 8",
        8
    )]
    [InlineData(
        "UPDATE AuditChains SET AnchorId = 9, AnchorHash = (SELECT Hash FROM AuditEntries WHERE Id = 9); DELETE FROM AuditEntries "
            + "WHERE Id <= 9",
        9
    )]
    [InlineData("UPDATE AuditChains SET AnchorId = LastId, AnchorHash = LastHash; DELETE FROM AuditEntries", 10)]
    [InlineData("UPDATE AuditChains SET AnchorId = 0, AnchorHash = '0000000000000000000000000000000000000000000000000000000000000000'", 7)]
    [InlineData(
        "UPDATE AuditChains SET AnchorId = 0, AnchorHash = '0000000000000000000000000000000000000000000000000000000000000000', LastId "
            + "= 0, LastHash = '0000000000000000000000000000000000000000000000000000000000000000'; DELETE FROM AuditEntries",
        -1
    )]
    [InlineData(
        "DELETE FROM AuditEntries WHERE Id > 8; UPDATE AuditChains SET LastId = 8, LastHash = (SELECT Hash FROM AuditEntries WHERE Id = 8)",
        6
    )]
    [InlineData(
        "DELETE FROM AuditEntries WHERE Id = 10; UPDATE AuditChains SET LastId = 9, LastHash = (SELECT Hash FROM AuditEntries "
            + "WHERE Id = 9)",
        -1
    )]
    [InlineData(
        "UPDATE AuditEntries SET Id = -Id WHERE Id IN (7, 8); UPDATE AuditEntries SET Id = 8 WHERE Id = -7; UPDATE AuditEntries SET "
            + "Id = 7 WHERE Id = -8",
        7
    )]
    public async Task Verify_TamperedBehindCuts_IsFoundOrNeedsAHashThatWasKept(string sql, long at)
    {
        await AddAsync(5, apart: true);
        await CutToAsync(3);
        await AddAsync(2, apart: true);
        await CutToAsync(6);
        await AddAsync(1);
        var kept = (await Audit.ListAsync(new(), 1, null, Boss, default))[0].Hash;
        if (sql.Length > 0)
        {
            await using var db = Contexts.CreateDbContext();
            (await db.Database.ExecuteSqlRawAsync(sql)).ShouldBeGreaterThan(0);
        }

        var verdict = await Audit.VerifyAsync(kept, null, Boss, default);
        if (at >= 0)
            verdict.ShouldBeOfType<AuditVerdict.Broken>().EntryId.ShouldBe(at);
        else if (sql.Length > 0)
            verdict.ShouldBeOfType<AuditVerdict.Intact>().ExpectedAt.ShouldBeNull("only the hash that was kept tells");
        else
            verdict.ShouldBeOfType<AuditVerdict.Intact>().ExpectedAt.ShouldBe(10);
    }

    [Fact]
    public async Task Verify_NothingWasCutAndTheOldestIsHiddenByAnAnchor_IsFound()
    {
        await AddAsync(5);
        await using (var db = Contexts.CreateDbContext())
            await db.Database.ExecuteSqlRawAsync(
                "UPDATE AuditChains SET AnchorId = 2, AnchorHash = (SELECT Hash FROM AuditEntries WHERE Id = 2); DELETE FROM "
                    + "AuditEntries WHERE Id <= 2"
            );
        var broken = (await Audit.VerifyAsync(Boss, default)).ShouldBeOfType<AuditVerdict.Broken>();
        (broken.EntryId, broken.Reason).ShouldBe((2, "the entries up to 2 are gone, and no entry tells of a cut"));
    }

    [Fact]
    public async Task Add_ManyAtOnce_IsOneChain()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(number => Task.Run(() => Audit.AddAsync(Entry(number), default))));
        (await Audit.VerifyAsync(Boss, default)).ShouldBeOfType<AuditVerdict.Intact>().Count.ShouldBe(20);
    }

    [Theory]
    [InlineData("a\0b", "a\uFFFDb")]
    [InlineData("a<half>b", "a\uFFFDb")]
    [InlineData("\U0001F600", "\U0001F600")]
    public async Task Add_WhatNoDatabaseKeeps_IsReplacedBeforeItIsHashed(string text, string kept)
    {
        // Half of a pair cannot stand in an attribute.
        text = text.Replace("<half>", ((char)0xD800).ToString());
        await Audit.AddAsync(
            new()
            {
                Actor = text,
                From = text,
                Action = "test",
                Target = text,
                Before = text,
                After = text,
                Result = text,
            },
            default
        );
        (await Audit.VerifyAsync(null, null, Boss, default)).ShouldBeOfType<AuditVerdict.Intact>();
        var entry = (await Audit.ListAsync(new(), 1, null, Boss, default))[0];
        (entry.Actor, entry.Target, entry.After).ShouldBe((kept, kept, kept));
    }

    [Fact]
    public async Task List_ThousandsOfWords_IsAQueryLikeAnother()
    {
        await AddAsync(1);
        var words = string.Join(' ', Enumerable.Repeat("t", 4000));
        (await Audit.ListAsync(new() { Text = words, Action = words }, 10, null, Boss, default)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Save_ThatFails_LeavesNoGap()
    {
        await AddAsync(1);
        await using (var db = Contexts.CreateDbContext())
        {
            AuditLog.Append(db, Entry(2));
            db.Accounts.Add(
                new()
                {
                    Name = "a",
                    NormalizedName = "A",
                    Role = Appliance.Data.Rights.Role.Viewer,
                }
            );
            db.Accounts.Add(
                new()
                {
                    Name = "a",
                    NormalizedName = "A",
                    Role = Appliance.Data.Rights.Role.Viewer,
                }
            );
            await Should.ThrowAsync<DbUpdateException>(() => db.SaveChangesAsync());
        }

        await AddAsync(1);
        (await Audit.VerifyAsync(Boss, default)).ShouldBeOfType<AuditVerdict.Intact>().LastId.ShouldBe(2);
    }

    [Fact]
    public async Task Cut_Prefix_KeepsItsHashAsAnchorAndSaysSo()
    {
        await AddAsync(3);
        Time.Advance(TimeSpan.FromDays(10));
        await AddAsync(2);
        (await Audit.CutAsync(TimeSpan.FromDays(30), Boss, default)).ShouldBe(0);
        (await Audit.CutAsync(TimeSpan.FromDays(5), Boss, default)).ShouldBe(3);
        var intact = (await Audit.VerifyAsync(Boss, default)).ShouldBeOfType<AuditVerdict.Intact>();
        (intact.Count, intact.AnchorId).ShouldBe((3, 3));
        (await Audit.ListAsync(new(), 1, null, Boss, default))[0].Action.ShouldBe("audit.cut");
        await using (var db = Contexts.CreateDbContext())
            await db.Database.ExecuteSqlAsync($"DELETE FROM AuditEntries WHERE Id = 4");
        (await Audit.VerifyAsync(Boss, default)).ShouldBeOfType<AuditVerdict.Broken>().EntryId.ShouldBe(5);
    }

    [Fact]
    public async Task Cut_Everything_GoesOnFromTheAnchor()
    {
        await AddAsync(3);
        Time.Advance(TimeSpan.FromDays(10));
        (await Audit.CutAsync(TimeSpan.FromDays(1), Boss, default)).ShouldBe(3);
        await AddAsync(1);
        var intact = (await Audit.VerifyAsync(Boss, default)).ShouldBeOfType<AuditVerdict.Intact>();
        (intact.Count, intact.LastId, intact.AnchorId).ShouldBe((2, 5, 3));
    }

    [Fact]
    public async Task Filter_EveryField_MustHold()
    {
        await Audit.AddAsync(
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
        await Audit.AddAsync(
            new()
            {
                Actor = "unknown",
                From = "192.0.2.2",
                Action = "sign_in",
                Target = "",
                Result = "wrong",
            },
            default
        );
        Time.Advance(TimeSpan.FromHours(1));
        await Audit.AddAsync(
            new()
            {
                Actor = "Ann",
                From = "192.0.2.1",
                Action = "config.console",
                Target = "revision 7",
                Before = "6",
                After = "100%_sure",
                Result = "ok: 1 added",
            },
            default
        );
        var late = Time.GetUtcNow().UtcDateTime;
        await ExpectAsync(new(), 3, 2, 1);
        await ExpectAsync(new() { Actor = "ann" }, 3, 1);
        await ExpectAsync(new() { Actor = "an_" });
        await ExpectAsync(new() { Action = "sign_in" }, 2, 1);
        await ExpectAsync(new() { Action = "config." }, 3);
        await ExpectAsync(new() { Action = "config. sign_i" }, 3, 2, 1);
        await ExpectAsync(new() { Action = "sign_%" });
        await ExpectAsync(new() { Succeeded = false }, 2);
        await ExpectAsync(new() { Succeeded = true }, 3, 1);
        await ExpectAsync(new() { FromUtc = late }, 3);
        await ExpectAsync(new() { ToUtc = late }, 2, 1);
        await ExpectAsync(new() { Text = "REVISION 7" }, 3);
        await ExpectAsync(new() { Text = "100%_" }, 3);
        await ExpectAsync(new() { Text = "192.0.2.1", Action = "sign_in" }, 1);
        (await Audit.ListAsync(new(), 1, 3, Boss, default)).ShouldHaveSingleItem().Id.ShouldBe(2);
        (await Audit.CountAsync(new() { Actor = "ann" }, null, Boss, default)).ShouldBe(2);
        var read = new List<long>();
        await foreach (var entry in Audit.ReadAsync(new() { Actor = "ann" }, long.MaxValue, () => Task.FromResult(Boss), default))
            read.Add(entry.Id);
        read.ShouldBe([1, 3]);
    }

    private async Task ExpectAsync(AuditFilter filter, params long[] ids) =>
        (await Audit.ListAsync(filter, 100, null, Boss, default)).Select(entry => entry.Id).ShouldBe(ids, filter.ToString());

    private async Task AddAsync(int count, bool apart = false)
    {
        for (var number = 0; number < count; number++)
        {
            if (apart)
                Time.Advance(TimeSpan.FromDays(1));
            await Audit.AddAsync(Entry(number), default);
        }
    }

    // Retention whose limit lies half a day behind that entry.
    private async Task CutToAsync(long last)
    {
        var entry = (await Audit.FindAsync(last, Boss, default)).ShouldNotBeNull();
        (await Audit.CutAsync(Time.GetUtcNow().UtcDateTime - entry.AtUtc - TimeSpan.FromHours(12), Boss, default)).ShouldBeGreaterThan(0);
    }

    private static AuditEntry Entry(int number) =>
        new()
        {
            Actor = "ann",
            From = "local",
            Action = "test",
            Target = $"thing {number}",
            After = "after",
            Result = "ok",
        };
}
