using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Tests.WebSockets;
using Appliance.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Tests.Epoll;

/// <summary>What fails while connections are accepted: a connection, the listening socket, the server behind it.</summary>
[Collection(Alone.Name)]
public sealed class ListenerFaultTests
{
    private const string Ask = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

    [Fact]
    public async Task Accept_NoMemoryForManyConnections_TheyAreClosedAndThePortServes()
    {
        var lines = new Lines();
        await using var host = await EpollHttpHost.StartAsync(context => context.Response.WriteAsync("hello"), log: lines);
        using (new FaultAtCall(point => point == FaultPoint.Allocation, from: 1, times: int.MaxValue))
        {
            for (var one = 0; one < 20; one++)
            {
                await using var client = await host.ConnectAsync();
                await client.DrainAsync();
            }
        }

        await ServesAsync(host);
        await Until.TrueAsync(() => host.Loops.Sockets == 0);
        lines.Said.Count(line => line.Id == 1503).ShouldBe(1, "once a minute, and not for each");
        host.Loops.LastResort.IsUsed.ShouldBeFalse();
    }

    [Fact]
    public async Task Accept_ListenerIsShutDownFromOutside_SaysSoOnceAndListensAgain()
    {
        var lines = new Lines();
        await using var host = await EpollHttpHost.StartAsync(context => context.Response.WriteAsync("hello"), log: lines);
        await ServesAsync(host);

        ShutDownListener(host.Port);

        await Until.TrueAsync(() => lines.Said.Any(line => line.Id == 1505));
        await ServesAsync(host);
        lines.Said.Count(line => line.Id == 1507).ShouldBe(1);
        lines.Said.Count(line => line.Level >= LogLevel.Warning).ShouldBe(2);
    }

    [Fact]
    public async Task Accept_PortIsSomebodyElsesMeanwhile_BacksOffAndAsksForTheEndOfTheProcess()
    {
        var (time, lines, ends) = (TestTime.New(), new Lines(), 0);
        using var loops = new EpollLoops(time, lines, lastResort: new LastResort(lines, () => Interlocked.Increment(ref ends)));
        await using var listener = EpollListener.Bind(loops, new IPEndPoint(IPAddress.Loopback, 0));
        var at = (IPEndPoint)listener.EndPoint;

        // The listener's time stands still, so that its next try comes when the port is taken.
        ShutDownListener(at.Port);
        await Until.TrueAsync(() => lines.Said.Any(line => line.Id == 1507));
        using var other = new TcpListener(at);
        other.Start();
        for (var second = 0; second < 29; second++)
            time.Advance(TimeSpan.FromSeconds(1));
        await TurnAsync(loops.First);
        await TurnAsync(loops.First);
        Volatile.Read(ref ends).ShouldBe(0);
        time.Advance(TimeSpan.FromSeconds(2));

        await Until.TrueAsync(() => Volatile.Read(ref ends) == 1);
        lines.Said.Count(line => line.Id == 1506 && line.Text.Contains(at.ToString(), StringComparison.Ordinal)).ShouldBe(1);
        lines.Said.Count.ShouldBe(2, "no line a try");

        // And it still comes back, should whoever ends the process take his time.
        other.Stop();
        await Until.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return lines.Said.Any(line => line.Id == 1505);
        });
        await listener.UnbindAsync();
    }

    [Fact]
    public async Task Unbind_ListenerIsLost_Ends()
    {
        var (time, lines) = (TestTime.New(), new Lines());
        using var loops = new EpollLoops(time, lines);
        var listener = EpollListener.Bind(loops, new IPEndPoint(IPAddress.Loopback, 0));
        var accepting = listener.AcceptAsync().AsTask();
        ShutDownListener(((IPEndPoint)listener.EndPoint).Port);
        await Until.TrueAsync(() => lines.Said.Any(line => line.Id == 1507));

        await listener.UnbindAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

        (await accepting.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBeNull();
    }

    [Fact]
    public void Watch_ServerAsksForNoMoreConnections_AsksForTheEndOfTheProcess()
    {
        var ended = new ManualResetEventSlim();
        var (time, lines) = (TestTime.New(), new Lines());
        using var watch = new AcceptWatch(new IPEndPoint(IPAddress.Loopback, 80), new LastResort(lines, ended.Set), time);
        time.Advance(TimeSpan.FromSeconds(40));
        watch.Asks();
        time.Advance(TimeSpan.FromSeconds(40));
        watch.Got();
        time.Advance(TimeSpan.FromSeconds(8));
        watch.Asks();
        watch.Got();
        time.Advance(TimeSpan.FromSeconds(8));
        lines.Said.ShouldBeEmpty();

        time.Advance(TimeSpan.FromSeconds(2));

        ended.Wait(TimeSpan.FromSeconds(20)).ShouldBeTrue();
        lines.Said.Single().Text.ShouldContain("127.0.0.1:80");
    }

    private static async Task ServesAsync(EpollHttpHost host)
    {
        await using var client = await host.ConnectAsync();
        await client.SendAsync(Ask);
        (await client.ReadToEndAsync()).ShouldContain("hello");
    }

    private static async Task TurnAsync(EpollLoop loop)
    {
        var handler = new Recorder();
        loop.Post(handler);
        await Until.TrueAsync(() => handler.Turns == 1);
    }

    // As whoever holds a duplicate of it could, or a tool: the descriptor stays open and accepts nothing any more.
    private static void ShutDownListener(int port)
    {
        foreach (var entry in Directory.GetFileSystemEntries("/proc/self/fd"))
        {
            var fd = int.Parse(Path.GetFileName(entry), System.Globalization.CultureInfo.InvariantCulture);
            var (listens, length) = (0, sizeof(int));
            if (getsockopt(fd, 1, 30, ref listens, ref length) != 0 || listens == 0)
                continue;
            using var socket = new Socket(new SafeSocketHandle(fd, ownsHandle: false));
            if (socket.LocalEndPoint is IPEndPoint at && at.Port == port)
                shutdown(fd, 2).ShouldBe(0);
        }
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int getsockopt(int fd, int level, int name, ref int value, ref int length);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int shutdown(int fd, int how);
}

/// <summary>Keeps what was logged.</summary>
internal sealed class Lines : ILogger<EpollLoops>
{
    private readonly ConcurrentQueue<(LogLevel Level, int Id, string Text)> _said = new();

    public IReadOnlyCollection<(LogLevel Level, int Id, string Text)> Said => _said;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    ) => _said.Enqueue((logLevel, eventId.Id, formatter(state, exception)));
}
