using System.Security.Cryptography;
using Appliance.Data.Certificates;
using Appliance.Data.Rights;
using Appliance.Proxy.Certificates;
using Appliance.Testing;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Tests.Certificates;

public sealed class CertificateStoreTests : StoresUnderTest
{
    private static readonly Actor _viewer = new("vera", "192.0.2.9", new(Role.Viewer, AccessScope.Everything));
    private static readonly Actor _scoped = new(
        "sam",
        "192.0.2.9",
        new(
            Role.Operator,
            AccessScope.TryParse("host:*.own.example.com", out var scope, out _) ? scope : throw new InvalidOperationException()
        )
    );
    private static readonly Actor _operator = new("olga", "192.0.2.9", new(Role.Operator, AccessScope.Everything));
    private static readonly AcmeOrder _order = new() { DirectoryUrl = AcmeOrder.KnownDirectories[0], Email = "a@example.com" };
    private readonly byte[] _master = RandomNumberGenerator.GetBytes(32);
    private CertificateStore? _store;

    private CertificateStore Store => _store ??= new(Contexts, _master, Time);

    [Fact]
    public async Task Add_ThenRead_IsHeldWithItsKeyWhichIsSealedAtRest()
    {
        var made = Issue.Pem(["a.example.com", "*.b.example.com"]);
        var row = await AddAsync("Site", made);
        row.Names.ShouldBe(["a.example.com", "*.b.example.com"]);
        (row.Kind, row.CreatedBy, row.Version).ShouldBe((CertificateKind.Uploaded, "boss", 1));
        var held = (await Store.ReadHeldAsync(default)).ShouldHaveSingleItem();
        (held.Name, held.Fault, held.IsDefault).ShouldBe(("Site", null, false));
        CertificateParser
            .FromPem(held.Chain + new string(PemEncoding.Write("PRIVATE KEY", held.Key!.Value.Span)))
            .ShouldBeOfType<CertificateReading.Read>();
        await using var db = Contexts.CreateDbContext();
        var stored = await db.Certificates.SingleAsync();
        stored.SealedKey!.AsSpan().IndexOf(held.Key!.Value.Span[^32..]).ShouldBe(-1);
        stored.Pem!.ShouldNotContain("KEY");
        (await AuditLinesAsync()).ShouldBe(["boss certificate.add Site: ok"]);
    }

