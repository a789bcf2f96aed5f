using System.Diagnostics;
using System.Net;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests;

/// <summary>Standard output that nobody reads, as with a log collector that is stuck: nothing in the product waits for it.</summary>
public sealed class StuckOutputTests
{
    private const string Handshake =
        "GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData("text")]
    [InlineData("json")]
    public async Task Output_NobodyReads_TrafficGoesOnAndTheLossIsSaid(string format)
    {
        await using var product = Product(format);
        await using var backend = new RecordingBackend
        {
            Answer = request =>
                request.Target == "/socket"
                    ? "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
                    : RecordingBackend.Ok("x", "Connection: close\r\n"),
        };
        backend.Behind = (request, stream, stop) =>
            request.Target == "/socket" ? stream.WriteAsync(new byte[] { 0x88, 2, 3, 0xe8 }, stop).AsTask() : Task.CompletedTask;
        var process = await StartUnreadAsync(product, backend);
        await FillAsync(product);

        // It is full now, and more comes.
        await FillAsync(product);
        (await RawHttp.GetAsync(product.HttpPort, "/")).Status.ShouldBe(200);
        (await RawHttp.SendAsync(product.HttpPort, Handshake)).Status.ShouldBe(101);

        // Somebody reads again: the loss is said, and lines flow.
        var said = new SaidLines(process);
        (
            await said.WaitForAsync(
                line => line.Contains("dropped, because nobody read the output", StringComparison.Ordinal),
                "the loss is said"
            )
        ).ShouldMatch("[0-9]+ lines of the log were dropped");
        var lines = said.All.Count;
        await FillAsync(product);
        await Eventually.TrueAsync(() => Task.FromResult(said.All.Count > lines), "lines flow again");
        await EndAsync(process);
    }

    [Fact]
    public async Task Output_NobodyReads_StopsInTime()
    {
        await using var product = Product("text");
        await using var backend = new RecordingBackend();
        var process = await StartUnreadAsync(product, backend);
        await FillAsync(product);
        await FillAsync(product);
        await EndAsync(process);
    }

    [Theory]
    [InlineData("setting")]
    [InlineData("folder")]
    [InlineData("arguments")]
    public async Task Errors_NobodyReads_ARefusedStartEndsWithItsCode(string refusal)
    {
        // A pipe takes 64 KB.
        await using var product = new ApplianceProcess
        {
            Starts = ["bash", "-c", "head -c 65536 /dev/zero >&2; exec dotnet \"$@\"", "bash", ApplianceProcess.Program],
        };
        if (refusal == "setting")
            product.Settings["APPLIANCE_HTTP_PORT"] = "none";
        else if (refusal == "folder")
            await File.WriteAllTextAsync(product.Data, "a file where the folder should be");
        var process = product.StartUnread(refusal == "arguments" ? ["aply"] : []);
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        process.ExitCode.ShouldBe(refusal == "arguments" ? 64 : 78);
    }

    private static ApplianceProcess Product(string format) =>
        new()
        {
            Settings =
            {
                ["APPLIANCE_LOG_LEVEL"] = "trace",
                ["APPLIANCE_LOG_FORMAT"] = format,
                ["APPLIANCE_SHUTDOWN_SECONDS"] = "1",
            },
        };

    private static async Task<Process> StartUnreadAsync(ApplianceProcess product, RecordingBackend backend)
    {
        await product.ApplyAsync(
            $$"""
            { "routes": [ { "name": "all", "path": "/", "action": { "kind": "proxy", "pool": "one" } } ], "upstreamPools": [ { "name": "one", "servers": [ { "address": "{{backend.Address}}" } ] } ] }
            """
        );
        var process = product.StartUnread();
        using var console = new HttpClient();
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return (await console.GetAsync($"http://127.0.0.1:{product.ConsolePort}/readyz")).IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            "it is ready",
            TimeSpan.FromSeconds(60)
        );
        return process;
    }

    // The console's lines have its path at this level; the pipe takes 64 KB and the product keeps a megabyte.
    private static async Task FillAsync(ApplianceProcess product)
    {
        using var http = new HttpClient { Timeout = _soon };
        for (var at = 0; at < 300; at++)
            (await http.GetAsync($"http://127.0.0.1:{product.ConsolePort}/{new string('x', 4000)}")).StatusCode.ShouldBe(
                HttpStatusCode.NotFound
            );
    }

    private static async Task EndAsync(Process process)
    {
        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString()]))
            await kill.WaitForExitAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        process.ExitCode.ShouldBe(0);
    }
}
