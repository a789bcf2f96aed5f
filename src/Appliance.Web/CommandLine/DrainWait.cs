using Appliance.Web.Control;
using Appliance.Web.Startup;

namespace Appliance.Web.CommandLine;

/// <summary>Waits until a drain is empty, and says once a second how far it is.</summary>
internal static class DrainWait
{
    /// <summary>0: all are empty. 1: somebody took one back, or the waiting was ended.</summary>
    public static async Task<int> RunAsync(
        RunningNode node,
        IReadOnlyList<DrainLine> drains,
        bool silent,
        TextWriter output,
        TextWriter errors,
        CancellationToken cancellationToken
    )
    {
        using var signals = new StopSignals(cancellationToken);
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        var (draws, said) = (Terminal.Is(output) && !silent, "");
        var names = string.Join(", ", drains.Select(drain => drain.Name));
        try
        {
            while (true)
            {
                var all = await node.DrainsAsync(signals.Asked);
                var now = drains.Select(drain => all.FirstOrDefault(found => Same(found, drain))).ToList();
                var known = now.OfType<DrainLine>().ToList();
                var line = Line(known);
                if (draws && known.Count > 0)
                    await Terminal.LineAsync(output, line);
                else if (!silent && known.Count > 0 && line != said)
                    await output.WriteLineAsync(said = line);
                if (known.Count == now.Count && known.Any(running => running.Remaining > 0))
                {
                    await second.WaitForNextTickAsync(signals.Asked);
                    continue;
                }

                if (draws)
                    await output.WriteLineAsync();
                if (known.Count < now.Count)
                {
                    var gone = drains[now.IndexOf(null)].Name;
                    await errors.WriteLineAsync($"The drain of {gone} was ended, or begun again, before it was empty.");
                    return ExitCodes.Problems;
                }

                if (!silent)
                {
                    var empty = string.Join(", ", known.Select(ended => ended.Name));
                    var cancel = DrainCancelLine.CommandFor(known);
                    await output.WriteLineAsync($"Empty: no WebSocket of {empty} is open. It takes nothing new until: {cancel}");
                }

                return ExitCodes.Ok;
            }
        }
        catch (OperationCanceledException) when (signals.Asked.IsCancellationRequested)
        {
            await errors.WriteLineAsync($"{(draws ? Environment.NewLine : "")}Not waited for the end; the drain of {names} goes on.");
            return ExitCodes.Problems;
        }
    }

    private static bool Same(DrainLine one, DrainLine other) =>
        (one.Kind, one.Id, one.Server, one.StartedUtc) == (other.Kind, other.Id, other.Server, other.StartedUtc);

    private static string Line(List<DrainLine> drains)
    {
        var left = drains.Select(drain => drain.SecondsLeft).DefaultIfEmpty().Max();
        return $"{drains.Sum(drain => drain.Remaining)} of {drains.Sum(drain => drain.AtStart)} "
            + $"open{(left > 0 ? $", asked to leave within {ConnectionTables.Age(left)}" : "")}";
    }
}
