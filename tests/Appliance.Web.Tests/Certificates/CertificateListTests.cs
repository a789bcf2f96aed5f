using Appliance.Data.Certificates;
using Appliance.Data.Rights;
using Appliance.Proxy.Certificates;
using Appliance.Proxy.Config;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Upstreams;
using Appliance.Testing;
using Appliance.Web.Certificates;
using Appliance.Web.Editing;
using Appliance.Web.Hosting;
using Appliance.Web.Live;
using Appliance.Web.Rights;
using Appliance.Web.Tests.Control;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.Certificates;

/// <summary>What the console makes of the store and the shelf of a running product.</summary>
public sealed class CertificateListTests : IAsyncLifetime
{
    private static readonly Actor _boss = Actor.Local("boss");
    private static readonly DateTimeOffset _now = DateTimeOffset.UtcNow;
    private ConsoleUnderTest _console = null!; // started before each test

    private CertificateStore Store => _console.Services.GetRequiredService<CertificateStore>();

    public async Task InitializeAsync() => _console = await ConsoleUnderTest.StartAsync();

    public async Task DisposeAsync() => await _console.DisposeAsync();

    [Fact]
    public async Task Status_OfEach_IsHowItIsDoing()
    {
        await AddAsync("good", Issue.Pem(["a.example.com"], days: 60));
        await AddAsync("old", Issue.Pem(["a.example.com"], days: 30));
        await AddAsync("expired", Issue.Pem(["b.example.com"], days: -1));
        await AddAsync("next", Issue.Pem(["c.example.com"], fromDays: 3));
        var order = new AcmeOrder { DirectoryUrl = AcmeOrder.KnownDirectories[0] };
        await Store.OrderAsync("ordered", ["d.example.com"], order, AcmeSecrets.None, _boss, default);
        var failed = (await Store.OrderAsync("failed", ["e.example.com"], order, AcmeSecrets.None, _boss, default))
            .ShouldBeOfType<CertificateResult.Done>()
            .Row;
        await Store.Orders.NoteFailureAsync(failed.Id, "It leads elsewhere.", _now.AddHours(1), default);
        var list = await ListAsync(4);
        list.Lines.Select(line => (line.Name, line.Status))
            .ShouldBe([
                ("expired", CertificateStatus.Expired),
                ("failed", CertificateStatus.NotIssued),
                ("good", CertificateStatus.Served),
                ("next", CertificateStatus.NotYet),
                ("old", CertificateStatus.Shadowed),
                ("ordered", CertificateStatus.Ordered),
            ]);
        list.Lines.Single(line => line.Name == "old").ShadowedBy.ShouldBe([("a.example.com", "good")]);
        list.Lines.Single(line => line.IsDefault).Name.ShouldBe("good", "the oldest of those that are held");
        CertificateNotice
            .Of(list, _now.AddHours(1))
            .Select(one => (one.IsTrouble, one.Sentence))
            .ShouldBe([(true, "expired (b.example.com) expired 24 hours ago."), (true, "failed was not issued: It leads elsewhere.")]);

        // What is told of them is the same, with an identity that no day changes.
        var expired = list.Lines.Single(line => line.Name == "expired").Path;
        CertificateNotice.Of(list, _now.AddHours(1)).Select(one => one.Topic).ShouldBe(["expiry", "order"]);
        await _console.Services.GetRequiredService<ConsoleFeed>().RefreshAsync(default);
        var told = new CertificateTroubleSource().Of(_console.Services.GetRequiredService<ConsoleFeed>().Current, new HashSet<string>());
        told.Select(trouble => trouble.Id).ShouldBe([$"certificate{expired}/expiry", $"certificate/certificates/{failed.Id}/order"]);
    }

