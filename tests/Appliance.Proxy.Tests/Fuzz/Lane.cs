namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>Runs cases one after the other: before each an ordinary request of another client, behind it one on its connection.</summary>
internal sealed class Lane(FuzzBed bed) : IAsyncDisposable
{
    private const int PadMarks = 16;
    private Http1Client? _others;
    private Http2Client? _http2;

    /// <summary>What is wrong, or null.</summary>
    public async Task<string?> RunAsync(FuzzCase one)
    {
        var probe = one.Probe(Records.NewMark());
        if (one.Inputs.Any(at => at.Position.Skips(one.Door, at.Input)))
            return null;
        if (bed.RefusedTexts.Contains(FuzzConfig.PartOf(probe.Target)))
            return null;

        // 1. Another client, whose credentials then lie about in the proxy's buffers.
        if (await OrdinaryAsync(one.Server) is { } before)
            return $"an ordinary request before it: {before}";

        // 2. The case.
        return one.Door is Door.Http2 or Door.WebSocket2 ? await OverHttp2Async(one, probe) : await OverHttp1Async(one, probe);
    }

    public async ValueTask DisposeAsync()
    {
        if (_others is not null)
            await _others.DisposeAsync();
        if (_http2 is not null)
            await _http2.DisposeAsync();
    }

    private async Task<string?> OrdinaryAsync(ServerKind server)
    {
        var probe = Ordinary(Door.Http1, server);
        if (_others is not { IsOpen: true })
        {
            if (_others is not null)
                await _others.DisposeAsync();
            _others = await Http1Client.ConnectAsync(bed.Proxy.Port, overTls: false);
        }

        return Judged(probe, await _others.AskAsync(probe.Text()));
    }

    private async Task<string?> OverHttp1Async(FuzzCase one, Probe probe)
    {
        await using var client = await Http1Client.ConnectAsync(bed.PortOf(probe.Placing), probe.Placing.IsSecure);
        var answer = await client.AskAsync(probe.Text(), probe.Method == "HEAD");
        Note(one, probe, answer);
        if (Judged(probe, answer) is { } wrong)
            return wrong;
        if (!client.IsOpen)
            return null;
        var next = Ordinary(probe.Placing.IsSecure ? Door.Https1 : Door.Http1, one.Server);
        return Judged(next, await client.AskAsync(next.Text())) is { } after ? $"an ordinary request behind it: {after}" : null;
    }

    private async Task<string?> OverHttp2Async(FuzzCase one, Probe probe)
    {
        if (_http2 is not { IsOpen: true })
        {
            if (_http2 is not null)
                await _http2.DisposeAsync();
            _http2 = await Http2Client.ConnectAsync(bed.PortOf(probe.Placing));
        }

        var answer = await _http2.AskAsync(probe.Block(), isTunnel: probe.Placing.IsWebSocket);
        Note(one, probe, answer);
        if (Judged(probe, answer) is { } wrong)
            return wrong;
        if (!_http2.IsOpen)
            return null;
        var next = Ordinary(Door.Http2, one.Server);
        return Judged(next, await _http2.AskAsync(next.Block())) is { } after ? $"an ordinary request behind it: {after}" : null;
    }

    private void Note(FuzzCase one, Probe probe, Answer answer)
    {
        if (answer.Status is 0 or >= 400)
            bed.Refused(one, probe);
    }

    private string? Judged(Probe probe, Answer answer) => Judge.Complaint(probe, answer, bed.Records.Take(probe.Placing.Mark));

    private static Probe Ordinary(Door door, ServerKind server)
    {
        var mark = Records.NewMark();
        return new Probe(new Placing(door, server, mark)) { Cookie = $"sid={string.Concat(Enumerable.Repeat(mark, PadMarks))}" };
    }
}
