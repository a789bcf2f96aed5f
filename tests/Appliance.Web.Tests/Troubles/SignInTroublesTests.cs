using Appliance.Proxy.Config;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.Upstreams;
using Appliance.Testing;
using Appliance.Web.Live;
using Appliance.Web.SignIn;
using Appliance.Web.Troubles;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Web.Tests.Troubles;

public sealed class SignInTroublesTests
{
    private static readonly HashSet<string> _none = [];
    private readonly FakeTimeProvider _time = TestTime.New();
    private readonly LockedOut _locked;

    public SignInTroublesTests() => _locked = new(_time);

    [Fact]
    public void Name_ThatWaits_IsATroubleUntilItsWaitIsOver()
    {
        _locked.Note("ann", "203.0.113.9", TimeSpan.FromMinutes(5));
        _locked.Note("ann", "203.0.113.10", TimeSpan.FromMinutes(5));
        var trouble = Find().ShouldHaveSingleItem();
        trouble.Id.ShouldBe("sign-in/name/ann");
        trouble.Sentence.ShouldStartWith("Too many wrong passwords for ann: 203.0.113.");
        _time.Advance(TimeSpan.FromMinutes(4));
        Find().ShouldHaveSingleItem();
        _time.Advance(TimeSpan.FromMinutes(1));
        Find().ShouldBeEmpty();
    }

    [Fact]
    public void Name_ThatEverybodyGuessesAt_KeepsOutEveryUnknownDevice()
    {
        _locked.Note("ann", "203.0.113.9", TimeSpan.FromMinutes(5), isEverybody: true);
        _locked.Note("ann", "203.0.113.10", TimeSpan.FromMinutes(5));
        Find()
            .ShouldHaveSingleItem()
            .Sentence.ShouldBe(
                "Too many wrong passwords for ann: every device on which they have not signed in before has to wait 5\u202Fmin."
            );
    }

    [Fact]
    public void Addresses_HoweverMany_AreOneTrouble()
    {
        for (var number = 0; number < 2_000; number++)
        {
            _locked.Note("", $"2001:db8::{number:x}", TimeSpan.FromMinutes(5));
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        var trouble = Find().ShouldHaveSingleItem();
        trouble.Id.ShouldBe("sign-in/addresses");
        trouble.Sentence.ShouldEndWith("the last is 2001:db8::7cf.");
        _locked.List(_time.GetUtcNow()).Count.ShouldBe(1_000);
    }

    [Fact]
    public void Name_ThatGetsAnotherPassword_IsNoTroubleAnyMore()
    {
        _locked.Note("ann", "203.0.113.9", TimeSpan.FromMinutes(5));
        _locked.Forget("ANN");
        Find().ShouldBeEmpty();
    }

    [Fact]
    public void Drain_IsToldWhenItIsThrough()
    {
        FindDrain(atStart: 3, remaining: 1).ShouldBeEmpty();
        FindDrain(atStart: 0, remaining: 0).ShouldBeEmpty();
        var trouble = FindDrain(atStart: 3, remaining: 0).ShouldHaveSingleItem();
        trouble.Sentence.ShouldBe("The drain of route chat is through: 3 WebSockets were open when ann began it, and every one is closed.");
        trouble.IsNews.ShouldBeTrue();
    }

    [Fact]
    public void Store_ThatIsAway_IsATrouble() =>
        new StoreTroubles()
            .Of(View() with { StoreProblem = "The database is away." }, _none)
            .ShouldHaveSingleItem()
            .Sentence.ShouldBe("The database is away.");

    private IEnumerable<Trouble> Find() => new SignInTroubles(_locked).Of(View(), _none);

    private IEnumerable<Trouble> FindDrain(int atStart, int remaining)
    {
        var order = new DrainOrder
        {
            Target = new(DrainKind.Route, Guid.NewGuid()),
            Name = "route chat",
            By = "ann",
        };
        IReadOnlyList<DrainStatus> drains = [new(order, TestTime.Start, atStart, remaining, TimeSpan.Zero)];
        return new DrainTroubles().Of(View() with { Drains = new(() => drains) }, _none);
    }

    private ConsoleView View() =>
        new(
            _time.GetUtcNow(),
            new ConfigRevision(1, new()),
            null,
            [],
            new(1, 1, null, [], TestTime.Start),
            TrafficView.Empty,
            UpstreamView.Empty,
            0
        );
}
