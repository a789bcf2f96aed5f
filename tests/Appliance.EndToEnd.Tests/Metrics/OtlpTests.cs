using Appliance.Testing;

namespace Appliance.EndToEnd.Tests.Metrics;

/// <summary>A collector gets traces, metrics and lines; a trace goes through client, proxy and server.</summary>
public sealed class OtlpTests
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private const string ClientSpan = "b7ad6b7169203331";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Collector_GetsTracesMetricsAndLines(bool isGrpc)
    {
        await using var collector = await OtlpReceiver.StartAsync(isGrpc);
        await using var backend = new RecordingBackend();
        await using var sockets = await BackendProcess.NodeAsync();
        await using var product = new ApplianceProcess();
        Follow(product, collector.Address, isGrpc);
        product.Settings["APPLIANCE_OTLP_HEADERS"] = "x-key=of-the-tests";
        product.Settings["APPLIANCE_TRUSTED_PROXIES"] = "127.0.0.1";
        product.Settings["OTEL_SERVICE_NAME"] = "edge";
        product.Settings["OTEL_RESOURCE_ATTRIBUTES"] = "service.name=other,host.name=edge-1";
        await product.StartAsync();
        (
            await product.ApplyAsync(
                $$"""
                { "routes": [ { "name": "good", "path": "/good", "action": { "kind": "proxy", "pool": "good" } },
                              { "name": "chat", "path": "/chat", "action": { "kind": "proxy", "pool": "chat" } },
                              { "name": "dead", "path": "/dead", "action": { "kind": "proxy", "pool": "dead" } } ],
                  "upstreamPools": [ { "name": "good", "servers": [ { "address": "http://127.0.0.1:1" },
                                                                        { "address": "{{backend.Address}}" } ] },
                                     { "name": "chat", "servers": [ { "address": "{{sockets.Address}}" } ] },
                                     { "name": "dead", "servers": [ { "address": "http://127.0.0.1:1" } ] } ] }
                """
            )
        ).ExitCode.ShouldBe(0);
        var parent = $"traceparent: 00-{TraceId}-{ClientSpan}-01\r\n";
        (await RawHttp.GetAsync(product.HttpPort, "/good?token=secret", "a.test", parent)).Status.ShouldBe(200);
        (await RawHttp.GetAsync(product.HttpPort, "/dead", "a.test", parent)).Status.ShouldBe(502);
        foreach (var socket in await Clients.OpenAsync(product.HttpPort, "/chat", 1, "127.0.0.1"))
            socket.Dispose();
        ReceivedSpan? Of(string route) =>
            collector.Spans.FirstOrDefault(span => span.Kind == 2 && span.Attributes.GetValueOrDefault("http.route") == route);
        await Eventually.TrueAsync(
            () =>
                Task.FromResult(
                    Of("good") is not null
                        && Of("dead") is not null
                        && Of("chat") is not null
                        && collector.Metrics.ContainsKey("appliance.http.requests")
                        && collector.Metrics.ContainsKey("http.server.request.duration")
                        && collector.Lines.Any(line => line.StartsWith("Revision 1 is live", StringComparison.Ordinal))
                ),
            "spans, metrics and lines have come",
            TimeSpan.FromSeconds(60)
        );
        collector.Keys.Keys.ShouldBe(["of-the-tests"]);
        foreach (var signal in (string[])["traces", "metrics", "logs"])
        {
            collector.Resources.Keys.ShouldContain($"{signal} service.name=edge");
            collector.Resources.Keys.ShouldContain($"{signal} host.name=edge-1");
            collector.Resources.Keys.ShouldContain($"{signal} service.instance.id={Environment.MachineName}");
        }

        product.Output.ShouldNotContain("The collector ");

        // 1. The request, below the client's span; its query is not in it.
        var good = Of("good")!; // waited for
        (good.TraceId, good.ParentId, good.Name).ShouldBe((TraceId, ClientSpan, "GET good"));
        good.Attributes["http.response.status_code"].ShouldBe("200");
        good.Attributes["url.path"].ShouldBe("/good");
        collector.Spans.SelectMany(span => span.Attributes.Values).ShouldAllBe(value => !value.Contains("secret"));

        // 2. Each server that was asked, below it; the second has the ID that the server got.
        var asked = collector.Spans.Where(span => span.Kind == 3 && span.ParentId == good.SpanId).ToList();
        var served = asked.Single(span => span.Attributes["server.port"] == backend.Port.ToString());
        backend.Requests.ShouldHaveSingleItem().Value("traceparent").ShouldBe($"00-{TraceId}-{served.SpanId}-01");
        foreach (var refused in asked.Where(span => span != served))
            refused.StatusMessage.ShouldBe("The server refused the connection.");

        // 3. What failed says why.
        var dead = Of("dead")!; // waited for
        (dead.Status, dead.Attributes["http.response.status_code"]).ShouldBe((2, "502"));
        dead.StatusMessage.ShouldBe("The server refused the connection.");

        // 4. A WebSocket: its handshake.
        Of("chat")!.Attributes["http.response.status_code"].ShouldBe("101"); // waited for
    }

    // A stranger chooses neither what is sampled, nor breaks anything by what stands in the header.
    [Theory]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true)]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01", false)]
    [InlineData("nonsense", false)]
    [InlineData("\u00ff\u00fe", false)]
    [InlineData("", false)]
    public async Task Stranger_WithATraceparent_DoesNotChooseWhatIsSampled(string header, bool isContinued)
    {
        await using var collector = await OtlpReceiver.StartAsync(isGrpc: false);
        await using var backend = new RecordingBackend();
        await using var product = new ApplianceProcess();
        Follow(product, collector.Address, isGrpc: false);
        product.Settings["APPLIANCE_OTLP_SAMPLING"] = "0";
        await product.StartAsync();
        (
            await product.ApplyAsync(
                $$"""
                { "routes": [ { "name": "good", "path": "/", "action": { "kind": "proxy", "pool": "good" } } ],
                  "upstreamPools": [ { "name": "good", "servers": [ { "address": "{{backend.Address}}" } ] } ] }
                """
            )
        ).ExitCode.ShouldBe(0);
        (await RawHttp.GetAsync(product.HttpPort, "/", "a.test", $"traceparent: {header}\r\n")).Status.ShouldBe(200);
        var said = backend.Requests.ShouldHaveSingleItem().Value("traceparent");
        if (isContinued)
            said.ShouldNotBeNull().ShouldMatch($"^00-{TraceId}-[0-9a-f]{{16}}-00$");
        await product.TerminateAsync();
        collector.Spans.ShouldBeEmpty();
    }

    [Fact]
    public async Task Collector_ThatIsAway_CostsNoRequestAndNoStop()
    {
        await using var backend = new RecordingBackend();
        await using var product = new ApplianceProcess();
        Follow(product, $"http://127.0.0.1:{FreePorts.Next()}", isGrpc: true);
        await product.StartAsync();
        (
            await product.ApplyAsync(
                $$"""
                { "routes": [ { "name": "good", "path": "/", "action": { "kind": "proxy", "pool": "good" } } ],
                  "upstreamPools": [ { "name": "good", "servers": [ { "address": "{{backend.Address}}" } ] } ] }
                """
            )
        ).ExitCode.ShouldBe(0);
        for (var asked = 0; asked < 50; asked++)
            (await RawHttp.GetAsync(product.HttpPort, "/")).Status.ShouldBe(200);
        await Eventually.TrueAsync(
            () => Task.FromResult(product.Output.Contains("refused the connection. Lost: ", StringComparison.Ordinal)),
            "the log says so"
        );
        (await product.TerminateAsync()).ShouldBe(0);
    }

    // The library's own variables say how often: a test has no minute.
    private static void Follow(ApplianceProcess product, string address, bool isGrpc)
    {
        product.Settings["APPLIANCE_OTLP_ENDPOINT"] = address;
        product.Settings["APPLIANCE_OTLP_PROTOCOL"] = isGrpc ? "grpc" : "http";
        product.Settings["APPLIANCE_OTLP_SAMPLING"] = "100";
        product.Settings["OTEL_BSP_SCHEDULE_DELAY"] = "200";
        product.Settings["OTEL_BLRP_SCHEDULE_DELAY"] = "200";
        product.Settings["OTEL_METRIC_EXPORT_INTERVAL"] = "500";
    }
}
