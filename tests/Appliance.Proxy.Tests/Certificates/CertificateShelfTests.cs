using Appliance.Proxy.Certificates;
using Appliance.Proxy.Config;
using Appliance.Proxy.Routing;
using Appliance.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Proxy.Tests.Certificates;

/// <summary>The folder and what the product holds, side by side.</summary>
public sealed class CertificateShelfTests : IDisposable
{
    private readonly Issued _issued = new();
    private readonly MemoryCertificates _held = new();

    public void Dispose() => _issued.Dispose();

    [Fact]
    public async Task For_NamesOfBothSources_IsWhicheverHasTheNameAndSaysWhereItIsFrom()
    {
        _issued.Write("file", ["a.example.com"]);
        var one = _held.Save(_issued.Held("Held one", ["b.example.com", "*.c.example.com"]));
        var shelf = await ShelfAsync();
        shelf
            .For("a.example.com")
            .ShouldSatisfyAllConditions(
                file => file.Origin.ShouldBe(CertificateOrigin.Folder),
                file => file.Name.ShouldBe("file"),
                file => file.File.ShouldBe("file.pem"),
                file => file.HeldId.ShouldBeNull()
            );
        shelf
            .For("x.c.example.com")
            .ShouldSatisfyAllConditions(
                own => own.Origin.ShouldBe(CertificateOrigin.Held),
                own => own.Name.ShouldBe("Held one"),
                own => own.HeldId.ShouldBe(one.Id),
                own => own.Chain.ShouldHaveSingleItem()
            );
        shelf.Choice.All.Length.ShouldBe(2);
    }

    [Theory]
    [InlineData(90, 91, -30, "held")]
    [InlineData(91, 90, -30, "file")]
    [InlineData(-1, 10, -30, "held")]
    [InlineData(90, 400, 20, "file")]
    public async Task TwoForOneName_TheOneThatIsValidNowThenTheOneThatIsValidLongest(int fileDays, int heldDays, int heldFrom, string wins)
    {
        _issued.Write("file", ["a.example.com"], days: fileDays);
        _held.Save(_issued.Held("held", ["a.example.com"], heldDays, fromDays: heldFrom));
        (await ShelfAsync()).For("a.example.com").Name.ShouldBe(wins);
    }

    [Fact]
    public async Task Default_IsTheMarkedOneThenTheFileCalledDefaultThenTheFirst()
    {
        _held.Save(_issued.Held("aa", ["a.example.com"]));
        var shelf = await ShelfAsync();
        shelf.Choice.Default.Name.ShouldBe("aa");
        _issued.Write("zz", ["z.example.com"]);
        shelf.Look();
        shelf.Choice.Default.Name.ShouldBe("zz");
        _issued.Write("default", ["d.example.com"]);
        shelf.Look();
        shelf.Choice.Default.Name.ShouldBe("default");
        var marked = _held.Save(_issued.Held("bb", ["b.example.com"], isDefault: true));
        await shelf.ReadHeldAsync(CancellationToken.None);
        shelf.For(null).Name.ShouldBe("bb");
        _held.Save(marked with { IsDefault = false });
        await shelf.ReadHeldAsync(CancellationToken.None);
        shelf.For(null).Name.ShouldBe("default");
    }

    [Fact]
    public async Task Find_ByName_IgnoresCaseAndPrefersTheFolder()
    {
        _issued.Write("client", ["a.example.com"]);
        _issued.Write("Only-File", ["b.example.com"], days: -1);
        _held.Save(_issued.Held("Client", ["c.example.com"]));
        var shelf = await ShelfAsync();
        shelf.Find("CLIENT")!.Origin.ShouldBe(CertificateOrigin.Folder);
        shelf.Find("only-file")!.IsValidAt(DateTimeOffset.UtcNow).ShouldBeFalse();
        shelf.Find("client.pem").ShouldBeNull();
        shelf.Find("").ShouldBeNull();
    }

