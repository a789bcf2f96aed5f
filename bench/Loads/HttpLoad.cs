using System.Diagnostics;
using System.Text.RegularExpressions;
using Appliance.Bench.Measures;
using Appliance.Bench.Peers;

namespace Appliance.Bench.Loads;

/// <summary>Keep-alive GETs by wrk; the figure is the proxy's CPU microseconds per request.</summary>
internal static partial class HttpLoad
{
    public static async Task<Sample> RunAsync(
        Peer peer,
        string path,
        int connections,
        int seconds,
        CancellationToken cancellationToken,
        bool secure = false
    )
    {
        await WrkAsync(peer, path, connections, 1, secure, cancellationToken); // warm
        var before = ProcessFigures.CpuSeconds(peer.Pid);
        var said = await WrkAsync(peer, path, connections, seconds, secure, cancellationToken);
        var cpu = ProcessFigures.CpuSeconds(peer.Pid) - before;
        var requests = double.Parse(Requests().Match(said).Groups[1].Value);
        var errors = Errors().Match(said);
        if (errors.Success)
            throw new InvalidOperationException($"{peer.Name} answered with errors: {errors.Value}");
        return new(requests, cpu * 1e6 / requests, requests / seconds, P99(said));
    }

    private static async Task<string> WrkAsync(
        Peer peer,
        string path,
        int connections,
        int seconds,
        bool secure,
        CancellationToken cancellationToken
    )
    {
        var at = secure ? $"https://localhost:{peer.SecurePort}" : $"http://127.0.0.1:{peer.Port}";
        var start = new ProcessStartInfo("wrk", ["-t1", $"-c{connections}", $"-d{seconds}s", "--latency", at + path])
        {
            RedirectStandardOutput = true,
        };
        using var wrk = Process.Start(start) ?? throw new InvalidOperationException("wrk did not start.");
        var said = await wrk.StandardOutput.ReadToEndAsync(cancellationToken);
        await wrk.WaitForExitAsync(cancellationToken);
        return said;
    }

    private static double P99(string said)
    {
        var match = Percentile().Match(said);
        if (!match.Success)
            return 0;
        var value = double.Parse(match.Groups[1].Value);
        return match.Groups[2].Value switch
        {
            "us" => value / 1000,
            "s" => value * 1000,
            _ => value,
        };
    }

    [GeneratedRegex(@"(\d+) requests in")]
    private static partial Regex Requests();

    [GeneratedRegex(@"Non-2xx or 3xx responses: \d+|Socket errors: .*")]
    private static partial Regex Errors();

    [GeneratedRegex(@"99%\s+([\d.]+)(us|ms|s)")]
    private static partial Regex Percentile();
}
