using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests.Metrics;

/// <summary>A real Prometheus scrapes the product; the dashboard and the rules of the docs work on what it got.</summary>
public sealed class PrometheusTests
{
    private const string Token = "a-token-of-the-tests";

    [Fact]
    public async Task Prometheus_ScrapesUs_TheDashboardHasFiguresAndADeadServerIsAnAlert()
    {
        if (!PrometheusProcess.IsThere())
            return;
        await using var backend = await BackendProcess.NodeAsync();
        await using var product = new ApplianceProcess();
        product.Settings["APPLIANCE_METRICS_TOKEN"] = Token;
        product.Settings["APPLIANCE_ACCESS_LOG"] = Path.Combine(product.Folder, "access.log");
        await product.StartAsync();
        (
            await product.ApplyAsync(
                $$"""
                { "routes": [ { "name": "chat", "path": "/chat", "action": { "kind": "proxy", "pool": "chat" } },
                              { "name": "fixed", "path": "/strange", "action": { "kind": "respond", "body": "hi" } },
                              { "name": "dead", "path": "/dead", "action": { "kind": "proxy", "pool": "dead" } } ],
                  "upstreamPools": [ { "name": "chat", "servers": [ { "address": "{{backend.Address}}" } ] },
                                     { "name": "dead", "servers": [ { "address": "http://127.0.0.1:9" } ] } ] }
                """
            )
        ).ExitCode.ShouldBe(0);
        using var client = new HttpClient { BaseAddress = new($"http://127.0.0.1:{product.HttpPort}/") };
        var sockets = await Clients.OpenAsync(product.HttpPort, "/chat", 2, "127.0.0.1");
        foreach (var path in new[] { "strange", "strange", "dead", "nowhere" })
            using (await client.GetAsync(path)) { }

        await using var prometheus = await PrometheusProcess.StartAsync(product.Folder, $"127.0.0.1:{product.ConsolePort}", Token);
        async Task<double> OneAsync(string query) => (await prometheus.QueryAsync(query)) is [var one] ? one.Value : double.NaN;
        await Eventually.TrueAsync(
            async () => await OneAsync("appliance_websocket_open") == 2 && await OneAsync("""up{job="appliance"}""") == 1,
            "it was scraped with both WebSockets",
            TimeSpan.FromSeconds(60)
        );
        (await OneAsync("""appliance_route_http_requests_total{route="fixed",status="2xx"}""")).ShouldBe(2);
        (await OneAsync("""appliance_http_unrouted_requests_total{status="4xx"}""")).ShouldBe(1);
        (await OneAsync("""sum(appliance_http_requests_total{status="5xx"})""")).ShouldBe(1);
        (await OneAsync("appliance_config_running_revision")).ShouldBe(1);

        // Rates take two scrapes with something in between. Every query of the dashboard can be read, and those of what happened have a
        // figure.
        await Eventually.TrueAsync(
            async () =>
            {
                using var more = await client.GetAsync("strange");
                using var failed = await client.GetAsync("dead");
                var empty = new List<string>();
                foreach (var query in Queries())
                    if (await prometheus.QueryAsync(query) is not { Count: > 0 } result || result.All(one => double.IsNaN(one.Value)))
                        empty.Add(query);
                // There is no certificate, where nothing listens with TLS.
                return empty.All(query => query.Contains("certificate", StringComparison.Ordinal));
            },
            "each query of the dashboard has a figure",
            TimeSpan.FromSeconds(60)
        );
        var alerts = Array.Empty<string>() as IReadOnlyList<string>;
        await Eventually.TrueAsync(
            async () => (alerts = await prometheus.AlertsAsync()).Contains("ApplianceServerFailing"),
            "the dead server is an alert",
            TimeSpan.FromSeconds(60)
        );
        alerts.ShouldContain("AppliancePoolWithoutServers");
        alerts.ShouldNotContain("ApplianceDown");
        var rules = await prometheus.RulesAsync();
        rules.Count.ShouldBe(12);
        rules.ShouldAllBe(rule => rule.Error == "");
        foreach (var socket in sockets)
            socket.Dispose();
    }

    [Fact]
    public async Task Promtool_ReadsWhatWeWrite_AndFindsNothingOdd()
    {
        if (!PrometheusProcess.IsThere())
            return;
        await using var product = new ApplianceProcess();
        product.Settings["APPLIANCE_METRICS_TOKEN"] = Token;
        await product.StartAsync("--demo");
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", Token);
        var text = await client.GetStringAsync($"http://127.0.0.1:{product.ConsolePort}/metrics");
        var file = Path.Combine(product.Folder, "metrics.txt");
        await File.WriteAllTextAsync(file, text);
        var (exit, output) = await PromtoolAsync(product.Folder, $"check metrics < '{file}'");
        output.ShouldBeEmpty();
        exit.ShouldBe(0);
    }

