using System.Collections.Immutable;

namespace Appliance.Web.About;

/// <summary>Where this process listens and keeps its things, and by which settings it was started.</summary>
/// <param name="Folder">The data folder, as a full path.</param>
/// <param name="Database">The file of the database.</param>
/// <param name="Settings">Every setting, in the order of <c>appliance.env.example</c>.</param>
/// <param name="Listening">Reads what listens where: a name and an address each.</param>
public sealed record ProcessPlaces(
    string Folder,
    string Database,
    ImmutableArray<SettingLine> Settings,
    Func<ImmutableArray<(string Name, string Address)>> Listening
)
{
    /// <summary>Whether the collector takes what it is sent; null: nothing is sent.</summary>
    public CollectorState? Collector { get; init; }

    /// <summary>Bytes of the database and of its log; null when it is not there.</summary>
    public long? DatabaseBytes
    {
        get
        {
            long? sum = null;
            foreach (var file in new[] { Database, Database + "-wal" }.Select(name => new FileInfo(name)).Where(file => file.Exists))
                sum = (sum ?? 0) + file.Length;
            return sum;
        }
    }

    /// <summary>How many files and sockets may be open at the same time; null where the system does not say.</summary>
    public static long? MostOpenFiles { get; } = ReadOpenFiles();

    /// <summary>Memory that this process may use: of the container, or of the machine.</summary>
    public static long MostMemory => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    private static long? ReadOpenFiles()
    {
        const string limits = "/proc/self/limits";
        const string open = "Max open files";
        try
        {
            var line = File.ReadLines(limits).FirstOrDefault(line => line.StartsWith(open, StringComparison.Ordinal));
            return line is not null && long.TryParse(line[open.Length..].Trim().Split(' ')[0], out var most) ? most : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Going on is right: another system has no such file.
            return null;
        }
    }
}
