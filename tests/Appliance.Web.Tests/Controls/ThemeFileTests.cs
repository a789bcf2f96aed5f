using System.Text.RegularExpressions;
using Appliance.Testing;
using MudBlazor.Utilities;

namespace Appliance.Web.Tests.Controls;

/// <summary>The theme as browsers get it.</summary>
public sealed class ThemeFileTests
{
    private static readonly string _path = System.IO.Path.Combine(Repository.Root, "src", "Appliance.Web", "wwwroot", "theme.css");

    [Fact]
    public async Task File_IsWhatTheThemeSays()
    {
        var written = await ThemeFile.RenderAsync();
        if (Environment.GetEnvironmentVariable("APPLIANCE_WRITE_THEME") is not null)
            await File.WriteAllTextAsync(_path, written);
        (await File.ReadAllTextAsync(_path)).ShouldBe(
            written,
            "The theme has changed. Run ./dev theme, which writes wwwroot/theme.css again."
        );
    }

    // Text on what it stands on, as WCAG 2.2 (1.4.3) counts contrast.
    [Theory]
    [InlineData("text-primary", "background")]
    [InlineData("text-primary", "surface")]
    [InlineData("text-secondary", "background")]
    [InlineData("text-secondary", "surface")]
    [InlineData("primary", "surface")]
    [InlineData("primary", "background")]
    [InlineData("success", "surface")]
    [InlineData("warning", "surface")]
    [InlineData("error", "surface")]
    [InlineData("error", "background")]
    [InlineData("drawer-text", "drawer-background")]
    [InlineData("appbar-text", "appbar-background")]
    [InlineData("primary-text", "primary")]
    [InlineData("error-text", "error")]
    [InlineData("success-text", "success")]
    [InlineData("warning-text", "warning")]
    public async Task Pair_IsReadableInBothThemes(string text, string background)
    {
        var css = await File.ReadAllTextAsync(_path);
        var blocks = css.Split('}').Where(block => block.Contains("--mud-palette-surface:", StringComparison.Ordinal)).ToList();
        blocks.Count.ShouldBe(3);
        foreach (var block in blocks)
            Contrast(Colour(block, text), Colour(block, background))
                .ShouldBeGreaterThanOrEqualTo(4.5, $"{text} on {background}: {block[..40]}");
    }

    private static MudColor Colour(string block, string name) =>
        new(
            Regex.Match(block, $"--mud-palette-{name}: ([^;]+);") is { Success: true } found
                ? found.Groups[1].Value
                : throw new InvalidOperationException($"{name} is missing.")
        );

    private static double Contrast(MudColor one, MudColor other)
    {
        var (light, dark) = (Math.Max(Luminance(one), Luminance(other)), Math.Min(Luminance(one), Luminance(other)));
        return (light + 0.05) / (dark + 0.05);
    }

    private static double Luminance(MudColor colour) =>
        (0.2126 * Linear(colour.R)) + (0.7152 * Linear(colour.G)) + (0.0722 * Linear(colour.B));

    private static double Linear(byte part) =>
        part / 255.0 is var share && share <= 0.04045 ? share / 12.92 : Math.Pow((share + 0.055) / 1.055, 2.4);
}
