using System.Diagnostics;
using System.Globalization;
using System.Net;
using Appliance.Bench.Measures;
using Appliance.Data.Rights;
using Appliance.Proxy;
using Appliance.Proxy.Config;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Upstreams;
using Appliance.Web.Editing;
using Appliance.Web.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Appliance.Bench.Loads;

/// <summary>
/// One edit from the editor's door to live traffic, with the real store and the real proxy, at a number of hosts (one route and one host
/// each, a pool for every ten). Runs in a process of its own, so that its memory is that of the product.
/// </summary>
internal static class EditLoad
{
    private const int Warm = 5;
    private const int Timed = 25;

    /// <summary>The child: prints first apply in ms, the median edit in ms, the worst in ms, and MiB in use.</summary>
    public static async Task RunAsync(int hosts)
    {
        var folder = Directory.CreateTempSubdirectory("bench-edits-");
        var options = new ApplianceOptions
        {
            Data = Path.Combine(folder.FullName, "data"),
            Bind = IPAddress.Loopback,
            HttpPort = 0,
        };
        using (var node = await Node.OpenAsync(options, CancellationToken.None))
        {
            var settings = new ProxyOptions
            {
                Bind = IPAddress.Loopback,
                HttpPort = 0,
                LastGoodFile = node.Folder.LastGood,
            };
            await using var proxy = new ProxyHost(settings, node.Store, node.Store, NullLoggerFactory.Instance, TimeProvider.System);
            await proxy.StartAsync(CancellationToken.None);
            var first = await SaveAsync(node, proxy, _ => Config(hosts));
            var times = new List<double>();
            for (var edit = 0; edit < Warm + Timed; edit++)
            {
                var body = $"edit {edit}";
                var took = await SaveAsync(node, proxy, config => Edited(config, hosts / 2, body));
                await MustAnswerAsync(proxy, hosts / 2, body);
                if (edit >= Warm)
                    times.Add(took);
            }

            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{first:0} {Median.Of(times):0.0} {times.Max():0.0} {ProcessFigures.MemoryBytes(Environment.ProcessId) / 1048576.0:0}"
                )
            );
            await proxy.StopAsync(CancellationToken.None);
        }

        folder.Delete(recursive: true);
    }

    /// <summary>The parent: starts the child and prints what it said.</summary>
    public static async Task ReportAsync(int hosts)
    {
        using var child = Process.Start(
            new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Appliance.Bench.dll"), "edit", $"{hosts}"])
            {
                RedirectStandardOutput = true,
            }
        ) ?? throw new InvalidOperationException("dotnet did not start.");
        var said = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        if (said.Trim().Split(' ') is not [var first, var median, var worst, var memory])
            throw new InvalidOperationException($"The edit run failed: {said}");
        Console.WriteLine($"  {hosts, 6} hosts   first apply {first, 6} ms   one edit {median, 6} ms (worst {worst} ms)   {memory} MiB");
    }

    // Live means: the proxy said applied, and the next request sees it.
    private static async Task<double> SaveAsync(Node node, ProxyHost proxy, Func<ProxyConfig, ProxyConfig> edit)
    {
        var started = Stopwatch.GetTimestamp();
        var result = await node.EditorBeside(null)
            .ApplyAsync(edit, null, new(Actor.Local("bench"), "", "bench"), false, CancellationToken.None);
        if (result is not EditResult.Saved saved)
            throw new InvalidOperationException(result is EditResult.Rejected no ? no.Problems[0].Message : $"{result}");
        var report = await proxy.WaitForAsync(saved.Revision.Number, TimeSpan.FromMinutes(2), CancellationToken.None);
        return report.RunningRevision == saved.Revision.Number
            ? Stopwatch.GetElapsedTime(started).TotalMilliseconds
            : throw new InvalidOperationException($"Revision {saved.Revision.Number} is not live: {report.Refusal}");
    }

    private static async Task MustAnswerAsync(ProxyHost proxy, int host, string body)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{proxy.HttpEndPoint.Port}/");
        request.Headers.Host = $"host-{host}.example.com";
        using var answer = await client.SendAsync(request);
        if (await answer.Content.ReadAsStringAsync() != body)
            throw new InvalidOperationException("The edit was called live, but the next request did not see it.");
    }

    private static ProxyConfig Config(int hosts) =>
        new()
        {
            Routes =
            [
                .. Enumerable
                    .Range(0, hosts)
                    .Select(host => new Route
                    {
                        Name = $"route-{host}",
                        Hosts = [$"host-{host}.example.com"],
                        Action = new RouteAction.Proxy { Pool = $"pool-{host / 10}" },
                    }),
            ],
            UpstreamPools =
            [
                .. Enumerable
                    .Range(0, (hosts + 9) / 10)
                    .Select(pool => new UpstreamPool
                    {
                        Name = $"pool-{pool}",
                        Servers = [new UpstreamServer { Address = $"http://127.0.0.1:{10000 + pool}" }],
                    }),
            ],
        };

    private static ProxyConfig Edited(ProxyConfig config, int at, string body) =>
        config with
        {
            Routes = config.Routes.SetItem(at, config.Routes[at] with { Action = new RouteAction.Respond { Body = body } }),
        };
}
