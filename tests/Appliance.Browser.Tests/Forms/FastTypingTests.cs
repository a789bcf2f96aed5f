using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Forms;

/// <summary>Somebody types faster than the server answers: an answer to an earlier stroke must not take a later one away.</summary>
public sealed class FastTypingTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    // The field as it is between two strokes: the first was said to the server, the second stands there already.
    private const string TypeTwice = """
        ([selector, first, second]) => {
          const field = document.querySelector(selector);
          field.focus();
          field.value = first;
          field.dispatchEvent(new Event('input', { bubbles: true }));
          field.value = second;
        }
        """;

    [BrowserFact]
    public async Task TopSearch_AnswerToAnEarlierStroke_LeavesTheLaterOne()
    {
        var page = await console.OpenAsync("/");
        await page.EvaluateAsync(TypeTwice, new[] { "#top-search", "zz", "zzz" });
        await Assertions.Expect(page.GetByRole(AriaRole.Option, new() { Name = "Nothing found" })).ToBeVisibleAsync();
        (await page.GetByLabel("Find anything").InputValueAsync()).ShouldBe("zzz");
    }

    [BrowserFact]
    public async Task ListSearch_AnswerToAnEarlierStroke_LeavesTheLaterOne()
    {
        await console.ApplyAsync(new() { UpstreamPools = [Testing.Configs.Pool("one", "http://127.0.0.1:1")] });
        var page = await console.OpenAsync("/pools");
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "one", Exact = true })).ToBeVisibleAsync();
        await page.EvaluateAsync(TypeTwice, new[] { "input[type=search]", "zz", "zzz" });
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "one", Exact = true })).ToHaveCountAsync(0);
        (await page.GetByRole(AriaRole.Searchbox, new() { Name = "Search", Exact = true }).InputValueAsync()).ShouldBe("zzz");
    }

    [BrowserFact]
    public async Task Field_AnswerToAnEarlierStroke_LeavesTheLaterOne()
    {
        var page = await console.OpenAsync("/pools/new");
        await page.EvaluateAsync(TypeTwice, new[] { "[name=name]", "fas", "fast" });

        // The draft is kept after the page was drawn.
        await page.WaitForFunctionAsync("() => JSON.parse(sessionStorage['draft:upstreamPools/new'] ?? '{}').draft?.includes('fas')");
        (await page.GetByLabel("Name").InputValueAsync()).ShouldBe("fast");
    }
}
