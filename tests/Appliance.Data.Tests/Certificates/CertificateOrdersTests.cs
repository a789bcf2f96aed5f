using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Appliance.Data.Certificates;
using Appliance.Proxy.Certificates;
using Appliance.Testing;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Tests.Certificates;

public sealed class CertificateOrdersTests : StoresUnderTest
{
    private static readonly AcmeOrder _order = new()
    {
        DirectoryUrl = AcmeOrder.KnownDirectories[0],
        Email = "a@example.com",
        PreferredChain = "ISRG Root X1",
    };
    private static readonly AcmeSecrets _secrets = new()
    {
        DnsVariables = ImmutableDictionary<string, string>.Empty.Add("CF_DNS_API_TOKEN", "secret-token"),
        EabKeyId = "kid",
        EabHmac = "secret-hmac",
    };
    private readonly byte[] _master = RandomNumberGenerator.GetBytes(32);
    private CertificateStore? _store;

    private CertificateStore Store => _store ??= new(Contexts, _master, Time);

    [Fact]
    public async Task Order_IsDueAtOnceWithItsSecrets_AndIssuedIsHeldAndDueAtTheNextTime()
    {
        var row = await OrderAsync();
        await Store.Orders.WaitForOrderAsync(Timeout.InfiniteTimeSpan, Limit());
        (await Store.ReadHeldAsync(default)).ShouldBeEmpty();
        var due = (await Store.Orders.DueAsync(Time.GetUtcNow(), default)).ShouldHaveSingleItem();
        (due.Id, due.Names.Single()).ShouldBe((row.Id, "a.example.com"));
        AcmeOrder.Of(due.AcmeJson!).ShouldBe(_order);
        Store.Orders.SecretsOf(due)!.DnsVariables["CF_DNS_API_TOKEN"].ShouldBe("secret-token");
        Store.Orders.KeyOf(due).ShouldBeNull();

        var next = Time.GetUtcNow().AddDays(60);
        (await Store.Orders.StoreIssuedAsync(due, Material("a.example.com"), next, default)).ShouldBeTrue();
        (await Store.ReadHeldAsync(default)).ShouldHaveSingleItem().Key.ShouldNotBeNull();
        (await Store.Orders.DueAsync(Time.GetUtcNow(), default)).ShouldBeEmpty();
        (await Store.Orders.DueAsync(next, default)).ShouldHaveSingleItem();
        (await AuditLinesAsync())[^1].ShouldBe("appliance certificate.issued site: ok");
    }

    [Fact]
    public async Task Failure_IsCountedAndKeepsWhatIsServed()
    {
        var row = await OrderAsync();
        await Store.Orders.StoreIssuedAsync(row, Material("a.example.com"), Time.GetUtcNow(), default);
        var served = (await Store.ReadHeldAsync(default)).Single();
        for (var at = 1; at <= 2; at++)
            (
                await Store.Orders.NoteFailureAsync(
                    row.Id,
                    "The name a.example.com leads elsewhere.",
                    Time.GetUtcNow().AddHours(1),
                    default
                )
            ).ShouldBeTrue();
        var failed = (await Store.FindAsync(row.Id, default))!;
        (failed.FailuresInRow, failed.LastProblem, failed.NextTryUtc).ShouldBe(
            (2, "The name a.example.com leads elsewhere.", Time.GetUtcNow().UtcDateTime.AddHours(1))
        );
        (await Store.ReadHeldAsync(default)).Single().ShouldBe(served);
        (await AuditLinesAsync())[^1].ShouldEndWith("certificate.failed site: The name a.example.com leads elsewhere.");

        (await Store.RenewAsync(row.Id, Boss, default)).ShouldBeOfType<CertificateResult.Done>();
        (await Store.Orders.DueAsync(Time.GetUtcNow(), default)).ShouldHaveSingleItem();
        (await Store.Orders.PlanAsync(row.Id, Time.GetUtcNow().AddDays(1), default)).ShouldBeTrue();
        (await Store.Orders.DueAsync(Time.GetUtcNow(), default)).ShouldBeEmpty();
        await Store.Orders.StoreIssuedAsync(failed, Material("a.example.com"), null, default);
        (await Store.FindAsync(row.Id, default))!.ShouldSatisfyAllConditions(
            one => one.FailuresInRow.ShouldBe(0),
            one => one.LastProblem.ShouldBeNull()
        );
    }

