namespace Appliance.Bench.Measures;

/// <summary>What the kernel says about a process and its children: CPU seconds and memory, from /proc.</summary>
internal static class ProcessFigures
{
    // USER_HZ is 100 on every Linux that .NET supports.
    private const double TicksPerSecond = 100;

    /// <summary>User and system seconds of the process and its living children (nginx has workers).</summary>
    public static double CpuSeconds(int pid) => Family(pid).Sum(Ticks) / TicksPerSecond;

    /// <summary>Proportional set size in bytes: what the family would free by ending.</summary>
    public static long MemoryBytes(int pid) => Family(pid).Sum(one => Rollup(one, "Pss:"));

    /// <summary>Resident bytes of the family, pages that are shared with other programs among them.</summary>
    public static long ResidentBytes(int pid) => Family(pid).Sum(one => Rollup(one, "Rss:"));

    /// <summary>Waits until the process does next to nothing, or for that long.</summary>
    public static async Task QuietAsync(int pid, TimeSpan atMost, CancellationToken cancellationToken)
    {
        const int look = 500;
        for (var waited = 0; waited < atMost.TotalMilliseconds; waited += look)
        {
            var before = CpuSeconds(pid);
            await Task.Delay(look, cancellationToken);
            if (CpuSeconds(pid) - before <= 0.02)
                return;
        }
    }

    private static IEnumerable<int> Family(int pid)
    {
        yield return pid;
        foreach (var task in Directory.EnumerateDirectories($"/proc/{pid}/task"))
        {
            foreach (var child in File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                foreach (var one in Family(int.Parse(child)))
                    yield return one;
            }
        }
    }

    private static double Ticks(int pid)
    {
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return double.Parse(fields[11]) + double.Parse(fields[12]);
    }

    private static long Rollup(int pid, string field)
    {
        foreach (var line in File.ReadLines($"/proc/{pid}/smaps_rollup"))
        {
            if (line.StartsWith(field, StringComparison.Ordinal))
                return long.Parse(line[field.Length..].Replace("kB", "", StringComparison.Ordinal)) * 1024;
        }

        return 0;
    }
}
