using System.Collections.Concurrent;
using Appliance.Proxy.WebSockets.Relays;

namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>
/// Every byte at every position of a server's answer: the client gets the whole answer as the server gave it, or a page of ours, and never
/// waits in vain.
/// </summary>
public sealed class AnswerFuzzTests
{
    private const int Lanes = 8;

    [Fact]
    public Task EveryByte_OfAnAnswer_ReachesTheClientAsWasMeantOrNotAtAll() => HoldAsync(RelayChoice.Auto, isSwitch: false);

    [Theory]
    [InlineData(RelayChoice.Auto)]
    [InlineData(RelayChoice.Stream)]
    public Task EveryByte_OfASwitch_ReachesTheClientAsWasMeantOrNotAtAll(RelayChoice relay) => HoldAsync(relay, isSwitch: true);

    private static async Task HoldAsync(RelayChoice relay, bool isSwitch)
    {
        await using var bed = await FuzzBed.StartAsync(relay);
        var positions = AnswerPositions.All.Where(one => one.IsSwitch == isSwitch).ToArray();
        var waiting = new ConcurrentQueue<(int Number, AnswerPosition Position, string Input)>(
            positions.SelectMany(position => Enumerable.Range(0, 256).Select(code => (code, position, ((char)code).ToString())))
        );
        var findings = new ConcurrentQueue<(string Name, string Wrong)>();
        await Task.WhenAll(
            Enumerable
                .Range(0, Lanes)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        while (waiting.TryDequeue(out var one))
                        {
                            if (await ComplaintAsync(bed, one.Position, one.Input, one.Number) is { } wrong)
                            {
                                var kind = $"{one.Position.Name} through {DoorOf(one.Position, one.Number)}";
                                findings.Enqueue((kind, $"{Octets.Literal(one.Input)}: {wrong}"));
                            }
                        }
                    })
                )
        );
        var kinds = findings
            .GroupBy(found => found.Name)
            .SelectMany(kind => kind.Take(3).Select(found => $"{found.Name}, {found.Wrong}").Append($"    {kind.Count()} of them"));
        FuzzRun.Holds(string.Join('\n', [.. kinds, .. await bed.JudgeAsync(mayBlame: true)]));
    }

    private static Door DoorOf(AnswerPosition position, int number) =>
        position.IsSwitch
            ? (number % 3) switch
            {
                0 => Door.WebSocket1,
                1 => Door.SecureWebSocket1,
                _ => Door.WebSocket2,
            }
        : number % 2 == 0 ? Door.Http1
        : Door.Http2;

    private static async Task<string?> ComplaintAsync(FuzzBed bed, AnswerPosition position, string input, int number)
    {
        var at = new Placing(DoorOf(position, number), number % 8 == 7 ? ServerKind.Https : ServerKind.Http, Records.NewMark());
        var probe = new Probe(at);
        var said = position.Place(at.Mark, input);
        bed.Records.Answers[at.Mark] = said.Raw;
        var answer = await AskAsync(bed, probe);
        bed.Records.Answers.TryRemove(at.Mark, out _);
        bed.Records.Take(at.Mark);
        return Complaint(at, said, answer);
    }

    private static string? Complaint(Placing at, ServerAnswer said, Answer answer)
    {
        if (answer.End == AnswerEnd.Silence)
            return "no answer within the limit";
        if (!Judge.IsOwn(at.Mark, answer))
            return "the client got another request's mark";
        var isWhole = answer.Fault is null && answer.End is not AnswerEnd.StreamReset;

        // What breaks behind the head may cut the connection before or after it has gone on.
        var isCut = (answer.Status == said.Status && (!isWhole || answer.Body != at.Mark)) || answer.Status == 0;
        if (answer.Status == 502 || (isCut && (said.MayFail || said.MustFail) && !at.IsWebSocket))
            return said.MayFail || said.MustFail ? null : $"answered {answer.Status}, cut off or not at all: {answer.Fault}";
        if (answer.Fault is { } fault)
            return $"the client got {fault}";
        if (answer.Status != (at is { IsWebSocket: true, IsHttp2: true } ? 200 : said.Status))
            return $"answered {answer.Status}";
        if (said.MustFail)
            return "must not reach the client";
        var isOther = !at.IsWebSocket && said.Status is not (204 or 205) && answer.Body != at.Mark;
        if (isOther || answer.Value("x-mark") != at.Mark)
            return "an answer that its server did not give";
        foreach (var (name, right) in said.Values)
        {
            if (!right.Contains(answer.Value(name)))
                return $"{name} is {Octets.Literal(answer.Value(name) ?? "missing")}";
        }

        return null;
    }

    private static async Task<Answer> AskAsync(FuzzBed bed, Probe probe)
    {
        var at = probe.Placing;
        if (at.IsHttp2)
        {
            await using var http2 = await Http2Client.ConnectAsync(bed.PortOf(at));
            return await http2.AskAsync(probe.Block(), isTunnel: at.IsWebSocket);
        }

        await using var http1 = await Http1Client.ConnectAsync(bed.PortOf(at), at.IsSecure);
        return await http1.AskAsync(probe.Text());
    }
}
