using System.Diagnostics;
using Appliance.Web.About;

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

    private static readonly DateTimeOffset _started = ReadStart();

    /// <summary>The facts of now.</summary>
    public static ProcessFacts Read() =>
        new(Environment.CpuUsage.TotalTime, Environment.WorkingSet, _started, CountFiles(), ProcessPlaces.MostOpenFiles);

    private static DateTimeOffset ReadStart()
    {
        using var process = Process.GetCurrentProcess();
        return process.StartTime.ToUniversalTime();
    }

    // Null, too, when there is no open file left to look with. The reading itself has one open.
    private static int? CountFiles()
    {
        try
        {
            return Directory.Exists(Files) ? Math.Max(0, Directory.EnumerateFileSystemEntries(Files).Count() - 1) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Going on is right: all other figures are wanted now.
            return null;
        }
    }
}
