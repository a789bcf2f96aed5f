using Appliance.Bench.Measures;
using Appliance.Bench.Peers;

namespace Appliance.Bench.Loads;

/// <summary>What a process must not gather: memory, descriptors, and lost sockets, over edits and over many short lives.</summary>
internal static class SteadyLoad
{
    private const double MiB = 1024 * 1024;

    /// <summary>
    /// Edits the route and the pool of open sockets again and again; reports how many were lost and what memory is left of it.
    /// </summary>
    public static async Task EditsAsync(int sockets, int edits, string dll, CancellationToken cancellationToken)
    {
        await using var back = await PeerCommands.BackendAsync(cancellationToken);
        await using var peer = await PeerCommands.ApplianceAsync(back.Port, dll, limited: false, cancellationToken);
        var frame = RawWebSocket.Frame(128);
        var open = await WebSocketLoad.OpenAsync(peer, sockets, cancellationToken);
        await RoundTripsAsync();

        // The first edits bring code and caches that stay, and let the heap find its size; what is asked for is growth.
        for (var warm = 0; warm < 100; warm++)
            await EditAsync(warm);
        var before = ProcessFigures.MemoryBytes(peer.Pid);
        for (var edit = 0; edit < edits; edit++)
            await EditAsync(edit);
        var after = ProcessFigures.MemoryBytes(peer.Pid);
        var lost = await RoundTripsAsync();
        open.ForEach(socket => socket.Dispose());
        Console.WriteLine(
            $"  {edits} edits of the route and the pool of {sockets:N0} open sockets: {lost} lost; memory {before / MiB:0.0} MiB before, {after / MiB:0.0} MiB after"
        );

        Task EditAsync(int at) =>
            PeerCommands.ApplyAsync(
                dll,
                peer,
                $$"""
                { "routes": [ { "name": "all", "action": { "kind": "proxy", "pool": "backend" },
                    "requestHeaders": [ { "operation": "set", "name": "X-Edit", "value": "{{at}}" } ] } ],
                  "upstreamPools": [ { "name": "backend", "servers": [ { "address": "http://127.0.0.1:{{back.Port}}", "weight": {{at % 2
                    + 1}} } ] } ] }
                """,
                cancellationToken
            );

        async Task<int> RoundTripsAsync()
        {
            var gone = 0;
            foreach (var some in open.Chunk(100))
            {
                await Task.WhenAll(
                    some.Select(async socket =>
                    {
                        try
                        {
                            await socket.RoundTripAsync(frame, cancellationToken);
                        }
                        catch (Exception dropped) when (dropped is InvalidOperationException or System.Net.Sockets.SocketException)
                        {
                            Interlocked.Increment(ref gone);
                        }
                    })
                );
            }

            return gone;
        }
    }

    /// <summary>Opens and closes that many sockets; reports descriptors and memory before and after.</summary>
    public static async Task ChurnAsync(int sockets, string dll, CancellationToken cancellationToken)
    {
        await using var back = await PeerCommands.BackendAsync(cancellationToken);
        await using var peer = await PeerCommands.ApplianceAsync(back.Port, dll, limited: false, cancellationToken);
        await OpenAndCloseAsync(10_000); // warm
        var (files, memory) = (await QuietFilesAsync(), ProcessFigures.MemoryBytes(peer.Pid));
        // In rounds: a heap that finds its size grows less and less, one that leaks does not.
        var rounds = new List<string>();
        for (var round = 0; round < 4; round++)
        {
            await OpenAndCloseAsync(sockets / 4);
            rounds.Add($"{ProcessFigures.MemoryBytes(peer.Pid) / MiB:0.0}");
        }

        Console.WriteLine(
            $"  {sockets:N0} sockets opened and closed: {files} descriptors before, {await QuietFilesAsync()} after; "
                + $"memory {memory / MiB:0.0} MiB before, {string.Join(", ", rounds)} MiB after each quarter"
        );

        async Task OpenAndCloseAsync(int count)
        {
            var frame = RawWebSocket.Frame(128);
            var left = count;
            await Task.WhenAll(
                Enumerable
                    .Range(0, 32)
                    .Select(async _ =>
                    {
                        while (Interlocked.Decrement(ref left) >= 0)
                        {
                            using var socket = new RawWebSocket();
                            await socket.OpenAsync(peer.Port, cancellationToken);
                            await socket.RoundTripAsync(frame, cancellationToken);
                        }
                    })
            );
        }

        // The last closes are still on their way: the count of two looks in a row.
        async Task<int> QuietFilesAsync()
        {
            for (var last = -1; ; )
            {
                var now = Directory.GetFiles($"/proc/{peer.Pid}/fd").Length;
                if (now == last)
                    return now;
                last = now;
                await Task.Delay(500, cancellationToken);
            }
        }
    }
}
