using System.Collections.Concurrent;
using Appliance.Proxy.WebSockets.Relays;

namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>The same bytes to Debian's nginx: we may be stricter; to be looser, or to write something else, needs a reason here.</summary>
public sealed class NginxComparisonTests
{
    private const int Lanes = 8;

    private static readonly string[] _positions =
    [
        "method",
        "target",
        "target's end",
        "query",
        "version",
        "host",
        "absolute form",
        "name",
        "value",
        "whole value",
        "cookie",
        "replaced path",
        "replaced path, escaped",
    ];

    // Position, input, and why it may differ. A percent sign stands for itself where nginx answers 400: what is forwarded is what came.
    private static readonly (string Position, Func<string, bool> Input, string Why)[] _reasons =
    [
        ("method", input => input.All(Octets.IsToken), "a method is any token (RFC 9110, 9.1)"),
        ("target", input => input == "%", "a percent sign that begins no escape stands for itself"),
        ("target's end", input => input == "%", "a percent sign that begins no escape stands for itself"),
        ("absolute form", input => input == "_", "a host with an underscore is taken in Host by both"),
        ("replaced path", input => input == "%", "a percent sign that begins no escape stands for itself"),
    ];

    [Fact]
    public async Task SampleOfBytes_WhereNginxRefuses_IsRefused()
    {
        if (NginxBeside.Program is not { } program)
        {
            Environment.GetEnvironmentVariable("CI").ShouldNotBe("true", "Install nginx-light.");
            return;
        }

        await using var bed = await FuzzBed.StartAsync(RelayChoice.Auto);
        await using var nginx = await NginxBeside.StartAsync(program);
        var waiting = new ConcurrentQueue<FuzzCase>(
            from name in _positions
            let position = Position.Named(name)
            from door in new[] { Door.Http1, Door.Http2 }
            where position.Fits(door)
            from code in Enumerable.Range(0, 256)
            let input = ((char)code).ToString()
            where FuzzCases.IsTelling(input) && !position.Skips(door, input)
            select new FuzzCase(door, ServerKind.Http, [(position, input)])
        );
        var counts = new ConcurrentDictionary<string, int>();
        var findings = new ConcurrentQueue<(string Kind, string What)>();
        await Task.WhenAll(
            Enumerable
                .Range(0, Lanes)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        while (waiting.TryDequeue(out var one))
                        {
                            var probe = one.Probe(Records.NewMark());
                            var ours = await AskAsync(probe, bed.PortOf(probe.Placing), bed.Records);
                            var theirs = await AskAsync(probe, probe.Placing.IsHttp2 ? nginx.SecurePort : nginx.Port, nginx.Records);
                            var kind =
                                ours.Target == theirs.Target ? "same"
                                : ours.Target is null ? "stricter"
                                : theirs.Target is null ? "looser"
                                : "different";
                            counts.AddOrUpdate(kind, 1, (_, count) => count + 1);
                            if (kind is "looser" or "different" && !IsReasoned(one, ours.Target, theirs.Target))
                                findings.Enqueue(
                                    ($"{one.Door} {one.Inputs[0].Position.Name}", $"{kind}: {one}: {Said(ours)}, nginx {Said(theirs)}")
                                );
                        }
                    })
                )
        );
        var kinds = findings.GroupBy(found => found.Kind);
        var lines = kinds.SelectMany(kind => kind.Take(3).Select(found => found.What).Append($"    {kind.Count()} of them"));
        FuzzRun.Holds(string.Join('\n', lines));
        counts.Keys.ShouldContain("same", "or else this compares nothing");

        static string Said((int Status, string? Target) one) => one.Target is null ? $"{one.Status}" : Octets.Literal(one.Target);
    }

    private static bool IsReasoned(FuzzCase one, string? ours, string? theirs) =>
        // Bytes above 0x7F are percent-encoded where the client below us writes ASCII alone: the same address.
        (theirs is not null && ours == Octets.Escaped(theirs))
        || _reasons.Any(reason => reason.Position == one.Inputs[0].Position.Name && reason.Input(one.Inputs[0].Input));

    private static async Task<(int Status, string? Target)> AskAsync(Probe probe, int port, Records records)
    {
        Answer answer;
        if (probe.Placing.IsHttp2)
        {
            await using var http2 = await Http2Client.ConnectAsync(port);
            answer = await http2.AskAsync(probe.Block());
        }
        else
        {
            await using var http1 = await Http1Client.ConnectAsync(port, overTls: false);
            answer = await http1.AskAsync(probe.Text());
        }

        var seen = records.Take(probe.Placing.Mark);
        return (answer.Status, seen is [var only] ? only.Target : null);
    }
}
