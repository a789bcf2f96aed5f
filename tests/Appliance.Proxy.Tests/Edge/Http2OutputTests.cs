using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Appliance.Proxy.Edge;
using Appliance.Testing;
using Hpack = Appliance.Proxy.Edge.Hpack;

namespace Appliance.Proxy.Tests.Edge;

/// <summary>An interim answer stands between two frames of the HTTP server, however that writes.</summary>
public sealed class Http2OutputTests
{
    private const byte Acknowledge = 1;

    // The pipe takes one byte, then every flush waits for a reader.
    private readonly Pipe _client = new(new(pauseWriterThreshold: 1, resumeWriterThreshold: 0, useSynchronizationContext: false));
    private readonly Pipe _requests = new();

    [Fact]
    public async Task Interim_GoesOutWithoutTheServer()
    {
        var output = Open();
        var sending = output.SendAsync(3, Block(103), CancellationToken.None);

        Names(await ReadAsync()).ShouldBe(["1:3"]);
        await sending;
    }

    [Fact]
    public async Task Interim_WaitsForTheEndOfTheServersFrame_AndOfItsBlock()
    {
        var output = Open();
        output.Write(Frame(Http2Frame.Headers, 0, 1, 10));
        var sending = output.SendAsync(3, Block(103), CancellationToken.None).AsTask();
        var continuation = Frame(9, Http2Frame.EndHeaders, 1, 20);
        output.Write(continuation.AsSpan(0, 15));
        sending.IsCompleted.ShouldBeFalse();
        output.Write(continuation.AsSpan(15));
        output.Write(Frame(Http2Frame.Data, 0, 1, 5));
        var flush = output.FlushAsync();

        Names(await ReadAsync()).ShouldBe(["1:1", "9:1", "0:1", "1:3"]);
        await sending;
        await flush;
    }

    [Fact]
    public async Task Server_WritesOn_WhileTheClientHasNotTakenAnInterim()
    {
        var output = Open();
        var sending = output.SendAsync(3, Block(103), CancellationToken.None).AsTask();
        output.Write(Frame(Http2Frame.Data, 0, 1, 5));
        var second = output.SendAsync(5, Block(102), CancellationToken.None).AsTask();
        output.Write(Frame(Http2Frame.Data, 0, 1, 70_000));
        var flush = output.FlushAsync();
        (sending.IsCompleted, second.IsCompleted, flush.IsCompleted).ShouldBe((false, false, false));

        var came = new List<byte>();
        while (came.Count < (2 * (9 + 5)) + 9 + 5 + 9 + 70_000)
            came.AddRange(await ReadAsync());

        Names([.. came]).ShouldBe(["1:3", "0:1", "0:1", "1:5"]);
        await sending;
        await second;
        await flush;
    }

    [Fact]
    public async Task Interim_OfAnEndedStream_IsLeftOut()
    {
        var output = Open();
        output.Write(Frame(Http2Frame.Reset, 0, 3, 4));
        await output.SendAsync(3, Block(103), CancellationToken.None);
        var sending = output.SendAsync(5, Block(103), CancellationToken.None);

        Names(await ReadAsync()).ShouldBe(["3:3", "1:5"]);
        await sending;
    }

    [Fact]
    public async Task Interim_AfterTheEnd_WaitsForNothing()
    {
        var output = Open();
        output.Write(Frame(Http2Frame.Headers, 0, 1, 1));
        var waiting = output.SendAsync(3, Block(103), CancellationToken.None).AsTask();
        await output.CompleteAsync();

        await waiting;
        await output.SendAsync(3, Block(103), CancellationToken.None);
    }