    [Fact]
    public async Task Rules_OfTheDocs_FireWhenTheyShouldAndNotElse()
    {
        if (!PrometheusProcess.IsThere())
            return;
        var folder = Directory.CreateTempSubdirectory("rules-").FullName;
        var cases = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "tests/Appliance.EndToEnd.Tests/Metrics/rules-test.yml"));
        var rules = Path.Combine(PrometheusProcess.Examples, "prometheus-rules.yml");
        await File.WriteAllTextAsync(Path.Combine(folder, "test.yml"), cases.Replace("RULES", rules));
        var (exit, output) = await PromtoolAsync(folder, "test rules test.yml");
        exit.ShouldBe(0, output);

        // A rule without a case has never been seen firing.
        foreach (var alert in (await File.ReadAllLinesAsync(rules)).Where(line => line.Contains("- alert: ")))
            cases.ShouldContain($"alertname: {alert.Split(": ")[1]}\n        exp_alerts:\n");
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("GET", "/metrics", null, HttpStatusCode.Unauthorized)]
    [InlineData("GET", "/metrics", "Bearer " + Token + "x", HttpStatusCode.Unauthorized)]
    [InlineData("GET", "/metrics", "Basic " + Token, HttpStatusCode.Unauthorized)]
    [InlineData("GET", "/metrics", "bearer " + Token, HttpStatusCode.OK)]
    [InlineData("POST", "/metrics", "Bearer " + Token, HttpStatusCode.MethodNotAllowed)]
    [InlineData("HEAD", "/metrics", "Bearer " + Token, HttpStatusCode.OK)]
    [InlineData("GET", "/", "Bearer " + Token, HttpStatusCode.NotFound)]
    [InlineData("GET", "/metrics/", "Bearer " + Token, HttpStatusCode.NotFound)]
    [InlineData("GET", "/sign-in", "Bearer " + Token, HttpStatusCode.NotFound)]
    public async Task OwnPort_AnswersTheScraperAlone(string method, string path, string? authorization, HttpStatusCode status)
    {
        await using var product = new ApplianceProcess();
        var port = FreePorts.Next();
        product.Settings["APPLIANCE_METRICS_TOKEN"] = Token;
        product.Settings["APPLIANCE_METRICS_PORT"] = port.ToString();
        await product.StartAsync();
        product.Output.ShouldContain($"Metrics: http://localhost:{port}/metrics");
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(new(method), $"http://127.0.0.1:{port}{path}");
        if (authorization is not null)
            request.Headers.Authorization = AuthenticationHeaderValue.Parse(authorization);
        using var answer = await client.SendAsync(request);
        answer.StatusCode.ShouldBe(status);
        if (status == HttpStatusCode.Unauthorized)
            answer.Headers.WwwAuthenticate.Single().Scheme.ShouldBe("Bearer");
        if (method == "HEAD")
            answer.Content.Headers.ContentLength.ShouldNotBeNull().ShouldBeGreaterThan(1000);
    }

    [Fact]
    public async Task OwnPort_WithoutAToken_IsOpenAndTheConsoleHasNone_AndNoRouteLeadsThere()
    {
        await using var product = new ApplianceProcess();
        var port = FreePorts.Next();
        product.Settings["APPLIANCE_METRICS_PORT"] = port.ToString();
        await product.StartAsync();
        using var client = new HttpClient();
        using var open = await client.GetAsync($"http://127.0.0.1:{port}/metrics");
        open.StatusCode.ShouldBe(HttpStatusCode.OK);
        open.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; version=0.0.4; charset=utf-8");
        using var closed = await client.GetAsync($"http://127.0.0.1:{product.ConsolePort}/metrics");
        closed.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await closed.Content.ReadAsStringAsync()).ShouldContain("Set APPLIANCE_METRICS_TOKEN");

        (
            await product.ApplyAsync(
                $$"""
                { "routes": [ { "name": "in", "path": "/", "action": { "kind": "proxy", "pool": "in" } } ],
                  "upstreamPools": [ { "name": "in", "servers": [ { "address": "http://127.0.0.1:{{port}}" } ] } ] }
                """
            )
        ).ExitCode.ShouldBe(0);
        using var through = await client.GetAsync($"http://127.0.0.1:{product.HttpPort}/metrics");
        through.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
    }

    [Fact]
    public async Task Start_MetricsPortTaken_NamesItsSetting()
    {
        using var taken = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await using var product = new ApplianceProcess();
        product.Settings["APPLIANCE_METRICS_PORT"] = port.ToString();
        var (exit, _, errors) = await product.RunAsync();
        exit.ShouldNotBe(0);
        errors.ShouldContain(
            $"Port {port} on 127.0.0.1 is in use; stop what listens there, or set APPLIANCE_METRICS_PORT to another port."
        );
    }

    // As Grafana would send them.
    private static IEnumerable<string> Queries()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(PrometheusProcess.Examples, "grafana-dashboard.json")));
        return
        [
            .. dashboard
                .RootElement.GetProperty("panels")
                .EnumerateArray()
                .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
                .Select(target => target.GetProperty("expr").GetString()!.Replace("$__rate_interval", "1m").Replace("$instance", ".*")),
        ];
    }

    private static async Task<(int Exit, string Output)> PromtoolAsync(string folder, string arguments)
    {
        using var promtool = Process.Start(
            new ProcessStartInfo("sh", ["-c", $"promtool {arguments} 2>&1"]) { WorkingDirectory = folder, RedirectStandardOutput = true }
        )!; // sh is there
        var output = await promtool.StandardOutput.ReadToEndAsync();
        await promtool.WaitForExitAsync();
        return (promtool.ExitCode, output);
    }
}
