using System.IO.Pipelines;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Tests.Connections;
using Appliance.Proxy.WebSockets.Relays;

namespace Appliance.Proxy.Tests.WebSockets.Relays;

/// <summary>
/// What a direction carries once its end was asked for, whichever comes first: the source's next bytes or our own close frame.
/// </summary>
public sealed class StreamPumpTests
{
    private static readonly byte[] _ours = Frames.Write(0x88, [0x03, 0xE9], null);
    private static readonly byte[] _theirs = Frames.Write(0x88, [0x03, 0xE8], null);

    [Fact]
    public async Task EndWith_SourceClosesFirst_OursIsHeardAndTheirsKeptBack() => (await PassedAsync([], _theirs)).ShouldBe(_ours);

    [Fact]
    public async Task EndWith_SourceSendsMessagesThenCloses_OursStandsBeforeThem() =>
        (await PassedAsync([], [.. Frames.Text("late"), .. _theirs])).ShouldBe(_ours);

    [Fact]
    public async Task EndWith_InTheMiddleOfAFrame_ItIsCompletedFirst()
    {
        var frame = Frames.Text("message");
        (await PassedAsync(frame[..3], [.. frame[3..]], _theirs)).ShouldBe([.. frame, .. _ours]);
    }

    [Fact]
    public async Task EndWith_InTheMiddleOfTheirClose_TheirsIsTheOnlyOne() =>
        (await PassedAsync(_theirs[..3], [.. _theirs[3..]])).ShouldBe(_theirs);

    [Fact]
    public async Task EndWith_TheirsHasPassed_OursIsNotAdded() => (await PassedAsync(_theirs, [])).ShouldBe(_theirs);

    // Lets a piece pass, asks for the end without writing, and then lets the source send the rest.
    private static async Task<byte[]> PassedAsync(byte[] before, params byte[][] behind)
    {
        var (source, destination) = (new Pipe(), new Pipe());
        var connection = new LiveConnection(TimeProvider.System)
        {
            RouteId = Guid.Empty,
            RouteName = "",
            PoolName = "",
            ServerAddress = "",
            Host = "",
            Path = "",
        };
        using var pump = new StreamPump(
            source.Reader.AsStream(),
            destination.Writer.AsStream(),
            flush: true,
            connection.FromServer,
            connection,
            TunnelEnd.ServerClosed,
            TimeProvider.System
        );
        var run = pump.RunAsync(ReadOnlyMemory<byte>.Empty, CancellationToken.None);
        await SendAsync(before);
        pump.EndWith(Ends.Of(TunnelEnd.Operator));
        foreach (var piece in behind)
            await SendAsync(piece);
        await source.Writer.CompleteAsync();
        await run.WaitAsync(TimeSpan.FromSeconds(20));
        await pump.CloseAsync(CancellationToken.None);
        await destination.Writer.CompleteAsync();

        var passed = new MemoryStream();
        await destination.Reader.CopyToAsync(passed);
        return passed.ToArray();

        async Task SendAsync(byte[] piece)
        {
            var sofar = connection.FromServer.Counts.WireBytes;
            await source.Writer.WriteAsync(piece);
            await Until.TrueAsync(() => connection.FromServer.Counts.WireBytes == sofar + piece.Length);
        }
    }
}
