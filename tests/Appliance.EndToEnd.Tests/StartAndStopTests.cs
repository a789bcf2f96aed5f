using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests;

/// <summary>How the process begins and ends, seen from a shell.</summary>
public sealed class StartAndStopTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Start_EmptyFolder_PrintsBothAddressesAndIsReady()
    {
        await using var product = new ApplianceProcess();
        await product.StartAsync();
        await Eventually.TrueAsync(() => Task.FromResult(product.Output.Contains("Ctrl+C", StringComparison.Ordinal)), "it greets");
        product.Output.ShouldContain($"Proxy:   http://localhost:{product.HttpPort}");
        product.Output.ShouldContain($"Console: http://localhost:{product.ConsolePort}");
        File.Exists(Path.Combine(product.Data, "appliance.db")).ShouldBeTrue();
        (await product.TerminateAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Start_LogForMachines_EveryLineIsARecord()
    {
        await using var product = new ApplianceProcess();
        product.Settings["APPLIANCE_LOG_FORMAT"] = "json";
        product.Settings["APPLIANCE_LOG_LEVEL"] = "warning";
        await product.StartAsync();
        await Eventually.TrueAsync(() => Task.FromResult(product.Output.Contains("setup-link", StringComparison.Ordinal)), "it greets");
        (await product.TerminateAsync()).ShouldBe(0);
        var texts = product
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Select(record => record.GetProperty("Message").GetString())
            .ToArray();
        texts.ShouldContain($"Proxy: http://localhost:{product.HttpPort}");
        texts.ShouldContain($"Console: http://localhost:{product.ConsolePort}");
        texts.ShouldContain(text =>
            text != null && text.StartsWith($"Set up: http://localhost:{product.ConsolePort}/", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Start_FolderFullOfSettingsFiles_ReadsAndWatchesNoneOfThem()
    {
        await using var product = new ApplianceProcess();
        foreach (
            var name in new[]
            {
                "appsettings.json",
                "appsettings.Production.json",
                "appsettings.Development.json",
                "hostsettings.json",
                "secrets.json",
            }
        )
            await File.WriteAllTextAsync(Path.Combine(product.Folder, name), "{ \"Kestrel\": not json");
        product.Settings["ASPNETCORE_URLS"] = "http://127.0.0.1:1";
        product.Settings["DOTNET_ENVIRONMENT"] = "Development";
        product.Settings["Kestrel__Endpoints__Other__Url"] = "http://127.0.0.1:2";
        await product.StartAsync();
        if (OperatingSystem.IsLinux())
        {
            Directory
                .GetFiles($"/proc/{product.Process.Id}/fd")
                .Select(file => new FileInfo(file).LinkTarget)
                .ShouldNotContain("anon_inode:inotify", "no folder is watched");
        }

        (await product.TerminateAsync()).ShouldBe(0);
    }

    [Theory]
    [InlineData("APPLIANCE_HTTP_PORT")]
    [InlineData("APPLIANCE_HTTPS_PORT")]
    [InlineData("APPLIANCE_CONSOLE_PORT")]
    [InlineData("APPLIANCE_CONSOLE_HTTPS_PORT")]
    public async Task Start_PortIsTaken_OneSentenceNamesPortAndSetting(string setting)
    {
        await using var product = new ApplianceProcess();
        using var other = new TcpListener(
            IPAddress.Loopback,
            setting switch
            {
                "APPLIANCE_HTTP_PORT" => product.HttpPort,
                "APPLIANCE_CONSOLE_PORT" => product.ConsolePort,
                _ => 0,
            }
        );
        other.Start();
        if (setting.EndsWith("HTTPS_PORT", StringComparison.Ordinal))
            product.Settings[setting] = $"{((IPEndPoint)other.LocalEndpoint).Port}";
        var run = await product.RunAsync();
        run.ExitCode.ShouldBe(78);
        var sentence = OneSentence(run.Errors);
        sentence.ShouldContain($"Port {((IPEndPoint)other.LocalEndpoint).Port} on 127.0.0.1 is in use");
        sentence.ShouldContain(setting);
    }

    [Fact]
    public async Task Start_SameFolderAsAKilledOne_TakesOver()
    {
        await using var product = new ApplianceProcess();
        await product.StartAsync();
        await product.KillAsync();
        File.Exists(Path.Combine(product.Data, "control", "control.sock")).ShouldBeTrue(); // what kill -9 leaves
        (await product.RunAsync("connections")).ExitCode.ShouldBe(3);
        await product.StartAsync();
        (await product.RunAsync("healthcheck")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Start_FileWhereTheFolderShouldBe_OneSentenceAnd78()
    {
        await using var product = new ApplianceProcess();
        await File.WriteAllTextAsync(product.Data, "a file where the folder should be");
        var run = await product.RunAsync();
        run.ExitCode.ShouldBe(78);
        OneSentence(run.Errors).ShouldContain(product.Data);
    }

    [Fact]
    public async Task Stop_OpenWebSocket_HearsGoingAwayAndTheExitCodeIsZero()
    {
        await using var product = new ApplianceProcess();
        await using var backend = await EchoBehindAsync(product);
        using var socket = new ClientWebSocket();
        using var limit = new CancellationTokenSource(_patience);
        await socket.ConnectAsync(new($"ws://127.0.0.1:{product.HttpPort}/"), limit.Token);
        var exit = product.TerminateAsync();
        var end = await socket.ReceiveAsync(new byte[100].AsMemory(), limit.Token);
        end.MessageType.ShouldBe(WebSocketMessageType.Close);
        ((int?)socket.CloseStatus).ShouldBe(1001);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);
        (await exit).ShouldBe(0);
    }

    [Fact]
    public async Task Stop_SecondSignal_CutsWhatWillNotEnd()
    {
        // Longer than this test waits: whatever ends it sooner is the second signal.
        await using var product = new ApplianceProcess { Settings = { ["APPLIANCE_SHUTDOWN_SECONDS"] = "3600" } };
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await product.StartAsync();
        (await product.ApplyAsync(Document($"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}"))).ExitCode.ShouldBe(0);

        // A request whose back end took it and never answers.
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, product.HttpPort);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
        using var taken = await silent.AcceptTcpClientAsync().WaitAsync(_patience);

        await product.SignalAsync("TERM");
        await product.RefusesAsync();
        product.Process.HasExited.ShouldBeFalse();

        // Not INT: a process that a shell has put into the background ignores it.
        await product.SignalAsync("TERM");
        await product.Process.WaitForExitAsync().WaitAsync(_patience);
        product.Process.ExitCode.ShouldBe(0);
    }

    private static string OneSentence(string errors)
    {
        errors.ShouldNotContain("   at ");
        return errors.Trim().Split('\n').ShouldHaveSingleItem();
    }

    private static async Task<BackendProcess> EchoBehindAsync(ApplianceProcess product)
    {
        var backend = await BackendProcess.NodeAsync();
        await product.StartAsync();
        (await product.ApplyAsync(Document(backend.Address))).ExitCode.ShouldBe(0);
        return backend;
    }

    private static string Document(string server) =>
        $$"""
            { "routes": [ { "name": "all", "path": "/", "action": { "kind": "proxy", "pool": "p" } } ],
              "upstreamPools": [ { "name": "p", "servers": [ { "address": "{{server}}" } ] } ] }
            """;
}
