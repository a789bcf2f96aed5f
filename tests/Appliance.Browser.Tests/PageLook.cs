using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Appliance.Testing;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests;

/// <summary>
/// One look at a page as a whole: no serious finding of axe, no sideways scroll, no text that is cut or lies on another one, no violation
/// of the content security policy; and the picture for the docs.
/// </summary>
internal static partial class PageLook
{
    private const string Wide = "wide-light";
    private const string NarrowDark = "narrow-dark";
    private static readonly string _axePath = Path.Combine(Repository.Root, "tests", "backends", "node_modules", "axe-core", "axe.min.js");
    private static readonly string _faults = File.ReadAllText(
        Path.Combine(Repository.Root, "tests", "Appliance.Browser.Tests", "text-faults.js")
    );
    private static readonly string _pictures = Path.Combine(Repository.Root, "docs", "images");

    private static readonly ConditionalWeakTable<IPage, ConcurrentQueue<string>> _violations = [];

    /// <summary>From now on violations of the content security policy on this page count as findings.</summary>
    public static void Watch(IPage page)
    {
        var violations = _violations.GetValue(page, _ => []);
        page.Console += (_, message) =>
        {
            if (message.Text.Contains("Content Security Policy", StringComparison.OrdinalIgnoreCase))
                violations.Enqueue(message.Text);
        };
    }

    // "./dev pictures" sets it: "docs" for the pictures that the docs show, or a folder for every look at every page.
    private static readonly string? _wanted = Environment.GetEnvironmentVariable("APPLIANCE_TEST_PICTURES");
    private static readonly HashSet<string> _shown =
    [
        .. DocPages.All.SelectMany(page =>
            PictureName().Matches(File.ReadAllText(Path.Combine(Repository.Root, page))).Select(match => match.Groups[1].Value)
        ),
    ];

    /// <summary>Pictures are written.</summary>
    public static bool TakesPictures => !string.IsNullOrEmpty(_wanted);

    /// <summary>Both themes, wide and narrow.</summary>
    public static IEnumerable<(string Look, int Width, int Height, ColorScheme Scheme)> All =>
        from scheme in new[] { ColorScheme.Light, ColorScheme.Dark }
        from width in new[] { 1280, 390 }
        select ($"{(width == 390 ? "narrow" : "wide")}-{scheme.ToString().ToLowerInvariant()}", width, width == 390 ? 844 : 800, scheme);

    /// <summary>
    /// Takes the picture when pictures are wanted and this state belongs in the docs, and adds what is wrong to the findings; with
    /// <paramref name="texts"/> also texts that are cut, lie on each other, or stand letter by letter.
    /// </summary>
    public static async Task TakeAsync(IPage page, string name, string look, List<string> findings, bool picture = true, bool texts = false)
    {
        var file = $"{name}-{look}.png";
        if (TakesPictures && (_wanted != "docs" || (picture && _shown.Contains(file))))
            await page.ScreenshotAsync(new() { Path = Path.Combine(_wanted == "docs" ? _pictures : _wanted!, file) });

        if (look == Wide)
        {
            // Tablets and half windows, between the two that are looked at as a whole.
            foreach (var width in new[] { 900, 780 })
            {
                await page.SetViewportSizeAsync(width, 800);
                await FindSidewaysAsync(page, $"{name} {width}", findings);
            }

            await page.SetViewportSizeAsync(1280, 800);
        }

        await FindSidewaysAsync(page, $"{name} {look}", findings);
        if (texts)
        {
            foreach (var fault in await page.EvaluateAsync<string[]>(_faults))
                findings.Add($"{name} {look}: {fault}");
        }

        if (!_violations.TryGetValue(page, out var violations))
            throw new InvalidOperationException("The page was not watched from its beginning: PageLook.Watch.");
        while (violations.TryDequeue(out var violation))
            findings.Add($"{name} {look}: {violation}");

        // Colours are looked at in both themes on a wide page, what only a narrow page has in the light theme: axe is the dearest part of a
        // look.
        if (look == NarrowDark)
            return;

        // The policy forbids inline scripts, so it comes in past the page, as an extension would.
        await page.EvaluateAsync(await File.ReadAllTextAsync(_axePath) + ";0");
        var found = await page.EvaluateAsync<JsonElement>("axe.run({ resultTypes: ['violations'] })");
        foreach (var finding in found.GetProperty("violations").EnumerateArray())
        {
            if (finding.GetProperty("impact").GetString() is "serious" or "critical")
                findings.Add(
                    $"{name} {look}: {finding.GetProperty("id").GetString()}: "
                        + $"{string.Join(" | ", finding.GetProperty("nodes").EnumerateArray().Take(3).Select(node => node.GetProperty("html").GetString() + " " + node.GetProperty("failureSummary").GetString()))}"
                );
        }
    }

    [GeneratedRegex(@"images/([a-z0-9-]+\.png)")]
    private static partial Regex PictureName();

    private static async Task FindSidewaysAsync(IPage page, string what, List<string> findings)
    {
        if (
            await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            is > 0
                and var sideways
        )
            findings.Add($"{what}: scrolls {sideways} pixels sideways");
    }
}