    [Fact]
    public async Task OrderChangedOrDeletedMeanwhile_StaysDueOrIsGone()
    {
        var row = await OrderAsync();
        var changed = (
            await Store.ChangeOrderAsync(
                row.Id,
                row.Version,
                ["a.example.com", "b.example.com"],
                _order with
                {
                    KeyType = "rsa2048",
                },
                null,
                Boss,
                default
            )
        )
            .ShouldBeOfType<CertificateResult.Done>()
            .Row;
        Store.Orders.SecretsOf(changed)!.EabHmac.ShouldBe("secret-hmac", "none were given, so those of before stay");
        (await Store.Orders.StoreIssuedAsync(row, Material("a.example.com"), Time.GetUtcNow().AddDays(60), default)).ShouldBeTrue();
        (await Store.Orders.DueAsync(Time.GetUtcNow(), default)).ShouldHaveSingleItem().Names.Count.ShouldBe(2);
        (await Store.ReplaceAsync(row.Id, 4, Material("a.example.com"), Boss, default)).ShouldBeOfType<CertificateResult.Stale>();
        (await Store.ReplaceAsync(row.Id, 3, Material("a.example.com"), Boss, default))
            .ShouldBeOfType<CertificateResult.Refused>()
            .Reason.ShouldContain("authority");
        (await Store.DeleteAsync(row.Id, null, Boss, default)).ShouldBeOfType<CertificateResult.Done>();
        (await Store.Orders.StoreIssuedAsync(row, Material("a.example.com"), null, default)).ShouldBeFalse();
        (await Store.Orders.NoteFailureAsync(row.Id, "x", null, default)).ShouldBeFalse();
    }

