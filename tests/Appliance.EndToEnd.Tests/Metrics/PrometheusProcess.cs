using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests.Metrics;

/// <summary>A real Prometheus that scrapes one product by the example of the docs, every second.</summary>
internal sealed class PrometheusProcess : IAsyncDisposable
{
    private const string Program = "prometheus";
    private readonly HttpClient _client;
    private readonly Process _process;

    private PrometheusProcess(Process process, int port) =>
        (_process, _client) = (process, new() { BaseAddress = new($"http://127.0.0.1:{port}/api/v1/") });

    /// <summary>The examples of the docs.</summary>
    public static string Examples { get; } = Path.Combine(Repository.Root, "docs", "monitoring");

    /// <summary>False: it is not on this machine, where nothing demands it.</summary>
    public static bool IsThere()
    {
        var there = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(path => File.Exists(Path.Combine(path, Program)));
        if (!there)
            Environment.GetEnvironmentVariable("CI").ShouldNotBe("true", "Install prometheus.");
        return there;
    }

    /// <summary>Starts it in that folder with the config and the rules of the docs.</summary>
    public static async Task<PrometheusProcess> StartAsync(string folder, string target, string token)
    {
        var config = (await File.ReadAllTextAsync(Path.Combine(Examples, "prometheus.yml")))
            .Replace("localhost:8081", target)
            .Replace(": 15s", ": 1s");
        await File.WriteAllTextAsync(Path.Combine(folder, "prometheus.yml"), config);
        await File.WriteAllTextAsync(Path.Combine(folder, "appliance-metrics-token"), token);
        File.Copy(Path.Combine(Examples, "prometheus-rules.yml"), Path.Combine(folder, "prometheus-rules.yml"));
        var port = FreePorts.Next();
        var process = Process.Start(
            new ProcessStartInfo(
                Program,
                [
                    "--config.file=prometheus.yml",
                    "--storage.tsdb.path=prometheus-data",
                    $"--web.listen-address=127.0.0.1:{port}",
                    "--log.level=error",
                ]
            )
            {
                WorkingDirectory = folder,
            }
        )!; // a program that is not there throws
        var prometheus = new PrometheusProcess(process, port);
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return (await prometheus._client.GetAsync("status/buildinfo")).IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            "Prometheus answers",
            TimeSpan.FromSeconds(60)
        );
        return prometheus;
    }

    /// <summary>The result of a query: values by their labels. Throws when it cannot be read.</summary>
    public async Task<IReadOnlyList<(JsonElement Labels, double Value)>> QueryAsync(string query)
    {
        using var answer = await _client.GetAsync("query?query=" + Uri.EscapeDataString(query));
        var said = await answer.Content.ReadFromJsonAsync<JsonElement>();
        said.GetProperty("status").GetString().ShouldBe("success", $"{query}: {said}");
        return
        [
            .. said.GetProperty("data")
                .GetProperty("result")
                .EnumerateArray()
                .Select(one =>
                    (
                        one.GetProperty("metric"),
                        double.Parse(one.GetProperty("value")[1].GetString()!, System.Globalization.CultureInfo.InvariantCulture)
                    )
                ),
        ];
    }

    /// <summary>Alerts by name that are pending or firing.</summary>
    public async Task<IReadOnlyList<string>> AlertsAsync() =>
        [
            .. (await _client.GetFromJsonAsync<JsonElement>("alerts"))
                .GetProperty("data")
                .GetProperty("alerts")
                .EnumerateArray()
                .Select(alert => alert.GetProperty("labels").GetProperty("alertname").GetString()!),
        ];

    /// <summary>Every rule with its error; empty: it could be worked out.</summary>
    public async Task<IReadOnlyList<(string Name, string Error)>> RulesAsync() =>
        [
            .. (await _client.GetFromJsonAsync<JsonElement>("rules"))
                .GetProperty("data")
                .GetProperty("groups")
                .EnumerateArray()
                .SelectMany(group => group.GetProperty("rules").EnumerateArray())
                .Select(rule =>
                    (rule.GetProperty("name").GetString()!, rule.TryGetProperty("lastError", out var error) ? error.GetString()! : "")
                ),
        ];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _client.Dispose();
    }
}
