using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Forms;

public sealed class TwoPeopleTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    [BrowserFact]
    public async Task Lists_SaveOfAnother_IsSeenByBoth()
    {
        await console.ApplyAsync(new());
        var one = await console.OpenAsync("/pools");
        var other = await console.OpenAsync("/pools/new");
        await other.GetByLabel("Name").FillAsync("seen");
        await other.GetByLabel("Address").FillAsync("http://127.0.0.1:1");
        await other.GetByRole(AriaRole.Button, new() { Name = "Save pool" }).ClickAsync();
        await Assertions.Expect(one.GetByRole(AriaRole.Link, new() { Name = "seen", Exact = true })).ToBeVisibleAsync();
        await one.GetByRole(AriaRole.Button, new() { Name = "Delete seen" }).ClickAsync();
        await one.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete pool" }).ClickAsync();
        await Assertions.Expect(other.GetByText("A pool names the servers")).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task Form_StaleEdit_ShowsBothAndMerges()
    {
        var (mine, theirs) = await BothEditAsync();
        await mine.GetByLabel("Path", new() { Exact = true }).FillAsync("/mine");
        await mine.GetByLabel("Idle timeout").FillAsync("10m");
        await theirs.GetByLabel("Path", new() { Exact = true }).FillAsync("/theirs");
        await theirs.GetByLabel("Hosts").FillAsync("theirs.example.com");
        await theirs.GetByRole(AriaRole.Button, new() { Name = "Save route" }).ClickAsync();

        // Told before saving, with what differs; nothing typed is gone.
        var notice = mine.GetByRole(AriaRole.Alert);
        await Assertions.Expect(notice).ToContainTextAsync("You changed this route in another tab");
        await Assertions.Expect(notice.GetByRole(AriaRole.Row, new() { Name = "path" })).ToContainTextAsync("both changed it");
        await Assertions.Expect(notice).ToContainTextAsync("theirs.example.com");
        await Assertions.Expect(mine.GetByLabel("Path", new() { Exact = true })).ToHaveValueAsync("/mine");
        await notice.GetByRole(AriaRole.Button, new() { Name = "Merge" }).ClickAsync();
        await Assertions.Expect(mine.GetByLabel("Hosts")).ToHaveValueAsync("theirs.example.com");
        await Assertions.Expect(mine.GetByLabel("Path", new() { Exact = true })).ToHaveValueAsync("/mine");
        await mine.GetByRole(AriaRole.Button, new() { Name = "Save route" }).ClickAsync();
        await Assertions.Expect(mine.GetByText("Changed route contested. Revision")).ToBeVisibleAsync();
        var (_, output, _) = await console.Process.RunAsync("export");
        output.ShouldContain("\"/mine\"");
        output.ShouldContain("theirs.example.com");
        output.ShouldContain("\"10m\"");
    }

    [BrowserFact]
    public async Task Form_StaleEditTheirsTaken_ShowsWhatIsStored()
    {
        var (mine, theirs) = await BothEditAsync();
        await mine.GetByLabel("Path", new() { Exact = true }).FillAsync("/mine");
        await theirs.GetByLabel("Path", new() { Exact = true }).FillAsync("/theirs");
        await theirs.GetByRole(AriaRole.Button, new() { Name = "Save route" }).ClickAsync();
        await mine.GetByRole(AriaRole.Button, new() { Name = "Take theirs" }).ClickAsync();
        await Assertions.Expect(mine.GetByLabel("Path", new() { Exact = true })).ToHaveValueAsync("/theirs");
        await Assertions.Expect(mine.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task Form_ItemDeletedMeanwhile_CanBeAddedAgain()
    {
        var (mine, _) = await BothEditAsync();
        await mine.GetByLabel("Path", new() { Exact = true }).FillAsync("/kept");
        await console.ApplyAsync(new() { UpstreamPools = [Configs.Pool("p", "http://127.0.0.1:1")] });
        await Assertions.Expect(mine.GetByRole(AriaRole.Alert)).ToContainTextAsync("Somebody deleted this route");
        await mine.GetByRole(AriaRole.Button, new() { Name = "Keep mine" }).ClickAsync();
        await mine.GetByRole(AriaRole.Button, new() { Name = "Save route" }).ClickAsync();
        await Assertions.Expect(mine.GetByRole(AriaRole.Link, new() { Name = "contested", Exact = true })).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task Form_UntouchedWhileAnotherSaves_ShowsTheirs()
    {
        var (mine, theirs) = await BothEditAsync();
        await theirs.GetByLabel("Path", new() { Exact = true }).FillAsync("/theirs");
        await theirs.GetByRole(AriaRole.Button, new() { Name = "Save route" }).ClickAsync();
        await Assertions.Expect(mine.GetByLabel("Path", new() { Exact = true })).ToHaveValueAsync("/theirs");
        await Assertions.Expect(mine.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);
    }

    private async Task<(IPage Mine, IPage Theirs)> BothEditAsync()
    {
        await console.ApplyAsync(
            new() { UpstreamPools = [Configs.Pool("p", "http://127.0.0.1:1")], Routes = [Configs.Proxy("contested", "/", "p")] }
        );
        var mine = await console.OpenAsync("/routes");
        await mine.GetByRole(AriaRole.Link, new() { Name = "contested", Exact = true }).ClickAsync();
        await Assertions.Expect(mine.GetByLabel("Name")).ToHaveValueAsync("contested");
        var theirs = await console.OpenAsync(new Uri(mine.Url).AbsolutePath);
        await Assertions.Expect(theirs.GetByLabel("Name")).ToHaveValueAsync("contested");
        return (mine, theirs);
    }
}
