using System.CommandLine;
using Appliance.Web.Control;
using Appliance.Web.Hosting;
using Appliance.Web.Startup;

namespace Appliance.Web.CommandLine;

/// <summary><c>appliance healthcheck</c>: for a container's HEALTHCHECK, where there is no curl.</summary>
internal static class HealthCheckCommand
{
    // A supervisor kills a check that takes long, and then nobody reads why: a process that is stopped is told from others within five
    // seconds. One that said hello may take longer: it calls its own ports, and waits two seconds for each.
    private static readonly TimeSpan _hello = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan _answer = TimeSpan.FromSeconds(8);

    public static Command Build(Func<Func<ApplianceOptions, Task<int>>, Task<int>> withOptions, TextWriter output, TextWriter errors)
    {
        var command = new Command(
            "healthcheck",
            "Ask the running process whether it is ready. Exit code 0: yes (a database in trouble is a warning: traffic is served "
                + "without it), 1: not ready, 3: nothing is running on this data folder."
        );
        command.SetAction((_, cancelled) => withOptions(options => NodeAccess.InWordsAsync(errors, async () =>
                    {
                        using var node = await RunningNode.TryConnectAsync(options.Data, _hello, cancelled);
                        if (node is null)
                        {
                            await errors.WriteLineAsync($"Nothing is running on {Path.GetFullPath(options.Data)}.");
                            return ExitCodes.NotRunning;
                        }

                        var answer = await ReadinessAsync(node, options, cancelled);
                        await (answer.Ready ? output : errors).WriteLineAsync(
                            answer.Ready ? $"Ready: revision {answer.RunningRevision} is live." : $"Not ready: {answer.Refusal}"
                        );
                        if (answer.Warning is { } warning)
                            await errors.WriteLineAsync($"Warning: {warning}");
                        return answer.Ready ? ExitCodes.Ok : ExitCodes.Problems;
                    })));
        return command;
    }

    private static async Task<Readiness> ReadinessAsync(RunningNode node, ApplianceOptions options, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_answer);
        try
        {
            return await node.ReadinessAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw NotAnsweringException.Of(options.Data);
        }
    }
}
