using System.Text.Json;
using System.Text.RegularExpressions;
using Appliance.Browser.Tests.Connections;
using Appliance.Data.Rights;
using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Notices;

/// <summary>Notices in the list, at the bell, and out to a webhook. Also takes the picture for the docs.</summary>
public sealed class NoticesTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    // A trouble lasts ten seconds before it is told, and is gone for ten before it is over.
    private const float Patience = 30_000;

    [BrowserFact]
    public async Task Server_GoesDownAndComesBack_IsToldInTheListAtTheBellAndByTheWebhook()
    {
        await using var server = new RecordingBackend();
        await using var receiver = new RecordingBackend();
        await console.ApplyAsync(
            new() { UpstreamPools = [Configs.Pool("api", server.Address)], Routes = [Configs.Proxy("api", "/api", "api")] }
        );

        // 1. Before anything happened, the page says what will.
        var page = await console.OpenAsync("/notices");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "No notice yet" })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Nobody is told yet" })).ToBeVisibleAsync();

        // 2. A channel: what is wrong in the form, a test that fails, a test that works, saved.
        await page.GetByRole(AriaRole.Link, new() { Name = "Add channel" }).First.ClickAsync();
        await page.Button("Add channel").ClickAsync();
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("Give the channel a name");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("on-call");
        await page.GetByLabel("Address", new() { Exact = true }).FillAsync(receiver.Address + "/hook");
        await page.GetByLabel("Signing secret (optional)").FillAsync("geheim");
        receiver.Answer = _ => "HTTP/1.1 404 Not Found\r\nContent-Length: 13\r\n\r\nno such topic";
        await page.Button("Send test notice").ClickAsync();
        await Assertions.Expect(page.Locator(".test-result")).ToContainTextAsync("The server answered 404: no such topic.");
        receiver.Answer = _ => RecordingBackend.Ok("thanks");
        await page.Button("Send test notice").ClickAsync();
        await Assertions.Expect(page.Locator(".test-result")).ToContainTextAsync("The server took it (status 200).");
        await page.Button("Add channel").ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(console.Url + "/notices");
        await Assertions.Expect(page.Locator(".channels tbody tr")).ToContainTextAsync("on-call");

        // 3. The only server of a pool breaks every connection.
        await page.GotoAsync(console.Url + "/");
        server.Answer = _ => null;
        await RawHttp.GetAsync(console.Process.HttpPort, "/api", "a.test");
        var bell = page.Locator(".bell");
        await Assertions.Expect(bell).ToHaveAttributeAsync("aria-label", "Notices: 1 new one", new() { Timeout = Patience });
        await Assertions.Expect(page.Locator(".bell-count")).ToHaveTextAsync("1");
        await bell.ClickAsync();
        var row = page.Locator(".notices tbody tr");
        await Assertions.Expect(row).ToHaveCountAsync(1);
        await Assertions.Expect(row).ToContainTextAsync("No server of pool api answers.");
        await Assertions.Expect(row).ToContainTextAsync("new");
        await Assertions.Expect(page.Locator(".open-troubles")).ToContainTextAsync("No server of pool api answers.");
        await Assertions.Expect(page.Locator(".bell-count")).ToHaveCountAsync(0);
        await Eventually.TrueAsync(() => Task.FromResult(receiver.Requests.Count == 3), "the webhook heard of it");
        Event(receiver.Requests[2]).ShouldBe("began critical No server of pool api answers.");
        receiver.Requests[2].Value("Appliance-Signature").ShouldNotBeNull().ShouldMatch("^t=[0-9]+,v1=[0-9a-f]{64}$");
        await Assertions.Expect(page.Locator(".channels tbody tr")).ToContainTextAsync("works");
        var findings = new List<string>();
        await PageLook.TakeAsync(page, "notices", "wide-light", findings);
        foreach (var (look, width, height, scheme) in PageLook.All)
        {
            var other = await console.OpenAsync("/notices", width, height, scheme);
            await Assertions.Expect(other.Locator(".notices tbody tr")).ToHaveCountAsync(1);
            await PageLook.TakeAsync(other, "notices-look", look, findings);
            await other.GotoAsync(console.Url + "/notices/channels/new");
            await other.GetByLabel("Way").SelectOptionAsync("Email");
            await Assertions.Expect(other.GetByLabel("Mail server")).ToBeVisibleAsync();
            await PageLook.TakeAsync(other, "notice-channel", look, findings);
        }

        // 4. It answers again.
        server.Answer = _ => RecordingBackend.Ok("back");
        await Eventually.TrueAsync(
            async () => (await RawHttp.GetAsync(console.Process.HttpPort, "/api", "a.test")).Status == 200,
            "the server is tried again"
        );
        await Assertions.Expect(page.Locator(".open-troubles")).ToContainTextAsync("Nothing is wrong now", new() { Timeout = Patience });
        await Assertions.Expect(row).ToContainTextAsync("after");
        await Eventually.TrueAsync(() => Task.FromResult(receiver.Requests.Count == 4), "the webhook heard of the end");
        Event(receiver.Requests[3]).ShouldBe("over critical No server of pool api answers.");

        // 5. Filtered, in the address.
        await page.GetByLabel("Kind").SelectOptionAsync("disk");
        await Assertions.Expect(page).ToHaveURLAsync(console.Url + "/notices?kind=disk");
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("No notice of this kind is kept");
        await page.Button("Clear filters").ClickAsync();
        await Assertions.Expect(row).ToHaveCountAsync(1);

        // 6. The channel's page has what was sent, and does not show the secret.
        await page.GetByRole(AriaRole.Link, new() { Name = "on-call" }).ClickAsync();
        await Assertions.Expect(page.Locator(".deliveries tbody tr")).ToHaveCountAsync(2);
        await Assertions.Expect(page.Locator(".secret-set")).ToContainTextAsync("set");
        (await page.ContentAsync()).ShouldNotContain("geheim");
        await page.GetByLabel("Disk", new() { Exact = true }).UncheckAsync();
        await page.Button("Save channel").ClickAsync();
        await Assertions.Expect(page.Locator(".channels tbody tr")).Not.ToContainTextAsync("all kinds");
        findings.ShouldBeEmpty();

        // 7. The audit knows it, without the secret and the path.
        await page.GotoAsync(console.Url + "/audit?action=notices");
        await Assertions.Expect(page.Locator(".audit tbody tr")).ToHaveCountAsync(4);
        await Assertions.Expect(page.Locator("main")).Not.ToContainTextAsync(new Regex("geheim|/hook"));

        // 8. Somebody who only looks sees the notices and no channel.
        await console.AddPersonAsync("vera", Role.Viewer);
        var visitor = await console.StrangerAsync("/sign-in");
        await console.SignInAsync(visitor, "vera");
        await visitor.GotoAsync(console.Url + "/notices");
        await Assertions.Expect(visitor.Locator(".notices tbody tr")).ToHaveCountAsync(1);
        await Assertions.Expect(visitor.Locator(".channels")).ToHaveCountAsync(0);
        await visitor.GotoAsync(console.Url + "/notices/channels/new");
        await Assertions.Expect(visitor.Locator("main")).Not.ToContainTextAsync("Add channel");

        // 9. And it can be deleted.
        await page.GotoAsync(console.Url + "/notices");
        await page.GetByRole(AriaRole.Link, new() { Name = "on-call" }).ClickAsync();
        await page.Button("Delete").ClickAsync();
        await page.Button("Delete channel").ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Nobody is told yet" })).ToBeVisibleAsync();
    }

    private static string Event(RecordedRequest request)
    {
        using var json = JsonDocument.Parse(request.Body);
        var notice = json.RootElement.GetProperty("notice");
        var sentence = notice.GetProperty("sentence").GetString() ?? "";
        return $"{json.RootElement.GetProperty("event")} {notice.GetProperty("severity")} {sentence[..(sentence.IndexOf('.') + 1)]}";
    }
}
