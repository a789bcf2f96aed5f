using System.Collections.Immutable;
using static Appliance.Web.Metrics.MetricKind;
using static Appliance.Web.Metrics.MetricSample;

namespace Appliance.Web.Metrics;

/// <summary>
/// Metrics of the process and of the runtime, under the names that Prometheus' own client libraries have, which dashboards know.
/// </summary>
internal static class ProcessMetrics
{
    /// <summary>The metrics.</summary>
    public static ImmutableArray<Metric> All { get; } =
    [
        new("process.cpu.time", Counter, "s", "Time of processors that the process has used.", reading =>
            [Of(reading.Process.Cpu.TotalSeconds)]
        )
        {
            PrometheusName = "process_cpu_seconds",
        },
        new("process.memory.usage", Gauge, "By", "Memory that the process has in use.", reading => [Of(reading.Process.ResidentBytes)])
        {
            PrometheusName = "process_resident_memory_bytes",
        },
        new("process.start_time", Gauge, "s", "When the process started, in Unix time.", reading =>
            [Of(reading.Process.Started.ToUnixTimeMilliseconds() / 1000.0)]
        ),
        new("process.open_file_descriptor.count", Gauge, "", "Open files and sockets of the process.", reading =>
            reading.Process.OpenFiles is { } open ? [Of(open)] : []
        )
        {
            PrometheusName = "process_open_fds",
        },
        new("process.open_file_descriptor.limit", Gauge, "", "How many open files and sockets the process may have.", reading =>
            reading.Process.MostOpenFiles is { } most ? [Of(most)] : []
        )
        {
            PrometheusName = "process_max_fds",
        },
        new("dotnet.gc.collections", Counter, "", "Garbage collections, by generation.", _ =>
            Enumerable.Range(0, GC.MaxGeneration + 1).Select(at => Of(Collections(at), new MetricLabel("generation", $"gen{at}")))
        ),
        new("dotnet.gc.heap.total_allocated", Counter, "By", "Bytes that were allocated on the managed heap.", _ =>
            [Of(GC.GetTotalAllocatedBytes())]
        ),
        new("dotnet.gc.heap.size", Gauge, "By", "Bytes in use on the managed heap.", _ =>
            [Of(GC.GetTotalMemory(forceFullCollection: false))]
        ),
        new("dotnet.gc.pause.time", Counter, "s", "Time of pauses for garbage collection.", _ =>
            [Of(GC.GetTotalPauseDuration().TotalSeconds)]
        ),
        new("dotnet.thread_pool.threads", Gauge, "", "Threads of the thread pool.", _ => [Of(ThreadPool.ThreadCount)]),
        new("dotnet.thread_pool.queue.length", Gauge, "", "Work that waits for a thread of the pool.", _ =>
            [Of(ThreadPool.PendingWorkItemCount)]
        ),
    ];

    // The runtime counts a collection of an older generation as one of the younger ones, too.
    private static int Collections(int generation) =>
        GC.CollectionCount(generation) - (generation < GC.MaxGeneration ? GC.CollectionCount(generation + 1) : 0);
}
