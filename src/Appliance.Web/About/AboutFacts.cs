using System.Collections.Immutable;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using Appliance.Web.Controls;
using Microsoft.Data.Sqlite;

namespace Appliance.Web.About;

/// <summary>What runs here: what somebody is asked for who reports a problem.</summary>
/// <param name="Version">The version of the product.</param>
/// <param name="Runtime">The .NET runtime.</param>
/// <param name="System">Operating system and processor.</param>
/// <param name="Database">The kind of database and its version.</param>
/// <param name="Uptime">How long this process has been running.</param>
public sealed record AboutFacts(string Version, string Runtime, string System, string Database, TimeSpan Uptime)
{
    /// <summary>The licence of the product.</summary>
    public const string Licence = "MIT";

    /// <summary>Where the documentation is, as paths in the product's repository.</summary>
    public static ImmutableArray<(string Path, string About)> Documents { get; } =
    [
        ("README.md", "The first steps"),
        ("docs/features/console.md", "This console"),
        ("docs/config.md", "Every setting of routes, pools, maps and policies"),
        ("docs/operations/run.md", "Running Appliance: settings, folders, ports"),
        ("docs/operations/troubleshooting.md", "When something is wrong"),
        ("docs/operations/security.md", "How the console is protected"),
        ("CHANGELOG.md", "What is new"),
    ];

    /// <summary>The version of the product, with the commit that it was built from.</summary>
    public static string ProductVersion { get; } =
        typeof(AboutFacts).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>When this process started, UTC.</summary>
    public static DateTimeOffset Started { get; } = ReadStart();

    private static readonly string _databaseVersion = ReadDatabaseVersion();

    /// <summary>The facts at <paramref name="now"/> of a process that began at <paramref name="started"/>.</summary>
    public static AboutFacts At(DateTimeOffset now, DateTimeOffset started) =>
        new(
            ProductVersion,
            RuntimeInformation.FrameworkDescription,
            $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}",
            $"SQLite {_databaseVersion}",
            now - started
        );

    /// <summary>The facts as lines of text, for a report.</summary>
    public string ToText(long revision) =>
        string.Join(
            '\n',
            $"Appliance {Version} ({Licence})",
            $"Runtime: {Runtime}",
            $"System: {System}",
            $"Database: {Database}",
            $"Uptime: {Shown.Duration(Uptime).Replace('\u202f', ' ')}",
            $"Revision: {revision}"
        );

    private static DateTimeOffset ReadStart()
    {
        using var process = Process.GetCurrentProcess();
        return process.StartTime.ToUniversalTime();
    }

    private static string ReadDatabaseVersion()
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        return connection.ServerVersion;
    }
}
