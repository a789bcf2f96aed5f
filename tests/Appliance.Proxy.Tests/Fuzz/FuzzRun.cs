using System.Collections.Concurrent;

namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>Runs many cases side by side.</summary>
internal static class FuzzRun
{
    private const int Lanes = 8;
    private const int MostOfAKind = 3;
    private const int MostFindings = 1000;

    /// <summary>Every kind of finding with texts that repeat it, or an empty text.</summary>
    public static async Task<string> RunAsync(FuzzBed bed, IEnumerable<FuzzCase> cases)
    {
        var waiting = new ConcurrentQueue<FuzzCase>(cases);
        var findings = new ConcurrentQueue<(FuzzCase Case, string Wrong)>();
        await Task.WhenAll(
            Enumerable
                .Range(0, Lanes)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        await using var lane = new Lane(bed);
                        while (findings.Count < MostFindings && waiting.TryDequeue(out var one))
                        {
                            if (await SafelyAsync(lane, one) is { } wrong)
                                findings.Enqueue((one, wrong));
                        }
                    })
                )
        );
        var kinds = findings
            .GroupBy(found => string.Join('|', [.. found.Case.Inputs.Select(one => one.Position.Name), $"{found.Case.Door}"]))
            .OrderBy(kind => kind.Key, StringComparer.Ordinal);
        return string.Join('\n', [.. kinds.SelectMany(Lines), .. await bed.JudgeAsync()]);
    }

    /// <summary>Fails with all findings; an assertion of equality would cut them.</summary>
    public static void Holds(string findings)
    {
        if (findings.Length > 0)
            Assert.Fail("\n" + findings);
    }

    private static IEnumerable<string> Lines(IEnumerable<(FuzzCase Case, string Wrong)> kind) =>
        kind.Take(MostOfAKind)
            .Select(found => $"{Octets.Literal(found.Case.ToString())}, // {found.Case.Literals}: {found.Wrong}")
            .Append($"    {kind.Count()} of them");

    private static async Task<string?> SafelyAsync(Lane lane, FuzzCase one)
    {
        try
        {
            return await lane.RunAsync(one);
        }
        catch (Exception wrong) when (wrong is not OutOfMemoryException)
        {
            return $"the client failed: {wrong.Message}";
        }
    }
}
