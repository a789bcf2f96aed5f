using System.Diagnostics;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests;

/// <summary>A process that is stopped (SIGSTOP): the kernel takes connections for it, and nobody answers.</summary>
public sealed class StoppedProcessTests
{
    // Commands waited for a minute. The start of a command alone takes seconds on a machine with other work.
    private static readonly TimeSpan _longBefore = TimeSpan.FromSeconds(40);

    [Fact]
    public async Task Commands_ProcessIsStopped_SayWhichOneAndGoOnWhenItWakes()
    {
        if (OperatingSystem.IsWindows())
            return;
        await using var product = new ApplianceProcess();
        await product.StartAsync();
        await product.SignalAsync("STOP");
        var sentence = $"Process {product.Process.Id} holds the data folder {product.Data} but does not answer: it is stopped, or stuck.";
        foreach (var command in new string[][] { ["healthcheck"], ["export"], ["drain", "list"], ["setup-link"] })
        {
            var begun = Stopwatch.GetTimestamp();
            var (exit, output, errors) = await product.RunAsync(command);
            (exit, output).ShouldBe((1, ""), errors);
            errors.ShouldStartWith(sentence);
            errors.Trim().Split('\n').Length.ShouldBe(1, errors);
            Stopwatch.GetElapsedTime(begun).ShouldBeLessThan(_longBefore, string.Join(' ', command));
        }

        await product.SignalAsync("CONT");
        (await product.RunAsync("healthcheck")).ExitCode.ShouldBe(0);
    }
}
