using Appliance.Proxy.Items;
using Appliance.Proxy.WebSockets.Relays;

namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>
/// Every byte at every position that the proxy reads or writes: it leaves exactly as was meant, or not at all; nobody gets a byte of
/// another client; no server is blamed; and what comes next is served. A finding is a line of <see cref="_foundBefore"/>.
/// </summary>
public sealed class ByteFuzzTests
{
    private const int CasesOfARound = 10_000;

    private static readonly string[] _foundBefore =
    [
        "Http2|Http|query=c3",
        "Http2|Http|method=65",
        "Http1|H2c|method=65",
        "Http1|Http|chunk: before the size=07",
        "Https1|H2c|chunk: extension=00",
        "Http1|H2c|chunk: extension=0a",
        "Http2|H2c|value's begin=20",
        "Http2|Http|name=03",
        "Http2|H2c|name's end=7f",
        "WebSocket2|Https|name's begin=05",
        "Https1|H2c|rule's value=a0",
        "Http2|Https|config's path=fc",
        "Http1|Http|config's value=752be29da4",
        "Http1|Https|redirect by path=06",
        "Http2|Http|fixed answer=06",
    ];

    [Fact]
    public async Task EveryByte_AtEveryPosition_LeavesAsWasMeantOrNotAtAll()
    {
        await using var bed = await FuzzBed.StartAsync(RelayChoice.Auto);
        FuzzRun.Holds(await FuzzRun.RunAsync(bed, FuzzCases.EachTellingByte(0)));
    }

    /// <summary>
    /// For as many minutes as <c>APPLIANCE_FUZZ_MINUTES</c> says (default 2): every byte through every door, then any bytes at any
    /// positions together.
    /// </summary>
    [Fact]
    [Trait("Kind", "Long")]
    public async Task AnyBytes_ForMinutes_LeaveAsWasMeantOrNotAtAll()
    {
        var minutes = int.TryParse(Environment.GetEnvironmentVariable("APPLIANCE_FUZZ_MINUTES"), out var asked) ? asked : 2;
        var seed = Random.Shared.Next();
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        await using var bed = await FuzzBed.StartAsync(RelayChoice.Auto);
        var random = FuzzCases.Random(seed).GetEnumerator();
        for (var round = 0; System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalMinutes < minutes; round++)
        {
            var cases = round % 4 == 0 ? FuzzCases.EachByte(round / 4, Position.All) : FuzzCases.Take(random, CasesOfARound);
            FuzzRun.Holds(await FuzzRun.RunAsync(bed, cases));
        }
    }

    [Fact]
    public async Task EveryByte_OfAHandshakeOnStreams_LeavesAsWasMeantOrNotAtAll()
    {
        await using var bed = await FuzzBed.StartAsync(RelayChoice.Stream);
        string[] names = ["target", "query", "host", "name", "value", "cookie", "rule's value", "capture", "replaced path, escaped"];
        var cases = FuzzCases.EachByte(0, names.Select(Position.Named), Door.WebSocket1, Door.SecureWebSocket1, Door.WebSocket2);
        FuzzRun.Holds(await FuzzRun.RunAsync(bed, cases));
    }

    [Fact]
    public async Task ConfigText_ThatHidesNothing_IsTaken()
    {
        await using var bed = await FuzzBed.StartAsync(RelayChoice.Auto);
        bed.RefusedTexts.Where(text => !MayBeRefused(text.Split('/'))).ShouldBeEmpty();

        // A path has no blanks, queries and fragments.
        static bool MayBeRefused(string[] text)
        {
            var one = ConfigPositions.Characters[int.Parse(text[1], null)][0];
            return char.IsControl(one)
                || (text[0] is "cfg" or "cfgmap" && VisibleText.IsUnsafe(new(one)))
                || (text[0] == "cfgup" && one is ' ' or '?' or '#');
        }
    }

    [Fact]
    public async Task Cases_FoundBefore_Hold()
    {
        await using var bed = await FuzzBed.StartAsync(RelayChoice.Auto);
        FuzzRun.Holds(await FuzzRun.RunAsync(bed, _foundBefore.Select(FuzzCase.Parse)));
    }
}