    [Theory]
    [InlineData(15, null)]
    [InlineData(13, false)]
    [InlineData(2, true)]
    [InlineData(-1, true)]
    public async Task Notice_OfAnExpiry_ComesInTime(int days, bool? trouble)
    {
        await AddAsync("one", Issue.Pem(["a.example.com", "b.example.com"], days: days));
        var notices = CertificateNotice.Of(await ListAsync(1), _now);
        notices.Select(one => (bool?)one.IsTrouble).ShouldBe(trouble is null ? [] : [trouble]);

        // Whoever has its names and is valid longer takes the notice away, but for the default.
        await AddAsync("two", Issue.Pem(["a.example.com", "b.example.com"], days: 90));
        await Store.MarkDefaultAsync((await Store.ListAsync(default)).Single(row => row.Name == "two").Id, true, _boss, default);
        await Eventually.TrueAsync(
            () => Task.FromResult(_console.Proxy.Certificates.Choice.Default.Name == "two"),
            "the second one is the default"
        );
        CertificateNotice.Of(await ListAsync(2), _now).ShouldBeEmpty();
    }

    [Fact]
    public async Task BareHosts_OfRoutes_AreThoseWithoutAValidCertificate()
    {
        await AddAsync("wild", Issue.Pem(["*.a.example.com"]));
        await AddAsync("expired", Issue.Pem(["old.example.com"], days: -1));
        var config = new ProxyConfig
        {
            Routes =
            [
                Route("one", "x.a.example.com", "bare.example.com", "*.b.example.com", "~^c", ".d.example.com"),
                Route("two", "Bare.Example.com", "old.example.com"),
                Route("off", "off.example.com") with
                {
                    Enabled = false,
                },
            ],
        };
        await Store.OrderAsync(
            "ordered",
            ["old.example.com"],
            new() { DirectoryUrl = AcmeOrder.KnownDirectories[0] },
            AcmeSecrets.None,
            _boss,
            default
        );
        var bare = (await ListAsync(2)).BareHosts(config, _now);
        bare.Select(one => one.Ordered?.Name).ShouldBe([null, "ordered"]);
        bare.Select(one => (one.Host, one.Has?.Name, string.Join(' ', one.Routes.Select(route => route.Name))))
            .ShouldBe([("bare.example.com", null, "one two"), ("old.example.com", "expired", "two")]);
    }

    [Fact]
    public async Task LostWithout_ACertificate_SaysWhatEachHostGetsThen()
    {
        await AddAsync("exact", Issue.Pem(["x.a.example.com", "y.example.com"]));
        await AddAsync("wild", Issue.Pem(["*.a.example.com"]));
        var list = await ListAsync(2);
        var config = new ProxyConfig { Routes = [Route("one", "x.a.example.com", "y.example.com", "z.a.example.com")] };
        list.LostWithout(list.Lines.Single(line => line.Name == "exact").Served!, config, _now)
            .Select(one => (one.Host, one.Then?.Name))
            .ShouldBe([("x.a.example.com", "wild"), ("y.example.com", null)]);
    }

    [Fact]
    public async Task ShownBy_ACertificate_AreThePoolsThatFindNoneWithoutIt()
    {
        await AddAsync("To-Backend", Issue.Pem(["client.example.com"]));
        await AddAsync("other", Issue.Pem(["other.example.com"]));
        var list = await ListAsync(2);
        var config = new ProxyConfig
        {
            UpstreamPools =
            [
                Pool("b", "https://b:1", "to-backend"),
                Pool("a", "https://a:1", "To-Backend"),
                Pool("plain", "http://c:1", "to-backend"),
                Pool("none", "https://d:1", ""),
            ],
        };
        var held = list.Lines.Single(line => line.Name == "To-Backend");
        list.ShownBy(held, config).Select(pool => pool.Name).ShouldBe(["a", "b"]);
        list.ShownBy(list.Lines.Single(line => line.Name == "other"), config).ShouldBeEmpty();

        // Of two of that name, only the one that pools find.
        list.ShownBy(held with { Served = null }, config).ShouldBeEmpty();
        list.ShownBy(
                new("not-there-yet", CertificateOrigin.Held, CertificateStatus.Ordered, []),
                new() { UpstreamPools = [Pool("c", "https://c:1", "not-there-yet")] }
            )
            .Length.ShouldBe(1);

        static UpstreamPool Pool(string name, string address, string certificate) =>
            new()
            {
                Id = Guid.NewGuid(),
                Name = name,
                Servers = [new() { Address = address }],
                Tls = new() { ClientCertificate = certificate },
            };
    }

