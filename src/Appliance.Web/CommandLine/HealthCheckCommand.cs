using System.CommandLine;
using Appliance.Web.Control;
using Appliance.Web.Hosting;

namespace Appliance.Web.CommandLine;

/// <summary><c>appliance healthcheck</c>: for a container's HEALTHCHECK, where there is no curl.</summary>
internal static class HealthCheckCommand
{
    public static Command Build(Func<Func<ApplianceOptions, Task<int>>, Task<int>> withOptions, TextWriter output, TextWriter errors)
    {
        var command = new Command("healthcheck", "Ask the running process whether it is ready. Exit code 0: yes (a database in trouble is a warning: traffic is served without it), 1: not ready, 3: nothing is running on this data folder.");
        command.SetAction((_, cancelled) => withOptions(async options =>
        {
            using var node = await RunningNode.TryConnectAsync(options.Data, cancelled);
            if (node is null)
            {
                await errors.WriteLineAsync($"Nothing is running on {Path.GetFullPath(options.Data)}.");
                return ExitCodes.NotRunning;
            }

            var answer = await node.ReadinessAsync(cancelled);
            await (answer.Ready ? output : errors).WriteLineAsync(answer.Ready ? $"Ready: revision {answer.RunningRevision} is live." : $"Not ready: {answer.Refusal}");
            if (answer.Warning is { } warning)
                await errors.WriteLineAsync($"Warning: {warning}");
            return answer.Ready ? ExitCodes.Ok : ExitCodes.Problems;
        }));
        return command;
    }
}