    [Fact]
    public async Task Issued_AnythingElseChangedMeanwhile_IsNotOrderedASecondTime()
    {
        var row = await OrderAsync();
        (await Store.Orders.ClaimAsync(row, Time.GetUtcNow().AddMinutes(1), default)).ShouldBeTrue();
        await Store.MarkDefaultAsync(row.Id, true, Boss, default);
        (await Store.RenewAsync(row.Id, Boss, default))
            .ShouldBeOfType<CertificateResult.Refused>()
            .Reason.ShouldContain("being asked for site just now");
        await Store.Orders.StoreIssuedAsync(row, Material("a.example.com"), Time.GetUtcNow().AddDays(60), default);
        Store.Orders.End(row.Id);
        (await Store.Orders.DueAsync(Time.GetUtcNow().AddDays(59), default)).ShouldBeEmpty();

        Time.Advance(TimeSpan.FromMinutes(9));
        (await Store.RenewAsync(row.Id, Boss, default))
            .ShouldBeOfType<CertificateResult.Refused>()
            .Reason.ShouldContain("less than 10 minutes ago");
        Time.Advance(TimeSpan.FromMinutes(1));
        (await Store.RenewAsync(row.Id, Boss, default)).ShouldBeOfType<CertificateResult.Done>();
        (await Store.Orders.DueAsync(Time.GetUtcNow(), default)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Claim_IsOneCallersAndWaitsOverACrashAndIsGivenBackAfterAStop()
    {
        await OrderAsync();
        var due = (await Store.Orders.DueAsync(Time.GetUtcNow(), default)).Single();
        var until = Time.GetUtcNow().AddMinutes(5);
        (await Store.Orders.ClaimAsync(due, until, default)).ShouldBeTrue();
        (await Store.Orders.ClaimAsync(due, until, default)).ShouldBeFalse("it runs");
        using (var next = new CertificateStore(Contexts, _master, Time))
        {
            (await next.Orders.DueAsync(Time.GetUtcNow(), default)).ShouldBeEmpty();
            (await next.Orders.ClaimAsync(due, until, default)).ShouldBeFalse("it is not due any more as it was read");
            (await next.Orders.DueAsync(until, default)).ShouldHaveSingleItem();
        }

        await Store.Orders.GiveBackAsync(due, until, default);
        Store.Orders.End(due.Id);
        (await Store.Orders.DueAsync(Time.GetUtcNow(), default)).ShouldHaveSingleItem();
        await Store.Orders.NoteFailureAsync(due.Id, "x", until.AddHours(1), default);
        await Store.Orders.GiveBackAsync(due, until, default);
        (await Store.FindAsync(due.Id, default))!.NextTryUtc.ShouldBe(until.AddHours(1).UtcDateTime, "what came of it counts");
    }

    [Fact]
    public async Task Claim_DatabaseCannotBeWritten_FailsAndHoldsNothing()
    {
        await OrderAsync();
        var due = (await Store.Orders.DueAsync(Time.GetUtcNow(), default)).Single();
        await using var db = Contexts.CreateDbContext();
        await db.Database.ExecuteSqlRawAsync("CREATE TRIGGER full BEFORE UPDATE ON Certificates BEGIN SELECT RAISE(FAIL, 'full'); END");
        await Should.ThrowAsync<DbUpdateException>(() => Store.Orders.ClaimAsync(due, Time.GetUtcNow().AddMinutes(5), default));
        await db.Database.ExecuteSqlRawAsync("DROP TRIGGER full");
        (await Store.Orders.ClaimAsync(due, Time.GetUtcNow().AddMinutes(5), default)).ShouldBeTrue();
    }

    [Fact]
    public async Task Issued_ClosedForAFile_OpensForItsCertificateAloneAndIsStoredOnce()
    {
        var due = await OrderAsync();
        var issued = new IssuedCertificate(due, Material("a.example.com"), "secret-account"u8.ToArray());
        var bytes = Store.Orders.Close(issued);
        Encoding.UTF8.GetString(bytes).ShouldNotContain("secret-account");
        issued.ToString().ShouldBe("site");

        Store.Orders.Open(Guid.NewGuid(), bytes).ShouldBeNull();
        Store.Orders.Open(due.Id, bytes[..^1]).ShouldBeNull();
        using var stranger = new CertificateStore(Contexts, RandomNumberGenerator.GetBytes(32), Time);
        stranger.Orders.Open(due.Id, bytes).ShouldBeNull();
        using var next = new CertificateStore(Contexts, _master, Time);
        var opened = next.Orders.Open(due.Id, bytes).ShouldNotBeNull();
        (opened.Order.Name, opened.Material.Chain, Encoding.UTF8.GetString(opened.Account!)).ShouldBe(
            ("site", issued.Material.Chain, "secret-account")
        );
        CertificateOrders.IsSameOrder(opened.Order, due).ShouldBeTrue();

        (await next.Orders.IsOvertakenAsync(opened, default)).ShouldBeFalse();
        (await next.Orders.StoreIssuedAsync(opened.Order, opened.Material, Time.GetUtcNow().AddDays(60), default)).ShouldBeTrue();
        (await next.Orders.IsOvertakenAsync(opened, default)).ShouldBeTrue("it is stored");
        (await next.ReadHeldAsync(default)).ShouldHaveSingleItem().Key.ShouldNotBeNull();
        (await next.Orders.DueAsync(Time.GetUtcNow(), default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Due_WrittenWhileTheClockWasAhead_IsTriedNow()
    {
        var row = await OrderAsync();
        var now = Time.GetUtcNow();
        await Store.Orders.NoteFailureAsync(row.Id, "x", now.AddDays(8), default);
        (await Store.Orders.DueAsync(now, default)).ShouldBeEmpty();
        await Store.Orders.NoteFailureAsync(row.Id, "x", now.AddDays(8).AddSeconds(1), default);
        (await Store.Orders.DueAsync(now, default)).ShouldHaveSingleItem();
        await Store.Orders.StoreIssuedAsync(row, Material("a.example.com"), now.AddDays(60), default);
        (await Store.Orders.DueAsync(now, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Upload_TakesNoOrders()
    {
        var row = (await Store.AddAsync("up", CertificateKind.Uploaded, Material("a.example.com"), Boss, default))
            .ShouldBeOfType<CertificateResult.Done>()
            .Row;
        (await Store.RenewAsync(row.Id, Boss, default)).ShouldBeOfType<CertificateResult.Refused>();
        (
            await Store.ChangeOrderAsync(row.Id, row.Version, ["a.example.com"], _order, null, Boss, default)
        ).ShouldBeOfType<CertificateResult.Refused>();
        (await Store.Orders.DueAsync(Time.GetUtcNow().AddYears(1), default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Account_IsKeptByDirectoryAndEmail_SealedAndReplaced()
    {
        var orders = Store.Orders;
        await orders.SaveAccountAsync("https://ca/dir", "a@example.com", "secret-one"u8.ToArray(), default);
        await orders.SaveAccountAsync("https://ca/dir", "a@example.com", "secret-two"u8.ToArray(), default);
        await orders.SaveAccountAsync("https://ca/dir", "", "secret-other"u8.ToArray(), default);
        Encoding.UTF8.GetString((await orders.LoadAccountAsync("https://ca/dir", "a@example.com", default))!).ShouldBe("secret-two");
        (await orders.LoadAccountAsync("https://other/dir", "a@example.com", default)).ShouldBeNull();
        using var other = new CertificateStore(Contexts, RandomNumberGenerator.GetBytes(32), Time);
        (await other.Orders.LoadAccountAsync("https://ca/dir", "a@example.com", default)).ShouldBeNull();
    }

    [Fact]
    public async Task Secrets_OfOrdersAndKeys_AreNowhereInTheFileOrTheAudit()
    {
        var row = await OrderAsync();
        var material = Material("a.example.com");
        await Store.Orders.StoreIssuedAsync(row, material, null, default);
        await Store.Orders.SaveAccountAsync("https://ca/dir", "a@example.com", "secret-account"u8.ToArray(), default);
        using var other = new CertificateStore(Contexts, RandomNumberGenerator.GetBytes(32), Time);
        other.Orders.SecretsOf((await Store.FindAsync(row.Id, default))!).ShouldBeNull();
        await using var db = Contexts.CreateDbContext();
        await db.Database.ExecuteSqlRawAsync("PRAGMA wal_checkpoint(TRUNCATE)");
        await using var file = new FileStream(Folder.Database, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        await file.ReadExactlyAsync(bytes);
        bytes.AsSpan().IndexOf("a.example.com"u8).ShouldBeGreaterThan(0, "the file is what is looked at");
        bytes.AsSpan().IndexOf("secret-"u8).ShouldBe(-1);
        bytes.AsSpan().IndexOf(material.Key.AsSpan(40, 32)).ShouldBe(-1);
    }

    private static CancellationToken Limit() => new CancellationTokenSource(TimeSpan.FromSeconds(10)).Token;

    private static CertificateMaterial Material(string name)
    {
        var (chain, key, _) = Issue.Pem([name]);
        return CertificateMaterial.Of(CertificateParser.FromPem(chain + "\n" + key).ShouldBeOfType<CertificateReading.Read>());
    }

    private async Task<CertificateRow> OrderAsync() =>
        (await Store.OrderAsync("site", ["a.example.com"], _order, _secrets, Boss, default)).ShouldBeOfType<CertificateResult.Done>().Row;
}
