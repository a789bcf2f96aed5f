using Appliance.Web.Control;
using Appliance.Web.Hosting;

namespace Appliance.Web.CommandLine;

/// <summary>Waits until a drain is empty, and says once a second how far it is.</summary>
internal static class DrainWaiting
{
    /// <summary>0: empty. 1: somebody took it back, or the waiting was ended.</summary>
    public static async Task<int> RunAsync(RunningNode node, DrainLine drain, bool silent, TextWriter output, TextWriter errors, CancellationToken cancellationToken)
    {
        using var signals = new StopSignals(cancellationToken);
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        var (draws, said) = (Terminal.Is(output) && !silent, "");
        try
        {
            while (true)
            {
                var now = (await node.DrainsAsync(signals.Asked)).FirstOrDefault(one => one.Kind == drain.Kind && one.Server == drain.Server && one.StartedUtc == drain.StartedUtc);
                var line = now is null ? "" : $"{now.Remaining} of {now.AtStart} open{(now.SecondsLeft > 0 ? $", asked to leave within {ConnectionTables.Age(now.SecondsLeft)}" : "")}";
                if (draws && now is not null)
                    await Terminal.LineAsync(output, line);
                else if (!silent && now is not null && line != said)
                    await output.WriteLineAsync(said = line);
                if (now is { Remaining: > 0 })
                {
                    await second.WaitForNextTickAsync(signals.Asked);
                    continue;
                }

                if (draws)
                    await output.WriteLineAsync();
                if (now is null)
                {
                    await errors.WriteLineAsync($"The drain of {drain.Name} was taken back, or begun anew, before it was empty.");
                    return ExitCodes.Problems;
                }

                if (!silent)
                    await output.WriteLineAsync($"Empty: no WebSocket of {now.Name} is open. It takes nothing new until: appliance drain cancel");
                return ExitCodes.Ok;
            }
        }
        catch (OperationCanceledException) when (signals.Asked.IsCancellationRequested)
        {
            await errors.WriteLineAsync($"{(draws ? Environment.NewLine : "")}Not waited for the end; the drain of {drain.Name} goes on.");
            return ExitCodes.Problems;
        }
    }
}
