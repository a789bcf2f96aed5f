using System.Diagnostics;
using System.Net;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests;

/// <summary>A stop with APPLIANCE_DRAIN_SECONDS, as clients live through it.</summary>
public sealed class DrainAtStopTests
{
    private const int Many = 300;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Terminate_ManyOpen_AllHearGoingAwaySpreadOverTheWindow()
    {
        await using var product = new ApplianceProcess();
        await using var backend = await StartAsync(product, "3");
        var sockets = await Clients.OpenAsync(product.HttpPort, "/", Many);
        var started = Stopwatch.GetTimestamp();
        var heard = sockets
            .Select(async socket => (End: await Clients.HearCloseAsync(socket), At: Stopwatch.GetElapsedTime(started)))
            .ToList();
        var exit = product.TerminateAsync();

        // Nobody new, and a balancer in front is told.
        await product.RefusesAsync();
        using var client = new HttpClient();
        (await client.GetAsync($"http://127.0.0.1:{product.ConsolePort}/readyz")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);

        var ends = await Task.WhenAll(heard).WaitAsync(_patience);
        ends.Select(one => one.End).Distinct().ShouldBe([(1001, "proxy is stopping")]);
        (await exit).ShouldBe(0);
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(13)); // the window and the standard patience

        // Measured from the first one: how long the process took to hear the signal is not the question.
        var times = ends.Select(one => one.At).Order().ToList();
        var spread = times.Select(at => (at - times[0]).TotalSeconds).ToList();
        spread
            .Count(at => at > 1.5)
            .ShouldBeInRange(
                Many / 4,
                Many * 3 / 4,
                $"half of them are asked in the second half of 3 s; the last after {spread[^1]:0.0} s"
            );
        spread[^1].ShouldBeGreaterThan(2);
    }

    [Fact]
    public async Task Terminate_SecondSignal_CutsAtOnce()
    {
        await using var product = new ApplianceProcess();
        await using var backend = await StartAsync(product, "600");
        var sockets = await Clients.OpenAsync(product.HttpPort, "/", 50);
        var heard = sockets.Select(Clients.HearCloseAsync).ToList();
        await product.SignalAsync("TERM");
        await product.RefusesAsync();
        product.Process.HasExited.ShouldBeFalse();
        var second = Stopwatch.GetTimestamp();
        await product.SignalAsync("TERM");
        await product.Process.WaitForExitAsync().WaitAsync(_patience);
        (product.Process.ExitCode, Stopwatch.GetElapsedTime(second) < TimeSpan.FromSeconds(10)).ShouldBe((0, true));
        (await Task.WhenAll(heard).WaitAsync(_patience)).Select(end => end.Code).ShouldAllBe(code => code == 0 || code == 1001);
    }

    private static async Task<BackendProcess> StartAsync(ApplianceProcess product, string seconds)
    {
        product.Settings["APPLIANCE_DRAIN_SECONDS"] = seconds;
        var backend = await BackendProcess.NodeAsync();
        await product.StartAsync();
        var applied = await product.ApplyAsync(
            $$"""
            { "routes": [ { "name": "all", "path": "/", "action": { "kind": "proxy", "pool": "p" } } ], "upstreamPools": [ { "name": "p", "servers": [ { "address": "{{backend.Address}}" } ] } ] }
            """
        );
        applied.ExitCode.ShouldBe(0, applied.Errors);
        return backend;
    }
}
