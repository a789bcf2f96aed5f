using Appliance.Data.Notices;
using Appliance.Testing;
using Appliance.Web.Notices;
using Appliance.Web.Troubles;

namespace Appliance.Web.Tests.Notices;

public sealed class NoticeTrackerTests
{
    private readonly NoticeTracker _tracker = new();
    private DateTimeOffset _now = TestTime.Start;

    [Fact]
    public void Look_TroubleThatLasts_IsToldOnceWhenItsTimeIsOver()
    {
        After(0, Down()).ShouldBeEmpty();
        After(14, Down()).ShouldBeEmpty();
        After(1, Down()).ShouldHaveSingleItem().What.ShouldBe(NoticeEvent.Began);
        After(1, Down()).ShouldBeEmpty();
        After(3600, Down()).ShouldBeEmpty();
    }

    [Fact]
    public void Look_TroubleThatIsOverBefore_IsNotTold()
    {
        After(0, Down());
        After(10, Down());
        After(1).ShouldBeEmpty();
        After(1, Down()).ShouldBeEmpty();
        After(10, Down()).ShouldBeEmpty();
        After(5, Down()).ShouldHaveSingleItem();
    }

    [Fact]
    public void Look_TroubleIsGone_IsToldWhenItWasGoneForAWhile()
    {
        var began = Begin();
        After(100, Down());
        After(1).ShouldBeEmpty();
        After(9).ShouldBeEmpty();
        var over = After(1).ShouldHaveSingleItem();
        over.What.ShouldBe(NoticeEvent.Over);
        over.Row.Id.ShouldBe(began.Id);
        (over.Row.OverUtc - over.Row.SinceUtc).ShouldBe(TimeSpan.FromSeconds(15 + 100 + 1));
        After(1).ShouldBeEmpty();
    }

    [Fact]
    public void Look_GoneForAMoment_IsNeitherOverNorAnotherOne()
    {
        Begin();
        After(1).ShouldBeEmpty();
        After(5, Down()).ShouldBeEmpty();
        After(30, Down()).ShouldBeEmpty();
        _tracker.Open.ShouldBe(["server/1"]);
    }

    [Fact]
    public void Look_ComesBackSoon_IsCountedAndNotTold()
    {
        var began = Begin();
        End();
        After(60, Down()).ShouldBeEmpty();
        var back = After(15, Down()).ShouldHaveSingleItem();
        back.What.ShouldBe(NoticeEvent.Changed);
        (back.Row.Id, back.Row.Times, back.Row.IsOpen).ShouldBe((began.Id, 2, true));

        // Nobody heard that it is there again, so nobody hears that it is over.
        After(1);
        After(10).ShouldHaveSingleItem().What.ShouldBe(NoticeEvent.Changed);
    }

    [Fact]
    public void Look_ComesBackAndLasts_IsToldAgain()
    {
        Begin();
        End();
        After(60, Down());
        After(15, Down());
        After(284, Down()).ShouldBeEmpty();
        var again = After(1, Down()).ShouldHaveSingleItem();
        (again.What, again.Row.Times).ShouldBe((NoticeEvent.Began, 2));
        After(1);
        After(10).ShouldHaveSingleItem().What.ShouldBe(NoticeEvent.Over);
    }

    [Fact]
    public void Look_FlapsForHours_IsToldOnceAnHour()
    {
        var told = 0;
        for (var minute = 0; minute < 180; minute++)
        {
            told += After(30, Down()).Count(news => news.What == NoticeEvent.Began);
            told += After(20, Down()).Count(news => news.What == NoticeEvent.Began);
            After(1);
            After(10);
        }

        told.ShouldBe(3);
    }

    [Fact]
    public void Look_ComesBackMuchLater_IsAnotherOne()
    {
        var began = Begin();
        End();
        After(601).ShouldBeEmpty();
        After(1, Down());
        var other = After(15, Down()).ShouldHaveSingleItem();
        other.What.ShouldBe(NoticeEvent.Began);
        other.Row.Id.ShouldNotBe(began.Id);
        other.Row.Times.ShouldBe(1);
    }

    [Fact]
    public void Look_GetsWorse_IsToldAgain()
    {
        Begin();
        var worse = After(60, Down() with { Severity = NoticeSeverity.Critical }).ShouldHaveSingleItem();
        (worse.What, worse.Row.Severity).ShouldBe((NoticeEvent.Worse, NoticeSeverity.Critical));
        After(60, Down()).ShouldBeEmpty();
    }

    [Fact]
    public void Look_SentenceChanges_IsKeptAndNotTold()
    {
        Begin();
        After(5, Down() with { Sentence = "Another reason." }).ShouldBeEmpty();
        After(60, Down() with { Sentence = "Another reason." }).ShouldHaveSingleItem().What.ShouldBe(NoticeEvent.Changed);
    }

    [Fact]
    public void Look_PartOfALargerTrouble_IsNotToldBesides()
    {
        var pool = Down() with { Id = "pool/1", Kind = TroubleKind.Pool };
        var server = Down() with { PartOf = "pool/1" };
        After(0, pool, server);
        After(30, pool, server).ShouldHaveSingleItem().Row.Trouble.ShouldBe("pool/1");
        After(60, pool, server).ShouldBeEmpty();
        After(1, server).ShouldHaveSingleItem().Row.Trouble.ShouldBe("server/1");
    }