    // The server has nothing to say: nobody else would write the second one.
    [Fact]
    public async Task Interims_ThatMeet_NeedNoServerToBeWritten()
    {
        var output = Open();
        var first = output.SendAsync(3, Block(103), CancellationToken.None).AsTask();
        var second = output.SendAsync(5, Block(103), CancellationToken.None).AsTask();

        var came = new List<byte>();
        while (came.Count < 2 * (9 + 5))
            came.AddRange(await ReadAsync());

        Names([.. came]).ShouldBe(["1:3", "1:5"]);
        await Task.WhenAll(first, second).WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Interim_WhoseStreamEnds_IsWaitedForNoLongerAndLeftOut()
    {
        using var gone = new CancellationTokenSource();
        var output = Open();
        output.Write(Frame(Http2Frame.Headers, 0, 1, 1));
        var waiting = output.SendAsync(3, Block(103), gone.Token).AsTask();
        await gone.CancelAsync();
        await waiting.ShouldThrowAsync<OperationCanceledException>();
        output.Write(Frame(9, Http2Frame.EndHeaders, 1, 1));
        var sending = output.SendAsync(5, Block(103), CancellationToken.None).AsTask();

        Names(await ReadAsync()).ShouldBe(["1:1", "9:1", "1:5"]);
        await sending;
    }

    [Fact]
    public async Task Client_ThatIsGone_LeavesNobodyWaiting()
    {
        var output = Open();
        output.Write(Frame(Http2Frame.Data, 0, 1, 5));
        var flush = output.FlushAsync().AsTask();
        var waiting = output.SendAsync(3, Block(103), CancellationToken.None).AsTask();
        await _client.Reader.CompleteAsync();

        (await flush.WaitAsync(TimeSpan.FromSeconds(30))).IsCompleted.ShouldBeTrue();
        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
    }

    // Three streams with interim answers without a pause, and a server that writes and flushes among them: every frame stands alone, each
    // stream's in their order, and neither waits for the other's end.
    [Fact]
    public async Task Writers_OfAllKindsAtOnce_NeverMixTheirFrames()
    {
        const int Many = 500;
        var output = Open();
        output.Write(Frame(Http2Frame.Headers, Http2Frame.EndHeaders, 1, 3));
        var server = Task.Run(async () =>
        {
            for (var at = 0; at < Many; at++)
            {
                var frame = Frame(Http2Frame.Data, 0, 1, 1 + (at * 37 % 3000));
                output.Write(frame.AsSpan(0, 9));
                output.Write(frame.AsSpan(9));
                await output.FlushAsync();
            }
        });
        var interims = Enumerable
            .Range(1, 3)
            .Select(stream =>
                Task.Run(async () =>
                {
                    for (var at = 0; at < Many; at++)
                        await output.SendAsync(1 + (2 * stream), Block(100 + (at % 100)), CancellationToken.None);
                })
            );
        var writing = Task.WhenAll([server, .. interims]).WaitAsync(TimeSpan.FromSeconds(60));

        var came = new List<byte>();
        var (writers, data) = (4 * Many, Enumerable.Range(0, Many).Sum(at => 1 + (at * 37 % 3000)));
        while (came.Count < 12 + (writers * 9) + (3 * Many * 5) + data)
            came.AddRange(await ReadAsync());

        await writing;
        Names([.. came])
            .CountBy(name => name)
            .ShouldBe([new("0:1", Many), new("1:1", 1), new("1:3", Many), new("1:5", Many), new("1:7", Many)], ignoreOrder: true);
    }

    // RFC 7541, 4.2: a table that the client made smaller is spoken of by the next block.
    [Theory]
    [InlineData(null, new byte[0])]
    [InlineData(4096, new byte[0])]
    [InlineData(65536, new byte[0])]
    [InlineData(0, new byte[] { 0x20 })]
    [InlineData(30, new byte[] { 0x3e })]
    [InlineData(31, new byte[] { 0x3f, 0 })]
    [InlineData(1024, new byte[] { 0x3f, 0xe1, 0x07 })]
    public async Task FirstBlock_SpeaksOfASmallerTable(int? table, byte[] prefix)
    {
        // Byte by byte, consumed in any pieces.
        var settings = new Http2Settings(_requests.Reader);
        byte[] sent =
        [
            .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8,
            .. new Http2Frame(Http2Frame.Settings, 0, 0, [0, 4, 0, 1, 0, 0, .. Setting(table)]).ToBytes(),
            .. new Http2Frame(Http2Frame.Settings, 0, 0, [0, 1, 0, 0, 0, 7]).ToBytes(),
        ];
        foreach (var one in sent)
        {
            await _requests.Writer.WriteAsync(new[] { one });
            var read = await settings.ReadAsync();
            settings.AdvanceTo(read.Buffer.Length < 4 ? read.Buffer.Start : read.Buffer.GetPosition(3), read.Buffer.End);
        }

        settings.TableSize.ShouldBe((uint)(table ?? 4096));
        var output = new Http2Output(_client.Writer, settings);
        var sending = output.SendAsync(3, Block(103), CancellationToken.None);

        (await ReadAsync())[9..].ShouldBe([.. prefix, .. Block(103)]);
        await sending;

        // The HTTP server has said it.
        output.Write(Frame(Http2Frame.Headers, Http2Frame.EndHeaders, 3, 3));
        var again = output.SendAsync(5, Block(103), CancellationToken.None);
        (await ReadAsync())[(9 + 3 + 9)..].ShouldBe(Block(103));
        await again;
    }

    // The values of later settings are the server's to speak of.
    [Fact]
    public async Task Settings_ThatChange_HoldInterimsUpUntilTheNextBlock()
    {
        var output = Open();
        output.Write(Frame(Http2Frame.Settings, Acknowledge, 0, 0));
        output.Write(Frame(Http2Frame.Headers, Http2Frame.EndHeaders, 1, 3));
        output.Write(Frame(Http2Frame.Settings, Acknowledge, 0, 0));
        await output.SendAsync(3, Block(103), CancellationToken.None);
        output.Write(Frame(Http2Frame.Headers, Http2Frame.EndHeaders, 1, 3));
        var sending = output.SendAsync(3, Block(103), CancellationToken.None);

        Names(await ReadAsync()).ShouldBe(["4:0", "1:1", "4:0", "1:1", "1:3"]);
        await sending;
    }

    [Fact]
    public async Task LongBlock_IsSeveralFrames()
    {
        var output = Open();
        var sending = output.SendAsync(3, new byte[40_000], CancellationToken.None).AsTask();

        var came = new List<byte>();
        while (came.Count < (3 * 9) + 40_000)
            came.AddRange(await ReadAsync());

        Names([.. came]).ShouldBe(["1:3", "9:3", "9:3"]);
        await sending;
    }

    private Http2Output Open() => new(_client.Writer, new Http2Settings(_requests.Reader));

    private static byte[] Setting(int? table)
    {
        if (table is not { } size)
            return [];
        var setting = new byte[6];
        setting[1] = 1;
        BinaryPrimitives.WriteInt32BigEndian(setting.AsSpan(2), size);
        return setting;
    }

    private static byte[] Block(int status)
    {
        var block = new ArrayBufferWriter<byte>();
        Hpack.WriteStatus(block, status);
        return block.WrittenSpan.ToArray();
    }

    private static byte[] Frame(byte type, byte flags, int stream, int length) =>
        new Http2Frame(type, flags, stream, new byte[length]).ToBytes();

    private async Task<byte[]> ReadAsync()
    {
        var read = await _client.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        var bytes = read.Buffer.ToArray();
        _client.Reader.AdvanceTo(read.Buffer.End);
        return bytes;
    }

    // Whole frames, as "type:stream".
    private static List<string> Names(ReadOnlySpan<byte> bytes)
    {
        var names = new List<string>();
        while (!bytes.IsEmpty)
        {
            names.Add($"{bytes[3]}:{BinaryPrimitives.ReadInt32BigEndian(bytes[5..])}");
            bytes = bytes[(9 + (BinaryPrimitives.ReadInt32BigEndian(bytes) >>> 8))..];
        }

        return names;
    }
}