    [Fact]
    public async Task Source_AwayOrBroken_TakesNothingAway()
    {
        _issued.Write("file", ["a.example.com"]);
        var one = _held.Save(_issued.Held("held", ["b.example.com"]));
        var shelf = await ShelfAsync();
        var before = shelf.For("b.example.com");

        _held.Away = true;
        await shelf.ReadHeldAsync(CancellationToken.None);
        shelf.For("b.example.com").ShouldBe(before);
        shelf.Problems.ShouldHaveSingleItem().Sentence.ShouldContain("database");
        _held.Away = false;
        await shelf.ReadHeldAsync(CancellationToken.None);
        shelf.Problems.ShouldBeEmpty();

        _held.Save(one with { Key = null, Fault = "The key of held cannot be opened; restore master.key." });
        await shelf.ReadHeldAsync(CancellationToken.None);
        shelf.For("b.example.com").ShouldBe(before);
        shelf.Problems.ShouldHaveSingleItem().ShouldBe(new("", "The key of held cannot be opened; restore master.key.") { Held = one.Id });
        _held.Save(one with { Chain = "noise" });
        await shelf.ReadHeldAsync(CancellationToken.None);
        shelf.For("b.example.com").ShouldBe(before);
        shelf.Problems.ShouldHaveSingleItem().Sentence.ShouldBe("held has no certificate in it.");

        Directory.Move(_issued.Folder, _issued.Folder + ".away");
        shelf.Look();
        shelf.For("a.example.com").Name.ShouldBe("file");
        shelf.Problems.Length.ShouldBe(2);
        Directory.Move(_issued.Folder + ".away", _issued.Folder);
        _held.Remove(one.Id);
        shelf.Look();
        await shelf.ReadHeldAsync(CancellationToken.None);
        shelf.Problems.ShouldBeEmpty();
        shelf.For("b.example.com").Name.ShouldBe("file");
    }

    [Fact]
    public async Task Unchanged_IsTheSameChoice()
    {
        _issued.Write("file", ["a.example.com"]);
        _held.Save(_issued.Held("held", ["b.example.com"]));
        var shelf = await ShelfAsync();
        var before = shelf.Choice;
        shelf.Look();
        await shelf.ReadHeldAsync(CancellationToken.None);
        shelf.Choice.ShouldBeSameAs(before);
    }

    [Fact]
    public async Task NotValidYet_IsServedFromItsFirstDay()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        _issued.Write("file", ["a.example.com"], days: 90);
        _held.Save(_issued.Held("next", ["a.example.com"], days: 399, fromDays: 5));
        var shelf = Shelves.Of(_issued.Folder, _held, time);
        await shelf.ReadHeldAsync(CancellationToken.None);
        shelf.For("a.example.com").Name.ShouldBe("file");
        time.Advance(TimeSpan.FromDays(6));
        shelf.Look();
        shelf.For("a.example.com").Name.ShouldBe("next");
    }

    [Fact]
    public async Task Proxy_WithoutHttpsPort_HasTheShelfAndFollowsItsSource()
    {
        _held.Save(_issued.Held("client", ["a.example.com"]));
        await using var proxy = await ProxyUnderTest.StartAsync(
            new ProxyConfig
            {
                Routes =
                [
                    new()
                    {
                        Name = "all",
                        Action = new RouteAction.Respond { Body = "ok" },
                    },
                ],
            },
            new() { Certificates = _issued.Folder },
            held: _held
        );
        proxy.Host.HttpsEndPoint.ShouldBeNull();
        proxy.Host.Certificates.Find("client").ShouldNotBeNull();
        _held.Save(_issued.Held("second", ["b.example.com"]));
        await Eventually.TrueAsync(() => Task.FromResult(proxy.Host.Certificates.Find("second") is not null), "the second one is found");
    }

    private async Task<CertificateShelf> ShelfAsync()
    {
        var shelf = Shelves.Of(_issued.Folder, _held);
        await shelf.ReadHeldAsync(CancellationToken.None);
        return shelf;
    }
}
