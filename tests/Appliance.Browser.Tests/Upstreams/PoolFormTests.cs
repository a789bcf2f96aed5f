using Appliance.Proxy.Config;
using Appliance.Proxy.Upstreams;
using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Upstreams;

public sealed class PoolFormTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserTheory]
    [InlineData("Address", "ftp://10.0.0.1", "not a scheme of a server")]
    [InlineData("Address", "http://10.0.0.1:99999", "is not a port")]
    [InlineData("Address", "http://10.0.0.1/api", "has a path")]
    [InlineData("Weight", "heavy", "not a whole number")]
    [InlineData("Weight", "0", "1 to 65535")]
    [InlineData("Max fails", "-1", "0 (never taken out) or more")]
    [InlineData("Fail timeout", "10 parsecs", "is not a time")]
    [InlineData("Max connections", "-5", "0 (none) or more")]
    public async Task Server_BadValue_SaysSoAtTheFieldAndKeepsTheText(string label, string text, string expected)
    {
        var page = await console.OpenAsync("/pools/new");
        await page.GetByRole(AriaRole.Button, new() { Name = "Failures, limits, backup of server 1" }).ClickAsync();
        var control = page.GetByLabel(label, new() { Exact = true });
        await control.FillAsync(text);
        await Assertions.Expect(page.Locator(".field", new() { Has = control })).ToContainTextAsync(expected);
        await page.GetByRole(AriaRole.Button, new() { Name = "Save pool" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Not saved");
        await Assertions.Expect(control).ToHaveValueAsync(text);
    }

    [BrowserFact]
    public async Task AddServer_FirstRowStillEmpty_MeansThatRowOnce()
    {
        var page = await console.OpenAsync("/pools/new");
        var add = page.GetByRole(AriaRole.Button, new() { Name = "Add server" });
        await add.ClickAsync();
        await Assertions.Expect(page.GetByLabel("Address")).ToBeFocusedAsync();
        await add.ClickAsync();
        await Assertions.Expect(page.GetByLabel("Address").Nth(1)).ToBeFocusedAsync();
    }

    [BrowserFact]
    public async Task Servers_AddMoveRemove_AreSavedInThatOrder()
    {
        var page = await console.OpenAsync("/pools/new");
        await page.GetByLabel("Name").FillAsync("ordered");
        await page.GetByLabel("Balancing").SelectOptionAsync(new SelectOptionValue { Label = "Least connections" });
        await Assertions.Expect(page.GetByText("fewest active requests")).ToBeVisibleAsync();
        await page.GetByLabel("Address").FillAsync("10.0.0.1:80");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add server" }).ClickAsync();
        await page.GetByLabel("Address").Nth(1).FillAsync("http://10.0.0.2:80");
        await page.GetByLabel("Weight").Nth(1).FillAsync("3");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add server" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove server 3" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Move server 2 up" }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Address").First).ToHaveValueAsync("http://10.0.0.2:80");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save pool" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Added pool ordered. Revision")).ToBeVisibleAsync();
        var pool = ConfigDocument
            .Parse(System.Text.Encoding.UTF8.GetBytes((await console.Process.RunAsync("export")).Output))
            .Document!.Config.UpstreamPools.Single(one => one.Name == "ordered");
        pool.Balancing.ShouldBe(Balancing.LeastConn);
        pool.Servers.Select(server => (server.Address, server.Weight)).ShouldBe([("http://10.0.0.2:80", 3), ("http://10.0.0.1:80", 1)]);

        // What comes next is offered: also in the list, as long as no route uses it.
        await page.GetByRole(AriaRole.Row, new() { Name = "ordered" })
            .GetByRole(AriaRole.Link, new() { Name = "add a route" })
            .ClickAsync();
        await Assertions.Expect(page.GetByLabel("Upstream pool")).ToHaveValueAsync("ordered");
    }

    [BrowserFact]
    public async Task Server_WhatCarriesItsRequests_StandsBelowItsRow()
    {
        await console.ApplyAsync(new() { UpstreamPools = [Configs.Pool("carried", "http://10.0.0.1:80", "https://10.0.0.2:443")] });
        var page = await console.OpenAsync("/pools");
        await page.GetByRole(AriaRole.Link, new() { Name = "carried", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Failures, limits, backup of server 1" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Failures, limits, backup of server 2" }).ClickAsync();
        await Assertions
            .Expect(page.Locator(".carrier"))
            .ToHaveTextAsync([
                "Requests go by: HTTP/1.1, by Appliance's own forwarder",
                "Requests go by: known after the first connection",
            ]);
    }

    [BrowserFact]
    public async Task Drain_ServerOfSeveralPools_InOneOrInAllOfThem()
    {
        const string Shared = "http://10.0.0.1:80";
        await console.ApplyAsync(
            new() { UpstreamPools = [Configs.Pool("red", Shared, "http://10.0.0.2:80"), Configs.Pool("blue", Shared)] }
        );
        var page = await console.OpenAsync("/pools");
        await page.GetByRole(AriaRole.Link, new() { Name = "red", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Drain server 1" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Assertions.Expect(dialog).Not.ToContainTextAsync("No other server");
        await dialog.GetByLabel("In all 2 pools that have this address: blue, red").CheckAsync();
        await Assertions.Expect(dialog).ToContainTextAsync("No other server of pool blue takes anything");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Drain server" }).ClickAsync();
        await Assertions.Expect(page.Locator(".server-row").First).ToContainTextAsync("draining");
        await page.GetByRole(AriaRole.Navigation, new() { Name = "Main" })
            .GetByRole(AriaRole.Link, new() { Name = "Upstream pools" })
            .ClickAsync();
        await Assertions
            .Expect(page.Locator(".server-line", new() { HasText = Shared }).Filter(new() { HasText = "draining" }))
            .ToHaveCountAsync(2);

        // One that no other pool has: there is nothing to choose.
        await page.GetByRole(AriaRole.Link, new() { Name = "red", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Drain server 2" }).ClickAsync();
        await Assertions.Expect(dialog).ToContainTextAsync("It gets no new requests");
        await Assertions.Expect(dialog.GetByRole(AriaRole.Checkbox)).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task Drain_Server_ItsWebSocketsHearTheCodeAndNewOnesGoToTheOther()
    {
        await using var first = await BackendProcess.NodeAsync();
        await using var second = await BackendProcess.NodeAsync();
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Configs.Pool("pair", first.Address, second.Address)],
                Routes = [Configs.Proxy("pair", "/pair", "pair")],
            }
        );
        var sockets = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => console.ConnectAsync("/pair")));
        var page = await console.OpenAsync("/pools");
        await page.GetByRole(AriaRole.Link, new() { Name = "pair", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Drain server 1" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Assertions.Expect(dialog).ToContainTextAsync("The other servers of pool pair take its share");
        await Assertions.Expect(dialog).ToContainTextAsync("2 WebSockets are open on it");
        await dialog.GetByLabel("Open WebSockets").SelectOptionAsync("leave");
        await dialog.GetByLabel("Close code").SelectOptionAsync("1012");
        await dialog.GetByLabel("Reason").FillAsync("new version");
        await dialog.GetByLabel("Within").FillAsync("soon");
        await Assertions.Expect(dialog).ToContainTextAsync("The window is a time");
        await Assertions.Expect(dialog.GetByRole(AriaRole.Button, new() { Name = "Drain server" })).ToBeDisabledAsync();
        await dialog.GetByLabel("Within").FillAsync("1s");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Drain server" }).ClickAsync();

        // Two of the four hear it; the other two go on.
        var heard = sockets.Select(RunningConsole.HearCloseAsync).ToList();
        (await (await Task.WhenAny(heard))).ShouldBe((1012, "new version"));
        var drains = page.GetByRole(AriaRole.Region, new() { Name = "Drains" });
        await Assertions.Expect(drains).ToContainTextAsync("0 of 2 open");
        await Assertions.Expect(drains.GetByRole(AriaRole.Progressbar)).ToHaveJSPropertyAsync("value", 2);
        heard.Count(one => one.IsCompletedSuccessfully).ShouldBe(2);
        await Assertions.Expect(page.Locator(".server-row").First).ToContainTextAsync("draining");
        using var late = await console.ConnectAsync("/pair");
        using var later = await console.ConnectAsync("/pair");
        await Assertions.Expect(page.Locator(".server-row").Nth(1).Locator("td[data-label=Sockets]")).ToHaveTextAsync("4");

        // The last one that takes anything: the dialog warns; nothing happens without an answer.
        await page.GetByRole(AriaRole.Button, new() { Name = "Drain server 2" }).ClickAsync();
        await Assertions.Expect(dialog).ToContainTextAsync("No other server of pool pair takes anything");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();

        // An edit of something else ends no drain; taking back does.
        await page.GetByLabel("Tags").FillAsync("edited");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save pool" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Cell, new() { Name = first.Address })).ToContainTextAsync("draining");
        await page.GetByRole(AriaRole.Link, new() { Name = "pair", Exact = true }).ClickAsync();
        await drains.GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();
        await Assertions.Expect(drains).ToHaveCountAsync(0);
        await Assertions.Expect(page.Locator(".server-row").First).Not.ToContainTextAsync("draining");
        foreach (var socket in sockets)
            socket.Abort();
        await Task.WhenAll(heard).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    [BrowserFact]
    public async Task Rename_PoolInUse_RoutesFollow()
    {
        await console.ApplyAsync(
            new() { UpstreamPools = [Configs.Pool("old", "http://127.0.0.1:1")], Routes = [Configs.Proxy("user", "/", "old")] }
        );
        var page = await console.OpenAsync("/pools");
        await page.GetByRole(AriaRole.Link, new() { Name = "old", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "user", Exact = true })).ToBeVisibleAsync();
        await page.GetByLabel("Name").FillAsync("new");
        await Assertions.Expect(page.GetByText("Routes that use it follow")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save pool" }).ClickAsync();

        // It leads to the list by itself; whoever clicks in just that moment may be led there after the click.
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Upstream pools" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Routes", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator("td[data-label=Action]")).ToContainTextAsync("new");
    }

    [BrowserFact]
    public async Task Delete_PoolInUse_IsRefusedWithWhatUsesItAndCanMoveThem()
    {
        await console.ApplyAsync(
            new()
            {
                UpstreamPools = [Configs.Pool("first", "http://127.0.0.1:1"), Configs.Pool("second", "http://127.0.0.1:2")],
                Routes = [Configs.Proxy("one", "/1", "first"), Configs.Proxy("two", "/2", "first")],
            }
        );
        var page = await console.OpenAsync("/pools");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete first" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Assertions.Expect(dialog).ToContainTextAsync("2 items refer to it");
        await Assertions.Expect(dialog).ToContainTextAsync("route one");

        // Escape changes nothing. The dialog hears it from the moment it has the focus.
        await Assertions.Expect(dialog.Locator(":focus")).ToHaveCountAsync(1);
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(dialog).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete first" }).ClickAsync();
        await dialog.GetByLabel("Move them to").SelectOptionAsync("second");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Move and delete" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "first", Exact = true })).ToHaveCountAsync(0);
        await Assertions.Expect(page.GetByRole(AriaRole.Cell, new() { Name = "2 routes" })).ToBeVisibleAsync();

        // Now with everything that uses it; and all of it back by one Undo.
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete second" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Delete these too" }).ClickAsync();
        await Assertions.Expect(page.GetByText("A pool names the servers")).ToBeVisibleAsync();
        await page.Locator(".toast", new() { HasText = "Deleted pool second" })
            .GetByRole(AriaRole.Button, new() { Name = "Undo" })
            .ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Cell, new() { Name = "2 routes" })).ToBeVisibleAsync();
    }
}
