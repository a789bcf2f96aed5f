using Appliance.Proxy.Connections;
using Appliance.Proxy.Connections.Frames;

namespace Appliance.Proxy.WebSockets.Relays;

/// <summary>
/// Carries a tunnel over two streams until it is over. The one seam behind which another relay can stand: it gets and owes the same.
/// </summary>
internal static class StreamRelay
{
    // What an end may take to send its rest after the other end has closed.
    private static readonly TimeSpan _restWait = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Pumps both ways, counts into <paramref name="connection"/>, and returns when both connections need nothing more but to be closed.
    /// The end's reason is in the connection then. Never throws.
    /// </summary>
    public static async Task RunAsync(TunnelEnds ends, LiveConnection connection, TimeProvider time)
    {
        using var stop = new CancellationTokenSource();
        var closes = new PassedCloses();
        using var up = new StreamPump(
            ends.Client,
            ends.Server.Stream,
            ends.Server.MustFlush,
            connection.FromClient,
            connection,
            TunnelEnd.ClientClosed,
            time,
            closes.Passed
        );
        using var down = new StreamPump(
            ends.Server.Stream,
            ends.Client,
            flush: false,
            connection.FromServer,
            connection,
            TunnelEnd.ServerClosed,
            time,
            closes.Passed
        );
        var control = new Control(PingBothAsync);
        var upRun = up.RunAsync(ReadOnlyMemory<byte>.Empty, stop.Token);
        var downRun = down.RunAsync(ends.BehindServerHead, stop.Token);

        connection.CarriedBy(control);
        var goodbyes = Task.CompletedTask;
        // In this order: a server that stops lets the client's reads fail, and an end that was asked for is still told why.
        var first = await Task.WhenAny(control.Asked, closes.Both, upRun, downRun);
        var clean =
            first == control.Asked ? await SayGoodbyeAsync()
            : first == closes.Both ? AfterBoth()
            : first == upRun ? await AfterClientAsync()
            : await AfterServerAsync();

        // Nothing may use the streams any more when this returns.
        if (!clean)
            ends.AbortClient();
        await stop.CancelAsync();
        ends.Server.Cut();
        await Task.WhenAll(upRun, downRun, goodbyes, control.Pinging);

        async Task PingBothAsync()
        {
            if (await down.PingAsync(up, stop.Token))
                connection.RequestEnd(PolicyOrders.ClientSilent);
            if (await up.PingAsync(down, stop.Token))
                connection.RequestEnd(PolicyOrders.ServerSilent);
        }

        async Task<bool> SayGoodbyeAsync()
        {
            // Bytes that are no frames have no other goodbye than the end.
            if (!connection.IsWebSocket)
                return true;
            // Both before the first is written: an end that answers immediately, with a code of its own, must not be heard first at the
            // other.
            var order = connection.Order!; // it is what was asked for
            up.EndWith(order);
            down.EndWith(order);
            var (upClose, downClose) = (up.CloseAsync(stop.Token), down.CloseAsync(stop.Token));
            goodbyes = Task.WhenAll(upClose, downClose);
            return await InTimeAsync(
                Task.WhenAll(AnsweredAsync(up, upRun, upClose), AnsweredAsync(down, downRun, downClose)),
                order.Deadline
            );
        }

        // A source that has closed before need not be read once more.
        static async Task AnsweredAsync(StreamPump pump, Task run, Task close)
        {
            await close;
            if (!pump.IsAnswered)
                await run;
        }

        // Nothing may follow two close frames (RFC 6455, 5.5.1), and an end may wait for the other to close first, by a way that TLS and
        // HTTP/2 do not have.
        bool AfterBoth()
        {
            connection.NoteEnd(TunnelEnd.ServerClosed);
            return true;
        }

        async Task<bool> AfterClientAsync()
        {
            var end = await upRun;
            connection.NoteEnd(
                end switch
                {
                    PumpEnd.SourceEnded => TunnelEnd.ClientClosed,
                    PumpEnd.SourceFailed => TunnelEnd.ClientError,
                    _ => TunnelEnd.ServerError,
                }
            );
            if (end == PumpEnd.SourceFailed)
                return false;
            // The client closed: its half goes on to the server. Or the server does not take any more, but may have said why.
            ends.Server.ShutdownSend();
            await InTimeAsync(Task.WhenAny(downRun, closes.Both), _restWait);
            if (closes.Both.IsCompleted)
                return end == PumpEnd.SourceEnded;
            return downRun.IsCompleted && await downRun != PumpEnd.DestinationFailed && end == PumpEnd.SourceEnded;
        }

        async Task<bool> AfterServerAsync()
        {
            var end = await downRun;
            connection.NoteEnd(
                end switch
                {
                    PumpEnd.SourceEnded => TunnelEnd.ServerClosed,
                    PumpEnd.SourceFailed => TunnelEnd.ServerError,
                    _ => TunnelEnd.ClientError,
                }
            );
            if (end != PumpEnd.SourceEnded)
                return false;
            // Kestrel cannot close one half. A client whose answer to a close frame is still under way gets the time to send it; else
            // closing now could reset the connection and destroy what the server said last.
            if (connection.FromServer.CloseCode != 0 && connection.FromClient.CloseCode == 0)
                await InTimeAsync(upRun, _restWait);
            return true;
        }

        async Task<bool> InTimeAsync(Task task, TimeSpan atMost)
        {
            using var patience = new CancellationTokenSource(atMost, time);
            await task.WaitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return task.IsCompleted;
        }
    }

    // Counts the directions whose close frame has gone on whole.
    private sealed class PassedCloses
    {
        private readonly TaskCompletionSource _both = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _passed;

        public Task Both => _both.Task;

        public void Passed()
        {
            if (Interlocked.Increment(ref _passed) == 2)
                _both.TrySetResult();
        }
    }

    private sealed class Control(Func<Task> ping) : ITunnelRelay
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task;

        public Task Pinging { get; private set; } = Task.CompletedTask;

        public void EndRequested() => _asked.TrySetResult();

        public void PingDue()
        {
            if (Pinging.IsCompleted)
                Pinging = ping();
        }
    }
}