    [Fact]
    public async Task MasterKey_Lost_StartsAllTheSameAndSaysWhatToDo()
    {
        await using var lost = await ConsoleUnderTest.StartAsync(folder =>
        {
            using (var node = Node.OpenAsync(new() { Data = folder }, default).GetAwaiter().GetResult())
                AddAsync(node.Certificates, "before", Issue.Pem(["a.example.com"])).GetAwaiter().GetResult();
            File.Delete(Path.Combine(folder, "master.key"));
        });
        var (store, shelf) = (lost.Services.GetRequiredService<CertificateStore>(), lost.Proxy.Certificates);
        var broken = CertificateList.Of(await store.ListAsync(default), shelf.Choice, shelf.Problems, _now).Lines.ShouldHaveSingleItem();
        (broken.Status, broken.Facts?.Names[0]).ShouldBe((CertificateStatus.Broken, "a.example.com"));
        broken.Problem.ShouldNotBeNull().ShouldContain("Restore the file master.key");
        await AddAsync(store, "after", Issue.Pem(["b.example.com"]));
        await Eventually.TrueAsync(() => Task.FromResult(shelf.Find("after") is not null), "the new one is served");

        // Together with its key it comes back.
        var (chain, key, _) = Issue.Pem(["a.example.com"], days: 30);
        var material = CertificateMaterial.Of(CertificateParser.FromPem(chain + "\n" + key).ShouldBeOfType<CertificateReading.Read>());
        await store.ReplaceAsync(broken.Row!.Id, broken.Row.Version, material, _boss, default);
        await Eventually.TrueAsync(() => Task.FromResult(shelf.Find("before") is not null && shelf.Problems.IsEmpty), "it is served again");
    }

    [Fact]
    public async Task Pool_OfSomebodyWithAScope_ShowsTheirCertificatesOnly()
    {
        await AddAsync("mine", Issue.Pem(["x.a.example.com"]));
        await AddAsync("billing", Issue.Pem(["billing.example.com"]));
        await ListAsync(2);
        AccessScope.TryParse("host:*.a.example.com", out var scope, out _).ShouldBeTrue();
        (await SaveAsync("billing"))
            .ShouldBeOfType<EditResult.Rejected>()
            .Problems.ShouldHaveSingleItem()
            .Path.ShouldBe("upstreamPools/p/tls/clientCertificate");
        (await SaveAsync("mine")).ShouldBeOfType<EditResult.Saved>();

        Task<EditResult> SaveAsync(string certificate)
        {
            var pool = new UpstreamPool
            {
                Name = "p",
                Servers = [new() { Address = "https://127.0.0.1:9" }],
                Tls = new() { ClientCertificate = certificate },
            };
            return _console
                .Services.GetRequiredService<ConfigEditor>()
                .ApplyAsync(
                    config => Items.Put(config, pool),
                    (long?)null,
                    new(new Actor("ops", "test", new(Role.Operator, scope)), "", "console"),
                    false,
                    default
                );
        }
    }

    private static Route Route(string name, params string[] hosts) =>
        new()
        {
            Name = name,
            Hosts = [.. hosts],
            Action = new RouteAction.Respond { Body = "ok" },
        };

    private Task AddAsync(string name, (string, string, System.Security.Cryptography.X509Certificates.X509Certificate2) made) =>
        AddAsync(Store, name, made);

    private static async Task AddAsync(
        CertificateStore store,
        string name,
        (string Chain, string Key, System.Security.Cryptography.X509Certificates.X509Certificate2) made
    )
    {
        var material = CertificateMaterial.Of(
            CertificateParser.FromPem(made.Chain + "\n" + made.Key).ShouldBeOfType<CertificateReading.Read>()
        );
        (await store.AddAsync(name, CertificateKind.Uploaded, material, _boss, default)).ShouldBeOfType<CertificateResult.Done>();
    }

    private async Task<CertificateList> ListAsync(int served)
    {
        var shelf = _console.Proxy.Certificates;
        await Eventually.TrueAsync(() => Task.FromResult(shelf.Choice.All.Length == served), "the shelf has them");
        return CertificateList.Of(await Store.ListAsync(default), shelf.Choice, shelf.Problems, _now);
    }
}
