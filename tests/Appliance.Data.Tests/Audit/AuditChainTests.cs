using Appliance.Data.Audit;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Tests.Audit;

public sealed class AuditChainTests : StoresUnderTest
{
    [Fact]
    public async Task Verify_Untouched_IsIntactWithItsEnd()
    {
        (await Audit.VerifyAsync(default)).ShouldBeOfType<AuditVerdict.Intact>().Count.ShouldBe(0);
        await AddAsync(5);
        var intact = (await Audit.VerifyAsync(default)).ShouldBeOfType<AuditVerdict.Intact>();
        (intact.Count, intact.LastId, intact.AnchorId).ShouldBe((5, 5, 0));
        intact.LastHash.ShouldBe((await Audit.ListAsync(new(), 1, null, default))[0].Hash);
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
    [InlineData("INSERT INTO AuditEntries (Id, AtUtc, Actor, \"From\", Action, Target, Before, After, Result, PreviousHash, Hash) SELECT 6, AtUtc, Actor, \"From\", Action, Target, Before, After, Result, PreviousHash, Hash FROM AuditEntries WHERE Id = 5", 6)]
    public async Task Verify_Tampered_SaysWhere(string sql, long at)
    {
        await AddAsync(5);
        await using (var db = Contexts.CreateDbContext())
            (await db.Database.ExecuteSqlRawAsync(sql)).ShouldBeGreaterThan(0);
        (await Audit.VerifyAsync(default)).ShouldBeOfType<AuditVerdict.Broken>().EntryId.ShouldBe(at);
    }

    [Fact]
    public async Task Add_ManyAtOnce_IsOneChain()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(number => Task.Run(() => Audit.AddAsync(Entry(number), default))));
        (await Audit.VerifyAsync(default)).ShouldBeOfType<AuditVerdict.Intact>().Count.ShouldBe(20);
    }

    [Theory]
    [InlineData("a\0b", "a\uFFFDb")]
    [InlineData("a<half>b", "a\uFFFDb")]
    [InlineData("\U0001F600", "\U0001F600")]
    public async Task Add_WhatNoDatabaseKeeps_IsReplacedBeforeItIsHashed(string text, string kept)
    {
        // Half of a pair cannot stand in an attribute.
        text = text.Replace("<half>", ((char)0xD800).ToString());
        await Audit.AddAsync(new() { Actor = text, From = text, Action = "test", Target = text, Before = text, After = text, Result = text }, default);
        (await Audit.VerifyAsync(null, null, default)).ShouldBeOfType<AuditVerdict.Intact>();
        var entry = (await Audit.ListAsync(new(), 1, null, default))[0];
        (entry.Actor, entry.Target, entry.After).ShouldBe((kept, kept, kept));
    }

    [Fact]
    public async Task List_ThousandsOfWords_IsAQueryLikeAnother()
    {
        await AddAsync(1);
        var words = string.Join(' ', Enumerable.Repeat("t", 4000));
        (await Audit.ListAsync(new() { Text = words, Action = words }, 10, null, default)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Save_ThatFails_LeavesNoGap()
    {
        await AddAsync(1);
        await using (var db = Contexts.CreateDbContext())
        {
            AuditLog.Append(db, Entry(2));
            db.Accounts.Add(new() { Name = "a", NormalizedName = "A", Role = Appliance.Data.Accounts.Role.Viewer });
            db.Accounts.Add(new() { Name = "a", NormalizedName = "A", Role = Appliance.Data.Accounts.Role.Viewer });
            await Should.ThrowAsync<DbUpdateException>(() => db.SaveChangesAsync());
        }

        await AddAsync(1);
        (await Audit.VerifyAsync(default)).ShouldBeOfType<AuditVerdict.Intact>().LastId.ShouldBe(2);
    }

    [Fact]
    public async Task Cut_Prefix_KeepsItsHashAsAnchorAndSaysSo()
    {
        await AddAsync(3);
        Time.Step(TimeSpan.FromDays(10));
        await AddAsync(2);
        (await Audit.CutAsync(TimeSpan.FromDays(30), Boss, default)).ShouldBe(0);
        (await Audit.CutAsync(TimeSpan.FromDays(5), Boss, default)).ShouldBe(3);
        var intact = (await Audit.VerifyAsync(default)).ShouldBeOfType<AuditVerdict.Intact>();
        (intact.Count, intact.AnchorId).ShouldBe((3, 3));
        (await Audit.ListAsync(new(), 1, null, default))[0].Action.ShouldBe("audit.cut");
        await using (var db = Contexts.CreateDbContext())
            await db.Database.ExecuteSqlAsync($"DELETE FROM AuditEntries WHERE Id = 4");
        (await Audit.VerifyAsync(default)).ShouldBeOfType<AuditVerdict.Broken>().EntryId.ShouldBe(5);
    }

    [Fact]
    public async Task Cut_Everything_GoesOnFromTheAnchor()
    {
        await AddAsync(3);
        Time.Step(TimeSpan.FromDays(10));
        (await Audit.CutAsync(TimeSpan.FromDays(1), Boss, default)).ShouldBe(3);
        await AddAsync(1);
        var intact = (await Audit.VerifyAsync(default)).ShouldBeOfType<AuditVerdict.Intact>();
        (intact.Count, intact.LastId, intact.AnchorId).ShouldBe((2, 5, 3));
    }

    [Fact]
    public async Task Filter_EveryField_MustHold()
    {
        await Audit.AddAsync(new() { Actor = "Ann", From = "192.0.2.1", Action = "sign_in", Target = "Ann", Result = "ok" }, default);
        await Audit.AddAsync(new() { Actor = "unknown", From = "192.0.2.2", Action = "sign_in", Target = "", Result = "wrong" }, default);
        Time.Step(TimeSpan.FromHours(1));
        await Audit.AddAsync(new() { Actor = "Ann", From = "192.0.2.1", Action = "config.console", Target = "revision 7", Before = "6", After = "100%_sure", Result = "ok: 1 added" }, default);
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
        (await Audit.ListAsync(new(), 1, 3, default)).ShouldHaveSingleItem().Id.ShouldBe(2);
        (await Audit.CountAsync(new() { Actor = "ann" }, null, default)).ShouldBe(2);
        var read = new List<long>();
        await foreach (var entry in Audit.ReadAsync(new() { Actor = "ann" }, long.MaxValue, default))
            read.Add(entry.Id);
        read.ShouldBe([1, 3]);
    }

    private async Task ExpectAsync(AuditFilter filter, params long[] ids) =>
        (await Audit.ListAsync(filter, 100, null, default)).Select(entry => entry.Id).ShouldBe(ids, filter.ToString());

    private async Task AddAsync(int count)
    {
        for (var number = 0; number < count; number++)
            await Audit.AddAsync(Entry(number), default);
    }

    private static AuditEntry Entry(int number) => new() { Actor = "ann", From = "local", Action = "test", Target = $"thing {number}", After = "after", Result = "ok" };
}
