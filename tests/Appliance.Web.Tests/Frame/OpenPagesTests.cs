using System.Security.Claims;
using Appliance.Data.Rights;
using Appliance.Testing;
using Appliance.Web.Frame;
using Appliance.Web.SignIn;
using Appliance.Web.Tests.Access;
using Appliance.Web.Tests.Control;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Web.Tests.Frame;

/// <summary>What is remembered of circuits: who may come back to which, for how long, and how many there are at most.</summary>
public sealed class OpenPagesTests
{
    private readonly FakeTimeProvider _time = TestTime.New();
    private readonly OpenPages _pages;
    private readonly ClaimsPrincipal _person = Session.Of(
        new()
        {
            Id = 1,
            Name = "ann",
            NormalizedName = "ANN",
            Role = Role.Viewer,
        },
        "session"
    );
    private int _number;

    public OpenPagesTests() => _pages = new(_time);

    [Fact]
    public void Circuits_LeftOneAfterTheOther_AreRememberedUpToANumber()
    {
        var (first, last) = ("", "");
        for (var at = 0; at < 3 * OpenPages.MostLost; at++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            last = Leave(Begin());
            first = at == 0 ? last : first;
            _pages.Circuits.ShouldBeLessThanOrEqualTo(OpenPages.MostLost);
        }

        _pages.Circuits.ShouldBe(OpenPages.MostLost);
        var page = Open();
        _pages.IsOwn(page, first).ShouldBeFalse();
        _pages.IsOwn(page, last).ShouldBeTrue();
    }

    [Fact]
    public void Circuits_OpenOnes_AreNotForgottenForThoseThatWereLeft()
    {
        var open = Begin();
        for (var at = 0; at < 2 * OpenPages.MostLost; at++)
            Leave(Begin());
        _pages.ForgetLost(_time.GetUtcNow() + TimeSpan.FromDays(1));
        _pages.Circuits.ShouldBe(1);
        _pages.IsOwn(Open(), open.Secret).ShouldBeTrue();
    }

    [Fact]
    public async Task Watch_TimeAfterTheLoss_ForgetsEveryOne()
    {
        await using var console = await ConsoleUnderTest.StartAsync();
        var viewer = await Somebody.SignInAsync(console.Services, Role.Viewer);
        var pages = console.Services.GetRequiredService<OpenPages>();
        var watch = console.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<PageWatch>().Single();
        await using (var page = await RawPage.OpenAsync(console.Port, viewer.Cookie))
            await page.AskAsync("StartCircuit", page.Home, page.Home, "[]", "");
        await Eventually.TrueAsync(() => Task.FromResult(pages.List().Count == 0), "the connection is gone");
        pages.Circuits.ShouldBe(1);

        await watch.LookAsync(TimeProvider.System.GetUtcNow() + ConsoleSetup.KeptAfterLoss, CancellationToken.None);
        pages.Circuits.ShouldBe(1);
        await watch.LookAsync(TimeProvider.System.GetUtcNow() + (2 * ConsoleSetup.KeptAfterLoss), CancellationToken.None);
        pages.Circuits.ShouldBe(0);
    }

    // The framework answers when the browser has gone: nothing else will ever say that it went.
    [Fact]
    public void Began_ConnectionHasGoneMeanwhile_IsForgottenAsOneThatWasLeft()
    {
        var page = Open();
        _pages.Remove(page.Id);
        _pages.Began(page, "late");
        AfterTheLoss().ShouldBe(0);
    }

    [Fact]
    public void CameBack_ConnectionHasGoneMeanwhile_IsForgottenAsOneThatWasLeft()
    {
        var secret = Leave(Begin());
        var page = Open();
        _pages.Remove(page.Id);
        _pages.CameBack(page, secret);
        AfterTheLoss().ShouldBe(0);
    }

    // A client that pauses its page may begin another one on the same connection.
    [Fact]
    public void Began_AgainOnTheSameConnection_TheOneBeforeIsForgotten()
    {
        var (page, _) = Begin();
        for (var again = 0; again < 3; again++)
            _pages.Began(page, $"again {again}");
        AfterTheLoss().ShouldBe(1);
    }

    // A network that was lost without a word: the old connection ends long after the new one has come.
    [Fact]
    public void CameBack_BeforeTheOldConnectionEnds_StaysForTheNewOne()
    {
        var (old, secret) = Begin();
        var page = Open();
        _pages.CameBack(page, secret);
        _pages.Remove(old.Id);
        AfterTheLoss().ShouldBe(1);
        _pages.Remove(page.Id);
        AfterTheLoss().ShouldBe(0);
    }

    private int AfterTheLoss()
    {
        _pages.ForgetLost(_time.GetUtcNow() + TimeSpan.FromDays(1));
        return _pages.Circuits;
    }

    private OpenPage Open() => _pages.Add(new FakeHubCaller(++_number), _person).ShouldNotBeNull();

    private (OpenPage Page, string Secret) Begin()
    {
        var page = Open();
        var secret = $"secret {_number}";
        _pages.Began(page, secret);
        return (page, secret);
    }

    private string Leave((OpenPage Page, string Secret) begun)
    {
        _pages.Remove(begun.Page.Id);
        return begun.Secret;
    }
}
