using Appliance.Bench.Measures;

namespace Appliance.Bench.Loads.Steady;

/// <summary>The process after one round, when everything that came has gone: after a full collection.</summary>
/// <param name="Heap">What is alive.</param>
/// <param name="MemoryBytes">Proportional set size.</param>
/// <param name="Files">Open descriptors.</param>
/// <param name="Threads">Threads.</param>
internal sealed record DaySample(LiveHeap Heap, long MemoryBytes, int Files, int Threads)
{
    public static async Task<DaySample> TakeAsync(int pid, CancellationToken cancellationToken)
    {
        // Before the look: it costs the process buffers of its own for a moment.
        var (memory, files, threads) = (
            ProcessFigures.MemoryBytes(pid),
            Directory.GetFiles($"/proc/{pid}/fd").Length,
            Directory.GetDirectories($"/proc/{pid}/task").Length
        );
        return new(await LiveHeap.OfAsync(pid, cancellationToken), memory, files, threads);
    }
}
