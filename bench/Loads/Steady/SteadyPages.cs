using Microsoft.Playwright;

namespace Appliance.Bench.Loads.Steady;

/// <summary>
/// People at the console: somebody signs in, looks at pages in several tabs, goes from one to the next, and leaves or signs out.
/// </summary>
internal sealed class SteadyPages(IPlaywright playwright, string console)
{
    private static readonly string[] _first = ["", "routes", "connections", "history"];
    private static readonly string[] _next = ["pools", "connections/ended", "audit", "certificates"];

    // A browser that hangs on a busy machine is no fault of the product, and is not waited for.
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    private string _step = "start";

    /// <summary>
    /// One visit with a browser of its own; with <paramref name="leaves"/>, the session is ended by its person, otherwise its tabs are
    /// closed.
    /// </summary>
    public async Task VisitAsync(bool leaves, CancellationToken stop)
    {
        var browser = await ConsoleLoad.LaunchAsync(playwright);
        try
        {
            await LookAroundAsync(browser, leaves, stop).WaitAsync(_patience, stop);
            await browser.CloseAsync().WaitAsync(_patience, stop);
        }
        catch (Exception hung) when (hung is TimeoutException or PlaywrightException)
        {
            Console.WriteLine($"    a visit was broken off at \"{_step}\": {hung.Message.Split('\n')[0]}");
            _ = browser.CloseAsync();
        }
    }

    private async Task LookAroundAsync(IBrowser browser, bool leaves, CancellationToken stop)
    {
        await using var context = await browser.NewContextAsync();
        await StepAsync("sign in", ConsoleLoad.SignInAsync(context, console));
        for (var at = 0; at < _first.Length; at++)
        {
            _step = "new tab";
            var page = await context.NewPageAsync();
            await LookAsync(page, _first[at]);
            await LookAsync(page, _next[at]);
        }

        await Task.Delay(TimeSpan.FromSeconds(3), stop);

        // Who leaves a page tells the product. The first tab is cut off, as by a lost network: the product keeps its page for three
        // minutes.
        foreach (var page in context.Pages.Skip(1))
            await StepAsync("leave", page.GotoAsync("about:blank"));
        if (leaves)
        {
            var page = context.Pages[0];
            await StepAsync("account", page.GotoAsync(console + "account"));
            await StepAsync("sign out", page.GetByRole(AriaRole.Button, new() { Name = "Sign out", Exact = true }).First.ClickAsync());
            await StepAsync("signed out", page.WaitForURLAsync(url => url.Contains("/sign-in", StringComparison.Ordinal)));
        }
    }

    private Task StepAsync(string step, Task deed)
    {
        _step = step;
        return deed;
    }

    private async Task LookAsync(IPage page, string path)
    {
        await StepAsync("go to " + path, page.GotoAsync(console + path));
        await StepAsync("see " + path, page.GetByRole(AriaRole.Heading, new() { Level = 1 }).First.WaitForAsync());
    }
}
