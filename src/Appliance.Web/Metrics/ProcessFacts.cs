using System.Diagnostics;

namespace Appliance.Web.Metrics;

/// <summary>What the operating system and the runtime say of this process.</summary>
/// <param name="Cpu">Time of processors that it has used.</param>
/// <param name="ResidentBytes">Memory that it has in use.</param>
/// <param name="Started">When it started, UTC.</param>
/// <param name="OpenFiles">Its open files and sockets; null where the system does not say.</param>
/// <param name="MostOpenFiles">How many of them it may have; null where the system does not say, or has no limit.</param>
internal sealed record ProcessFacts(TimeSpan Cpu, long ResidentBytes, DateTimeOffset Started, int? OpenFiles, long? MostOpenFiles)
{
    private const string Files = "/proc/self/fd";
    private const string Limits = "/proc/self/limits";
    private const string OpenFilesLimit = "Max open files";

    private static readonly DateTimeOffset _started = ReadStart();

    /// <summary>The facts of now.</summary>
    public static ProcessFacts Read() => new(Environment.CpuUsage.TotalTime, Environment.WorkingSet, _started, CountFiles(), ReadLimit());

    private static DateTimeOffset ReadStart()
    {
        using var process = Process.GetCurrentProcess();
        return process.StartTime.ToUniversalTime();
    }

    // The reading itself has one open.
    private static int? CountFiles() =>
        Directory.Exists(Files) ? Math.Max(0, Directory.EnumerateFileSystemEntries(Files).Count() - 1) : null;

    private static long? ReadLimit()
    {
        if (!File.Exists(Limits))
            return null;
        var line = File.ReadLines(Limits).FirstOrDefault(line => line.StartsWith(OpenFilesLimit, StringComparison.Ordinal));
        return line is not null && long.TryParse(line[OpenFilesLimit.Length..].Trim().Split(' ')[0], out var most) ? most : null;
    }
}
