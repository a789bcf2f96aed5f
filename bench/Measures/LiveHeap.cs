using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.Parsers.Clr;

namespace Appliance.Bench.Measures;

/// <summary>
/// What is alive in a .NET process after a full collection, by type. The process needs nothing for it: the runtime's diagnostics port
/// collects and tells every reachable object.
/// </summary>
internal sealed class LiveHeap
{
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";

    // GC, type names, a dump of the heap, and the collection that comes before it: GCHeapSnapshot in the runtime's own words.
    private const long Snapshot = 0x1980001;
    private const int BufferMegabytes = 256;

    private LiveHeap(Dictionary<string, Share> types) => Types = types;

    /// <summary>Objects and bytes by the type's full name.</summary>
    public IReadOnlyDictionary<string, Share> Types { get; }

    /// <summary>Bytes of everything that is alive.</summary>
    public long Bytes => Types.Values.Sum(share => share.Bytes);

    /// <summary>
    /// How many objects of a type there are. A generic type is asked for by its name without arguments, for all of its instances.
    /// </summary>
    public int Count(string type) => Types.Where(one => Definition(one.Key) == type).Sum(one => one.Value.Objects);

    /// <summary>What the runtime calls a type on the heap: one inside another type has its own name alone.</summary>
    public static string NameOf(Type type) => type.IsNested ? type.Name : type.FullName!; // no type parameter

    /// <summary>The name of a type without its arguments; an array has none of its own.</summary>
    public static string Definition(string type) =>
        type.IndexOf('`', StringComparison.Ordinal) is var tick and >= 0 && !type.EndsWith("][]", StringComparison.Ordinal)
            ? type[..tick]
            : type;

    /// <summary>
    /// Collects in the process and looks. Throws <see cref="InvalidOperationException"/> when the heap was not told whole.
    /// </summary>
    public static async Task<LiveHeap> OfAsync(int pid, CancellationToken cancellationToken)
    {
        // Who collects here, too, is not asked twice; a look that was cut short is.
        for (var tries = 0; tries < 3; tries++)
        {
            if (await Task.Run(() => Look(pid), cancellationToken) is { } heap)
                return heap;
        }

        throw new InvalidOperationException("The runtime did not tell its heap.");
    }

    private static LiveHeap? Look(int pid)
    {
        var names = new Dictionary<ulong, string>();
        var shares = new Dictionary<ulong, Share>();
        var collection = -1;
        var isWhole = false;
        using var session = new DiagnosticsClient(pid).StartEventPipeSession(
            [new(Runtime, EventLevel.Verbose, Snapshot)],
            requestRundown: false,
            BufferMegabytes
        );
        using var source = new EventPipeEventSource(session.EventStream);
        source.Clr.GCStart += start =>
        {
            if (collection < 0 && start is { Depth: 2, Type: GCType.NonConcurrentGC, Reason: GCReason.Induced })
                collection = start.Count;
        };
        source.Clr.GCStop += stop =>
        {
            if (stop.Count != collection)
                return;
            isWhole = true;
            // The session ends when its last events are read, which this thread does.
            _ = session.StopAsync(CancellationToken.None);
        };
        source.Clr.TypeBulkType += bulk =>
        {
            for (var index = 0; index < bulk.Count; index++)
                names[bulk.Values(index).TypeID] = bulk.Values(index).TypeName;
        };
        source.Clr.GCBulkNode += bulk =>
        {
            for (var index = 0; index < bulk.Count; index++)
            {
                var node = bulk.Values(index);
                shares[node.TypeID] = shares.GetValueOrDefault(node.TypeID).Plus((long)node.Size);
            }
        };
        source.Process();
        if (!isWhole || source.EventsLost > 0)
            return null;
        var types = new Dictionary<string, Share>();
        foreach (var (id, share) in shares)
        {
            var name = names.GetValueOrDefault(id, "a type without a name");
            types[name] = types.GetValueOrDefault(name).Plus(share.Bytes, share.Objects);
        }

        return new(types);
    }

    /// <summary>What of the heap one type has.</summary>
    internal readonly record struct Share(int Objects, long Bytes)
    {
        public Share Plus(long bytes, int objects = 1) => new(Objects + objects, Bytes + bytes);
    }
}