    [Fact]
    public async Task Name_TakenInAnyCaseOrBad_IsRefused()
    {
        await AddAsync("Site", Issue.Pem(["a.example.com"]));
        (await Store.AddAsync(" sITE ", CertificateKind.Uploaded, Material(Issue.Pem(["b.example.com"])), Boss, default))
            .ShouldBeOfType<CertificateResult.NameTaken>()
            .Reason.ShouldContain("already");
        foreach (var name in new[] { "", " ", new string('x', 65) })
            (
                await Store.AddAsync(name, CertificateKind.Uploaded, Material(Issue.Pem(["b.example.com"])), Boss, default)
            ).ShouldBeOfType<CertificateResult.NameTaken>();
        (await Store.ListAsync(default)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Rights_AreAskedOfNamesBeforeAndAfter()
    {
        var own = Material(Issue.Pem(["x.own.example.com", "*.y.own.example.com"]));
        var foreign = Material(Issue.Pem(["x.own.example.com", "other.example.com"]));
        var none = Material(Issue.Pem([]));
        (await Store.AddAsync("v", CertificateKind.Uploaded, own, _viewer, default))
            .ShouldBeOfType<CertificateResult.NotAllowed>()
            .Reason.ShouldContain("takes the role Operator");
        (await Store.AddAsync("f", CertificateKind.Uploaded, foreign, _scoped, default))
            .ShouldBeOfType<CertificateResult.NotAllowed>()
            .Reason.ShouldContain("other.example.com");
        (await Store.AddAsync("n", CertificateKind.Uploaded, none, _scoped, default)).ShouldBeOfType<CertificateResult.NotAllowed>();
        var row = (await Store.AddAsync("o", CertificateKind.Uploaded, own, _scoped, default)).ShouldBeOfType<CertificateResult.Done>().Row;
        (await Store.ReplaceAsync(row.Id, row.Version, foreign, _scoped, default)).ShouldBeOfType<CertificateResult.NotAllowed>();
        row = (await Store.ReplaceAsync(row.Id, row.Version, foreign, _operator, default)).ShouldBeOfType<CertificateResult.Done>().Row;
        (await Store.ReplaceAsync(row.Id, row.Version, own, _scoped, default)).ShouldBeOfType<CertificateResult.NotAllowed>();
        (await Store.DeleteAsync(row.Id, null, _scoped, default)).ShouldBeOfType<CertificateResult.NotAllowed>();
        (await Store.MarkDefaultAsync(row.Id, true, _operator, default))
            .ShouldBeOfType<CertificateResult.NotAllowed>()
            .Reason.ShouldContain("Administrator");
        (await Store.DeleteAsync(row.Id, null, _operator, default)).ShouldBeOfType<CertificateResult.Done>();
        (await AuditLinesAsync()).Count(line => line.EndsWith(": not_allowed", StringComparison.Ordinal)).ShouldBe(7);
    }

    // A form past its lock, whatever it holds: nobody tries out what they may without a line.
    [Fact]
    public async Task RefuseOrder_OfWhoMayNot_IsInTheAudit()
    {
        var ordered = await Store.OrderAsync("foreign", ["a.example.com"], _order, AcmeSecrets.None, Boss, default);
        var row = ordered.ShouldBeOfType<CertificateResult.Done>().Row;
        var ofScoped = await Store.RefuseOrderAsync("", row, _scoped, default);
        ofScoped.ShouldBeOfType<CertificateResult.NotAllowed>().Reason.ShouldContain("a.example.com");
        var ofViewer = await Store.RefuseOrderAsync("new one", null, _viewer, default);
        ofViewer.ShouldBeOfType<CertificateResult.NotAllowed>().Reason.ShouldContain("Operator");
        (await Store.RefuseOrderAsync("new one", null, _scoped, default)).ShouldBeNull();
        (await Store.RefuseOrderAsync("", row, Boss, default)).ShouldBeNull();
        var lines = await AuditLinesAsync();
        lines[^2].ShouldEndWith("certificate.order foreign: not_allowed");
        lines[^1].ShouldEndWith("certificate.order new one: not_allowed");
    }

    [Fact]
    public async Task Order_WithDnsCredentialsOrAnOwnAuthority_IsForAdministrators()
    {
        foreach (
            var order in new[]
            {
                _order with
                {
                    Challenge = "dns",
                    DnsProvider = "cloudflare",
                },
                _order with
                {
                    DirectoryUrl = "https://ca.example.com/dir",
                },
            }
        )
        {
            (await Store.OrderAsync("o", ["a.example.com"], order, AcmeSecrets.None, _operator, default))
                .ShouldBeOfType<CertificateResult.NotAllowed>()
                .Reason.ShouldContain("Administrator");
            var row = (await Store.OrderAsync("by boss", ["a.example.com"], order, AcmeSecrets.None, Boss, default))
                .ShouldBeOfType<CertificateResult.Done>()
                .Row;
            (
                await Store.ChangeOrderAsync(row.Id, row.Version, ["a.example.com"], _order, null, _operator, default)
            ).ShouldBeOfType<CertificateResult.NotAllowed>();
            (await Store.DeleteAsync(row.Id, null, Boss, default)).ShouldBeOfType<CertificateResult.Done>();
        }

        (
            await Store.OrderAsync("o", ["a.example.com"], _order, AcmeSecrets.None, _operator, default)
        ).ShouldBeOfType<CertificateResult.Done>();
    }

    [Fact]
    public async Task Replace_KeepsTheIdAndTellsTheReader_StaleAndGoneAreSaid()
    {
        var row = await AddAsync("Site", Issue.Pem(["a.example.com"]));
        await Store.WaitForChangeAsync(TimeSpan.Zero, default);
        var before = (await Store.ReadHeldAsync(default)).Single();
        var next = Issue.Pem(["a.example.com"], days: 200);
        (await Store.ReplaceAsync(row.Id, row.Version, Material(next), Boss, default))
            .ShouldBeOfType<CertificateResult.Done>()
            .Row.Version.ShouldBe(2);
        await Store.WaitForChangeAsync(Timeout.InfiniteTimeSpan, new CancellationTokenSource(TimeSpan.FromSeconds(10)).Token);
        var after = (await Store.ReadHeldAsync(default)).Single();
        (after.Id, after.Chain == before.Chain, after.Version).ShouldBe((before.Id, false, 2));
        (await Store.ReplaceAsync(row.Id, 1, Material(next), Boss, default))
            .ShouldBeOfType<CertificateResult.Stale>()
            .Row.Version.ShouldBe(2);
        (await Store.DeleteAsync(row.Id, 1, Boss, default)).ShouldBeOfType<CertificateResult.Stale>();
        (await Store.DeleteAsync(row.Id, 2, Boss, default)).ShouldBeOfType<CertificateResult.Done>();
        (await Store.DeleteAsync(row.Id, null, Boss, default)).ShouldBeOfType<CertificateResult.Gone>();
        (await Store.ReadHeldAsync(default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Default_IsOneAtMost()
    {
        var (one, two) = (await AddAsync("one", Issue.Pem(["a.example.com"])), await AddAsync("two", Issue.Pem(["b.example.com"])));
        await Store.MarkDefaultAsync(one.Id, true, Boss, default);
        await Store.ReadHeldAsync(default);
        await Store.MarkDefaultAsync(two.Id, true, Boss, default);
        (await Store.ReadHeldAsync(default)).Where(held => held.IsDefault).ShouldHaveSingleItem().Name.ShouldBe("two");
        await Store.MarkDefaultAsync(two.Id, false, Boss, default);
        (await Store.ReadHeldAsync(default)).ShouldAllBe(held => !held.IsDefault);
    }

    [Fact]
    public async Task MasterKey_AnotherOne_LeavesTheCertificateWithASentence()
    {
        await AddAsync("Site", Issue.Pem(["a.example.com"]));
        using var other = new CertificateStore(Contexts, RandomNumberGenerator.GetBytes(32), Time);
        var held = (await other.ReadHeldAsync(default)).ShouldHaveSingleItem();
        held.Key.ShouldBeNull();
        held.Fault.ShouldNotBeNull().ShouldContain("master.key");
        (
            await other.AddAsync("New", CertificateKind.Uploaded, Material(Issue.Pem(["b.example.com"])), Boss, default)
        ).ShouldBeOfType<CertificateResult.Done>();
        (await other.ReadHeldAsync(default)).Count(one => one.Key is not null).ShouldBe(1);
    }

    [Fact]
    public async Task Seals_MovedToAnotherRow_DoNotOpen()
    {
        var (one, two) = (await AddAsync("one", Issue.Pem(["a.example.com"])), await AddAsync("two", Issue.Pem(["b.example.com"])));
        await using (var db = Contexts.CreateDbContext())
        {
            var (first, second) = (await db.Certificates.FindAsync(one.Id), await db.Certificates.FindAsync(two.Id));
            first!.SealedKey = second!.SealedKey;
            (second.Kind, second.SealedAcme) = (CertificateKind.Acme, second.SealedKey);
            await db.SaveChangesAsync();
        }

        (await Store.ReadHeldAsync(default)).Single(held => held.Name == "one").Fault.ShouldNotBeNull();
        Store.Orders.SecretsOf((await Store.FindAsync(two.Id, default))!).ShouldBeNull("a key is not the secrets of an order");
    }

    private static CertificateMaterial Material(
        (string Chain, string Key, System.Security.Cryptography.X509Certificates.X509Certificate2) made
    ) => CertificateMaterial.Of(CertificateParser.FromPem(made.Chain + "\n" + made.Key).ShouldBeOfType<CertificateReading.Read>());

    private async Task<CertificateRow> AddAsync(
        string name,
        (string, string, System.Security.Cryptography.X509Certificates.X509Certificate2) made
    ) => (await Store.AddAsync(name, CertificateKind.Uploaded, Material(made), Boss, default)).ShouldBeOfType<CertificateResult.Done>().Row;
}
