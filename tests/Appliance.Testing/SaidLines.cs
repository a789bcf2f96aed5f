using System.Diagnostics;

namespace Appliance.Testing;

/// <summary>What a child process says, line by line, read at once so that it never has to wait for us.</summary>
public sealed class SaidLines
{
    private readonly List<string> _lines = [];
    private readonly Task _reading;

    public SaidLines(Process process) =>
        _reading = Task.Run(async () =>
        {
            while (await process.StandardOutput.ReadLineAsync() is { } line)
            {
                lock (_lines)
                    _lines.Add(line);
            }
        });

    /// <summary>All lines until now.</summary>
    public IReadOnlyList<string> All
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    /// <summary>The first line that fits; fails after half a minute, or when the process has ended without it.</summary>
    public async Task<string> WaitForAsync(Func<string, bool> fits, string what)
    {
        await Eventually.TrueAsync(() => All.Any(fits) || _reading.IsCompleted ? Task.FromResult(true) : Task.FromResult(false), what);
        return All.FirstOrDefault(fits) ?? throw new InvalidOperationException($"It ended before {what}: {string.Join(" | ", All)}");
    }
}
