using System.Diagnostics;
using System.Text.RegularExpressions;
using Appliance.Bench.Measures;
using Appliance.Bench.Peers;

namespace Appliance.Bench.Loads;

/// <summary>Requests by wrk and h2load, handshakes by openssl; the figure is the proxy's CPU microseconds for each of them.</summary>
internal static partial class HttpLoad
{
    /// <summary>Requests over kept connections of HTTP/1.1, by wrk; with a body of that many bytes, if there is a method for one.</summary>
    public static Task<Sample> RunAsync(
        Peer peer,
        string path,
        int connections,
        int seconds,
        CancellationToken cancellationToken,
        bool secure = false,
        string? method = null,
        int bodyBytes = 0
    )
    {
        List<string> arguments = ["-t1", $"-c{connections}", "--latency"];
        if (method is not null)
        {
            var script = Path.Combine(peer.Folder, $"{method}-{bodyBytes}.lua");
            File.WriteAllText(script, $"wrk.method = '{method}' wrk.body = string.rep('x', {bodyBytes})");
            arguments.AddRange(["-s", script]);
        }

        var at = secure ? $"https://localhost:{peer.SecurePort}" : $"http://127.0.0.1:{peer.Port}";
        return MeasureAsync(
            peer,
            seconds,
            duration => new("wrk", [.. arguments, $"-d{duration}s", at + path]),
            said => (double.Parse(Requests().Match(said).Groups[1].Value), Errors().Match(said).Value, P99(said)),
            cancellationToken
        );
    }

    /// <summary>Requests over HTTP/2 with TLS, by h2load: a few connections with streams side by side.</summary>
    public static Task<Sample> Http2Async(
        Peer peer,
        string path,
        int connections,
        int streams,
        int seconds,
        CancellationToken cancellationToken
    ) =>
        MeasureAsync(
            peer,
            seconds,
            duration =>
                new("h2load", ["-t1", $"-c{connections}", $"-m{streams}", $"-D{duration}", $"https://localhost:{peer.SecurePort}{path}"]),
            said =>
            {
                var match = Succeeded().Match(said);
                return (double.Parse(match.Groups[1].Value), match.Groups[2].Value is "0" ? "" : match.Value, 0);
            },
            cancellationToken
        );

    /// <summary>
    /// TLS 1.3 connections with one request each, by openssl; each with a whole handshake, or with the session of the first.
    /// </summary>
    public static Task<Sample> HandshakesAsync(Peer peer, bool isResumed, int seconds, CancellationToken cancellationToken) =>
        MeasureAsync(
            peer,
            seconds,
            duration =>
                new(
                    "openssl",
                    [
                        "s_time",
                        "-connect",
                        $"127.0.0.1:{peer.SecurePort}",
                        isResumed ? "-reuse" : "-new",
                        "-time",
                        $"{duration}",
                        "-www",
                        "/small",
                        "-tls1_3",
                    ]
                ),
            said => (double.Parse(Connections().Match(said).Groups[1].Value), "", 0),
            cancellationToken
        );

    private static async Task<Sample> MeasureAsync(
        Peer peer,
        int seconds,
        Func<int, ProcessStartInfo> start,
        Func<string, (double Units, string Errors, double P99)> read,
        CancellationToken cancellationToken
    )
    {
        await RunAsync(start(1), cancellationToken); // warm
        var before = ProcessFigures.CpuSeconds(peer.Pid);
        var said = await RunAsync(start(seconds), cancellationToken);
        var cpu = ProcessFigures.CpuSeconds(peer.Pid) - before;
        var (units, errors, p99) = read(said);
        if (errors.Length > 0 || units == 0)
            throw new InvalidOperationException($"{peer.Name} answered with errors: {errors} in {said}");
        return new(units, cpu * 1e6 / units, units / seconds, p99);
    }

    private static async Task<string> RunAsync(ProcessStartInfo start, CancellationToken cancellationToken)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        using var load = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        var errors = load.StandardError.ReadToEndAsync(cancellationToken);
        var said = await load.StandardOutput.ReadToEndAsync(cancellationToken);
        await load.WaitForExitAsync(cancellationToken);
        return said + await errors;
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

    [GeneratedRegex(@"(\d+) succeeded, (\d+) failed")]
    private static partial Regex Succeeded();

    [GeneratedRegex(@"(\d+) connections in [\d.]+ real")]
    private static partial Regex Connections();

    [GeneratedRegex(@"99%\s+([\d.]+)(us|ms|s)")]
    private static partial Regex Percentile();
}
