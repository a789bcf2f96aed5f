using Appliance.Proxy.Connections;
using Appliance.Testing;
using Appliance.Web.Connections;

namespace Appliance.Web.Tests.Connections;

public sealed class ConnectionPageTests
{
    [Fact]
    public void Of_ManyPages_NewestFirstAndNeverBehindTheLast()
    {
        LiveConnection[] all = [.. Enumerable.Range(1, 120).Select(number => Connected.To("chat", port: number))];
        var first = ConnectionPage.Of(all, new());
        (first.Count, first.Number, first.Rows.Length).ShouldBe((120, 0, 50));
        first.Rows[0].One.ClientPort.ShouldBe(120);
        var last = ConnectionPage.Of(all, new() { Page = 99 });
        (last.Number, last.Rows.Length).ShouldBe((2, 20));
        last.Rows[^1].One.ClientPort.ShouldBe(1);
    }

    [Fact]
    public void Of_SortedAndFiltered_BothHold()
    {
        var time = TestTime.New();
        var old = Connected.To("b", time: time);
        time.Advance(TimeSpan.FromMinutes(2));
        LiveConnection[] all = [old, Connected.To("a", time: time), Connected.To("c", client: "192.168.0.1", time: time)];
        Routes(ConnectionPage.Of(all, new() { Sort = "route" })).ShouldBe(["a", "b", "c"]);
        Routes(ConnectionPage.Of(all, new() { Sort = "-route", Client = "10.0.0.0/8" })).ShouldBe(["b", "a"]);
        Routes(ConnectionPage.Of(all, new() { Sort = "-age" }))[0].ShouldBe("b");
        Routes(ConnectionPage.Of(all, new() { Age = "1m" })).ShouldBe(["b"]);
    }

    [Fact]
    public void EveryColumn_SortsBothWaysAndSaysSomething()
    {
        LiveConnection[] all = [Connected.To("b", extensions: "permessage-deflate; client_max_window_bits"), Connected.To("a")];
        foreach (var column in ConnectionColumn.All)
        {
            column.Sort(all, false).Count().ShouldBe(2);
            column.Sort(all, true).Count().ShouldBe(2);
            column.Text(all[0]).ShouldNotBeNullOrEmpty(column.Key);
            ConnectionColumn.All[column.Index].ShouldBe(column);
        }

        ConnectionColumn.Find("compression")!.Text(all[0]).ShouldBe("deflate");
        ConnectionColumn.Find("compression")!.Text(all[1]).ShouldBe("none");
    }

    [Fact]
    public void Chosen_WhatABrowserRemembers_IsInTheOrderOfTheTable()
    {
        ConnectionColumn.Chosen("pings route unknown").Select(column => column.Key).ShouldBe(["route", "pings"]);
        ConnectionColumn.Chosen(null).ShouldBe(ConnectionColumn.Defaults);
        ConnectionColumn.Chosen("unknown").ShouldBe(ConnectionColumn.Defaults);
    }

    [Fact]
    public void OpenConnections_ManyLookers_AreReadOnceAndOnlyWhenSomebodyLooks()
    {
        var reads = 0;
        var open = new OpenConnections(
            new(() =>
            {
                reads++;
                return [Connected.To("chat")];
            })
        );
        reads.ShouldBe(0);
        open.Page(new() { Route = "chat" }).ShouldBeSameAs(open.Page(new() { Route = "chat" }));
        open.Page(new() { Route = "other" }).Count.ShouldBe(0);
        reads.ShouldBe(1);
    }

    [Fact]
    public void ShowsTheSame_AsLongAsNoTextOfAShownColumnIsAnother()
    {
        var time = TestTime.New();
        LiveConnection[] all = [Connected.To("a", time: time), Connected.To("b", time: time)];
        time.Advance(TimeSpan.FromMinutes(3));
        ConnectionPage Page() => ConnectionPage.Of(all, new());
        var before = Page();
        before.ShowsTheSame(before, ConnectionColumn.Defaults).ShouldBeTrue();
        _ = before.ShowsTheSame(Page(), ConnectionColumn.Defaults);
        time.Advance(TimeSpan.FromSeconds(1));
        before.ShowsTheSame(Page(), ConnectionColumn.Defaults).ShouldBeTrue("it is 3 min either way");
        time.Advance(TimeSpan.FromMinutes(1));
        before.ShowsTheSame(Page(), ConnectionColumn.Defaults).ShouldBeFalse();
        before.ShowsTheSame(Page(), [ConnectionColumn.Find("route")!]).ShouldBeTrue();
        before.ShowsTheSame(ConnectionPage.Of([all[0]], new()), [ConnectionColumn.Find("route")!]).ShouldBeFalse();
    }

    private static string[] Routes(ConnectionPage page) => [.. page.Rows.Select(row => row.One.RouteName)];
}
