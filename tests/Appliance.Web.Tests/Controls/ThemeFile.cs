using System.Text.RegularExpressions;
using Appliance.Web.Controls.Theme;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.JSInterop;
using MudBlazor;
using MudBlazor.Services;

namespace Appliance.Web.Tests.Controls;

/// <summary>The theme as a style sheet: light, dark, and the system's choice until a person has chosen.</summary>
internal static partial class ThemeFile
{
    private const string Head =
        "/* Written from src/Appliance.Web/Controls/Theme/ConsoleTheme.cs; a test compares the two, and says how to write it again. */\n";

    /// <summary>The text of <c>wwwroot/theme.css</c>, as MudBlazor's own theme provider renders it.</summary>
    public static async Task<string> RenderAsync()
    {
        var services = new ServiceCollection();
        services.AddMudServices();
        services.AddLogging();
        services.AddSingleton<IJSRuntime, NoBrowser>();
        services.AddSingleton<NavigationManager, NoAddress>();
        await using var provider = services.BuildServiceProvider();
        await using var renderer = new HtmlRenderer(provider, NullLoggerFactory.Instance);
        var light = await VariablesAsync(renderer, isDark: false);
        var dark = await VariablesAsync(renderer, isDark: true);
        return Head
            + $":root {{\n{light}\n}}\n"
            + $":root[data-theme=\"dark\"] {{\n{dark}\n}}\n"
            + $"@media (prefers-color-scheme: dark) {{\n:root:not([data-theme=\"light\"]) {{\n{dark}\n}}\n}}\n";
    }

    private static async Task<string> VariablesAsync(HtmlRenderer renderer, bool isDark)
    {
        var parameters = new Dictionary<string, object?>
        {
            [nameof(MudThemeProvider.Theme)] = ConsoleTheme.Value,
            [nameof(MudThemeProvider.IsDarkMode)] = isDark,
            [nameof(MudThemeProvider.ObserveSystemDarkModeChange)] = false,
            [nameof(MudThemeProvider.DefaultScrollbar)] = true,
        };
        var html = await renderer.Dispatcher.InvokeAsync(async () =>
            (await renderer.RenderComponentAsync<MudThemeProvider>(ParameterView.FromDictionary(parameters))).ToHtmlString()
        );
        var names = new HashSet<string>(StringComparer.Ordinal);
        var lines = Variable()
            .Matches(html)
            .Where(found => names.Add(found.Groups[1].Value))
            .Select(found => $"  {found.Groups[1].Value}: {found.Groups[2].Value.Trim()};");
        return string.Join('\n', lines);
    }

    [GeneratedRegex("(--mud-[a-z0-9-]+)\\s*:\\s*([^;}]+);")]
    private static partial Regex Variable();

    private sealed class NoBrowser : IJSRuntime
    {
        public ValueTask<T> InvokeAsync<T>(string identifier, object?[]? args) => default;

        public ValueTask<T> InvokeAsync<T>(string identifier, CancellationToken cancellationToken, object?[]? args) => default;
    }

    private sealed class NoAddress : NavigationManager
    {
        public NoAddress() => Initialize("http://localhost/", "http://localhost/");

        protected override void NavigateToCore(string uri, NavigationOptions options) { }
    }
}
