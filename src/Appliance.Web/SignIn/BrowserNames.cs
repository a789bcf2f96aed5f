namespace Appliance.Web.SignIn;

/// <summary>A browser in words, from what it calls itself: for people who look at their sessions, not for decisions.</summary>
internal static class BrowserNames
{
    // In this order: nearly all of them also call themselves Chrome or Safari.
    private static readonly (string Mark, string Name)[] _browsers =
    [
        ("Edg/", "Edge"),
        ("EdgA/", "Edge"),
        ("EdgiOS/", "Edge"),
        ("OPR/", "Opera"),
        ("Vivaldi/", "Vivaldi"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("HeadlessChrome/", "Headless Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];

    // Android says Linux, too; an iPhone says Mac OS X.
    private static readonly (string Mark, string Name)[] _systems =
    [
        ("Windows", "Windows"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("CrOS", "ChromeOS"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];

    /// <summary><c>Firefox on Linux</c>; <c>a browser</c> when it says nothing that is known.</summary>
    public static string Of(string agent)
    {
        var browser = NameIn(_browsers, agent);
        var system = NameIn(_systems, agent);
        return (browser, system) switch
        {
            (null, null) => "a browser",
            (null, _) => $"a browser on {system}",
            (_, null) => browser,
            _ => $"{browser} on {system}",
        };
    }

    private static string? NameIn((string Mark, string Name)[] table, string agent) =>
        table.FirstOrDefault(mark => agent.Contains(mark.Mark, StringComparison.Ordinal)).Name;
}