    [Fact]
    public void Look_PartOfALargerTroubleThatIsUnsure_IsToldOnlyWhenThatOneWasNotThere()
    {
        var pool = Down() with { Id = "pool/1", Kind = TroubleKind.Pool };
        var server = Down() with { PartOf = "pool/1" };
        After(0, pool, server);
        After(5, pool with { IsUnsure = true }, server);
        After(20, pool with { IsUnsure = true }, server).ShouldBeEmpty();
        After(1, pool, server).ShouldHaveSingleItem().Row.Trouble.ShouldBe("pool/1");
        After(60, pool with { IsUnsure = true }, server).ShouldBeEmpty();

        var other = server with { Id = "server/2", PartOf = "pool/2" };
        var unsure = pool with { Id = "pool/2", IsUnsure = true };
        After(1, pool, server, unsure, other);
        After(15, pool, server, unsure, other).ShouldHaveSingleItem().Row.Trouble.ShouldBe("server/2");
    }

    [Fact]
    public void Look_ClockThatWasAhead_HoldsNothingForGood()
    {
        Begin();
        End();
        _now -= TimeSpan.FromDays(1_000);
        After(0).ShouldBeEmpty();
        After(601).ShouldBeEmpty();
        After(1, Down());
        After(15, Down()).ShouldHaveSingleItem().Row.Times.ShouldBe(1);
    }

    [Fact]
    public void Load_RowsOfAClockThatWasAhead_AreOfNow()
    {
        var ahead = Begin() with { OverUtc = _now.UtcDateTime.AddDays(1_000), ToldUtc = _now.UtcDateTime.AddDays(999) };
        var other = new NoticeTracker();
        other.Load([ahead], _now).ShouldBeEmpty();
        var later = _now + NoticeTracker.Returns;
        other.Look([], later).ShouldBeEmpty();
        other.Look([Down()], later + TimeSpan.FromSeconds(1));
        other.Look([Down()], later + TimeSpan.FromSeconds(16)).ShouldHaveSingleItem().Row.Id.ShouldNotBe(ahead.Id);
    }

    [Fact]
    public void Look_UnsureTrouble_BeginsNothingAndEndsNothing()
    {
        var unsure = Down() with { IsUnsure = true };
        After(0, unsure);
        After(100, unsure).ShouldBeEmpty();
        After(1, Down()).ShouldBeEmpty();
        After(15, Down()).ShouldHaveSingleItem();
        After(1000, unsure).ShouldBeEmpty();
        _tracker.Open.ShouldBe(["server/1"]);
    }

    [Fact]
    public void Look_BlindOnATrouble_LeavesItAsItIs()
    {
        Begin();
        _now += TimeSpan.FromSeconds(100);
        _tracker.Look([], _now, _ => true).ShouldBeEmpty();
        _now += TimeSpan.FromSeconds(100);
        _tracker.Look([], _now, _ => true).ShouldBeEmpty();
        _tracker.Open.ShouldNotBeEmpty();
    }

    [Fact]
    public void Load_AfterARestart_TellsNothingAgainAndThenItsEnd()
    {
        var began = Begin();
        var other = new NoticeTracker();
        other.Load([began], _now).ShouldBeEmpty();
        other.Look([Down()], _now).ShouldBeEmpty();
        other.Look([Down()], _now + TimeSpan.FromMinutes(1)).ShouldBeEmpty();
        other.Look([], _now + TimeSpan.FromMinutes(2)).ShouldBeEmpty();
        var over = other.Look([], _now + TimeSpan.FromMinutes(3)).ShouldHaveSingleItem();
        (over.What, over.Row.Id).ShouldBe((NoticeEvent.Over, began.Id));
    }

    [Fact]
    public void Load_ToldBeforeTheStoreCameBack_ClosesTheOlderOne()
    {
        var older = Begin();
        var other = new NoticeTracker();
        other.Look([Down()], _now);
        other.Look([Down()], _now + TimeSpan.FromSeconds(15)).ShouldHaveSingleItem();
        var closed = other.Load([older], _now + TimeSpan.FromSeconds(20)).ShouldHaveSingleItem();
        (closed.What, closed.Row.Id, closed.Row.IsOpen).ShouldBe((NoticeEvent.Changed, older.Id, false));
    }

    [Fact]
    public void Look_News_EndsSilently()
    {
        var drain = Down() with { Kind = TroubleKind.Drain, IsNews = true };
        After(0, drain).ShouldHaveSingleItem().What.ShouldBe(NoticeEvent.Began);
        After(60).ShouldHaveSingleItem().What.ShouldBe(NoticeEvent.Changed);
    }

    private static Trouble Down() =>
        new()
        {
            Id = "server/1",
            Kind = TroubleKind.Server,
            Severity = NoticeSeverity.Warning,
            Sentence = "Server one is down.",
            Path = "/pools/1",
        };

    private IReadOnlyList<NoticeNews> After(int seconds, params Trouble[] troubles)
    {
        _now += TimeSpan.FromSeconds(seconds);
        return _tracker.Look(troubles, _now);
    }

    private NoticeRow Begin()
    {
        After(0, Down());
        return After(15, Down()).ShouldHaveSingleItem().Row;
    }

    private void End()
    {
        After(1);
        After(10).ShouldHaveSingleItem().What.ShouldBe(NoticeEvent.Over);
    }
}
