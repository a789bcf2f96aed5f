using Appliance.Data.Audit;

namespace Appliance.Data.Tests.Audit;

public sealed class AuditWalkTests : StoresUnderTest
{
    private const int Batch = 1000;

    [Fact]
    public async Task Verify_MoreThanOneBatch_WalksAndTellsHowFar()
    {
        await AddAsync(2 * Batch + 10);
        var told = new List<long>();
        var intact = (await Audit.VerifyAsync(null, told.Add, Boss, default)).ShouldBeOfType<AuditVerdict.Intact>();
        intact.Count.ShouldBe(2010);
        told.ShouldBe([1000, 2000, 2010, 2010]);
        var read = new List<long>();
        await foreach (var entry in Audit.ReadAsync(new(), 2005, () => Task.FromResult(Boss), default))
            read.Add(entry.Id);
        read.ShouldBe(Enumerable.Range(1, 2005).Select(id => (long)id));
    }

    [Fact]
    public async Task Verify_WrittenMeanwhile_IsWalkedToo()
    {
        await AddAsync(5);
        var more = true;
        var intact = (
            await Audit.VerifyAsync(
                null,
                count =>
                {
                    if (more)
                        AddAsync(3).GetAwaiter().GetResult();
                    more = false;
                },
                Boss,
                default
            )
        ).ShouldBeOfType<AuditVerdict.Intact>();
        intact.LastId.ShouldBe(8);
    }

    [Fact]
    public async Task Verify_CutMeanwhile_BeginsAgain()
    {
        await AddAsync(2 * Batch);
        Time.Advance(TimeSpan.FromDays(10));
        await AddAsync(1);
        var cut = true;
        var intact = (
            await Audit.VerifyAsync(
                null,
                count =>
                {
                    if (cut)
                        Audit.CutAsync(TimeSpan.FromDays(1), Boss, default).GetAwaiter().GetResult();
                    cut = false;
                },
                Boss,
                default
            )
        ).ShouldBeOfType<AuditVerdict.Intact>();
        (intact.Count, intact.AnchorId).ShouldBe((2, 2000));
    }

    [Fact]
    public async Task Verify_HashThatWasKept_IsFoundWhileItsEntryOrItsAnchorIsThere()
    {
        await AddAsync(3);
        var kept = (await Audit.ListAsync(new(), 3, null, Boss, default)).Reverse().Select(entry => entry.Hash).ToList();
        await ExpectAsync(kept[1], 2);
        await ExpectAsync(kept[1]!.ToUpperInvariant(), 2);
        await ExpectAsync(new string('a', 64), null);
        Time.Advance(TimeSpan.FromDays(10));
        await Audit.CutAsync(TimeSpan.FromDays(1), Boss, default);
        await ExpectAsync(kept[2], 3);
        await ExpectAsync(kept[1], null);
    }

    [Fact]
    public async Task Lists_OlderAndNewer_ArePagesOfOneOrder()
    {
        await AddAsync(10);
        (await Audit.ListAsync(new(), 3, 8, Boss, default)).Select(entry => entry.Id).ShouldBe([7L, 6, 5]);
        (await Audit.ListNewerAsync(new(), 3, 4, Boss, default)).Select(entry => entry.Id).ShouldBe([7L, 6, 5]);
        (await Audit.CountAsync(new(), 7, Boss, default)).ShouldBe(3);
        (await Audit.FindAsync(4, Boss, default)).ShouldNotBeNull().Target.ShouldBe("thing 4");
        (await Audit.FindAsync(11, Boss, default)).ShouldBeNull();
        (await Audit.ReadChainAsync(Boss, default)).LastId.ShouldBe(10);
    }

    private async Task ExpectAsync(string? hash, long? at) =>
        (await Audit.VerifyAsync(hash, null, Boss, default)).ShouldBeOfType<AuditVerdict.Intact>().ExpectedAt.ShouldBe(at, hash);

    // In one transaction: each by itself would wait for the disk.
    private async Task AddAsync(int count)
    {
        await using var db = Contexts.CreateDbContext();
        for (var number = 1; number <= count; number++)
            AuditLog.Append(
                db,
                new()
                {
                    AtUtc = Time.GetUtcNow().UtcDateTime,
                    Actor = "ann",
                    From = "local",
                    Action = "test",
                    Target = $"thing {number}",
                    Result = "ok",
                }
            );
        await db.SaveChangesAsync();
    }
}
