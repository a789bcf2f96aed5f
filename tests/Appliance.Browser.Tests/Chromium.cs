using Microsoft.Playwright;

namespace Appliance.Browser.Tests;

/// <summary>One Chromium for all tests of this assembly.</summary>
public static class Chromium
{
    // The shell has no window around a page. The window of the whole browser is drawn by more processes, which took more CPU than the
    // pages.
    private const string Path = "/usr/bin/chromium-headless-shell";

    /// <summary>
    /// How long a page may take for anything before its test has failed, in milliseconds. Two busy cores have needed half of it for a
    /// single page.
    /// </summary>
    public const float Patience = 60_000;

    private static readonly SemaphoreSlim _gate = new(1, 1);
    private static IBrowser? _browser;

    /// <summary>Null, or why these tests cannot run here. On CI that is a failure.</summary>
    public static string? Missing =>
        File.Exists(Path) || Environment.GetEnvironmentVariable("CI") == "true"
            ? null
            : "Chromium is missing: apt-get install chromium-headless-shell fonts-liberation";

    /// <summary>The browser, started with the first call. It ends with the test process.</summary>
    public static async Task<IBrowser> GetAsync()
    {
        await _gate.WaitAsync();
        try
        {
            if (_browser is not null)
                return _browser;
            Assertions.SetDefaultExpectTimeout(Patience);
            var playwright = await Playwright.CreateAsync();
            return _browser = await playwright.Chromium.LaunchAsync(
                new()
                {
                    ExecutablePath = Path,
                    Args =
                    [
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--disable-quic",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                    ],
                }
            );
        }
        finally
        {
            _gate.Release();
        }
    }
}

/// <summary>A test that needs Chromium; skipped with the command that installs it.</summary>
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = Chromium.Missing;
}

/// <summary>A theory that needs Chromium; skipped with the command that installs it.</summary>
public sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public BrowserTheoryAttribute() => Skip = Chromium.Missing;
}
