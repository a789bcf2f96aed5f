using System.Diagnostics;

namespace Appliance.Testing;

/// <summary>What a child process says, line by line, read at once so that it never has to wait for us.</summary>
public sealed class SaidLines
{
    private readonly List<string> lines = [];
    private readonly Task reading;

    public SaidLines(Process process) => reading = Task.Run(async () =>
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            lock (lines)
                lines.Add(line);
        }
    });

    /// <summary>All lines until now.</summary>
    public IReadOnlyList<string> All
    {
        get
        {
            lock (lines)
                return [.. lines];
        }
    }

    /// <summary>The first line that fits; fails after half a minute, or when the process has ended without it.</summary>
    public async Task<string> WaitForAsync(Func<string, bool> fits, string what)
    {
        await Eventually.TrueAsync(() => All.Any(fits) || reading.IsCompleted ? Task.FromResult(true) : Task.FromResult(false), what);
        return All.FirstOrDefault(fits) ?? throw new InvalidOperationException($"It ended before {what}: {string.Join(" | ", All)}");
    }
}
