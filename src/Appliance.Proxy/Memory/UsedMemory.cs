using System.Globalization;

namespace Appliance.Proxy.Memory;

/// <summary>
/// Which share of its memory this process uses: of the collector's heap or of the cgroup, whichever is nearer to its end.
/// </summary>
internal sealed class UsedMemory
{
    private readonly long _mostHeap = MemoryRoom.MostBytes;
    private readonly long _mostResident = OperatingSystem.IsLinux() ? LimitOfCgroup("/proc/self/cgroup", "/sys/fs/cgroup") : long.MaxValue;

    /// <summary>Between 0 and 1.</summary>
    public double Share()
    {
        var heap = (double)GC.GetTotalMemory(forceFullCollection: false) / Math.Max(1, _mostHeap);

        // Memory of OpenSSL and of threads is not the collector's. A cgroup ends a process that crosses its limit, so nine tenths of it
        // count as all.
        var resident = _mostResident == long.MaxValue ? 0 : Environment.WorkingSet / (_mostResident * 0.9);
        return Math.Max(heap, resident);
    }

    /// <summary>The limit of the cgroup (version 2) that <paramref name="membership"/> names, or <see cref="long.MaxValue"/>.</summary>
    internal static long LimitOfCgroup(string membership, string root)
    {
        try
        {
            foreach (var line in File.ReadLines(membership))
            {
                if (!line.StartsWith("0::", StringComparison.Ordinal))
                    continue;
                var file = root + line[3..].TrimEnd('/') + "/memory.max";
                if (
                    File.Exists(file)
                    && long.TryParse(File.ReadAllText(file).AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var most)
                )
                    return most;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Going on is right: the collector's own limit, which .NET reads, still holds.
        }

        return long.MaxValue;
    }
}
