using System.Net.WebSockets;
using System.Text;
using Appliance.Data.Audit;
using Appliance.Data.Rights;
using Appliance.Testing;
using Appliance.Web.CommandLine;
using Appliance.Web.Demo;
using Appliance.Web.Hosting;
using Appliance.Web.Tests.Control;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.CommandLine;

/// <summary>
/// A running product with two routes to two servers each of its own pool, its command line, and clients. One for the tests of a class.
/// </summary>
public sealed class RunningProduct : IAsyncLifetime
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private DemoBackends _backends = null!; // set before the first test

    public ConsoleUnderTest Console { get; private set; } = null!; // set before the first test

    /// <summary>The first server is of pool <c>one</c>, the second of <c>two</c>; both of <c>both</c>.</summary>
    public IReadOnlyList<string> Servers => [.. _backends.Addresses];

    public async Task InitializeAsync()
    {
        _backends = await DemoBackends.StartAsync([0, 0], CancellationToken.None);
        Console = await ConsoleUnderTest.StartAsync();
        var run = await RunAsync(
            ["apply", "-"],
            $$"""
            { "routes": [ { "name": "chat", "path": "/chat", "action": { "kind": "proxy", "pool": "one" } },
                          { "name": "feed", "path": "/feed", "action": { "kind": "proxy", "pool": "two" } } ],
              "upstreamPools": [ { "name": "one", "servers": [ { "address": "{{Servers[
                0
            ]}}" } ] }, { "name": "two", "servers": [ { "address": "{{Servers[1]}}" } ] },
                                 { "name": "both", "servers": [ { "address": "{{Servers[0]}}" }, { "address": "{{Servers[1]}}" } ] } ] }
            """
        );
        run.ExitCode.ShouldBe(0, run.Errors);
    }

    public async Task DisposeAsync()
    {
        await Console.DisposeAsync();
        await _backends.DisposeAsync();
    }

    public static CancellationToken Limit() => new CancellationTokenSource(_patience).Token;

    public async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        string[] arguments,
        string input = "",
        CancellationToken stop = default
    )
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var settings = new SettingsReading(new() { Data = Console.Folder }, [], []);
        var exitCode = await new Commands(settings, new StringReader(input), output, errors)
            .RunAsync(arguments, stop)
            .WaitAsync(_patience, CancellationToken.None);
        return (exitCode, output.ToString(), errors.ToString());
    }

    public Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments) => RunAsync(arguments, "");

    public async Task<ClientWebSocket> OpenAsync(string path)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new($"ws://127.0.0.1:{Console.Proxy.HttpEndPoint.Port}{path}"), Limit());
        return socket;
    }

    public static async Task SayAsync(ClientWebSocket socket, string text)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, Limit());
        await socket.ReceiveAsync(new byte[4096], Limit());
    }

    /// <summary>The close code and the reason that the client hears; it answers.</summary>
    public static async Task<(int Code, string? Reason)> HearCloseAsync(ClientWebSocket socket)
    {
        while (socket.CloseStatus is null)
            await socket.ReceiveAsync(new byte[4096], Limit());
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Limit());
        return ((int)socket.CloseStatus, socket.CloseStatusDescription is "" ? null : socket.CloseStatusDescription);
    }

    public Task EmptyAsync() => Eventually.TrueAsync(() => Task.FromResult(Console.Proxy.Connections.Count == 0), "all are gone");

    public async Task<AuditEntry> LastAuditAsync() =>
        (await Console.Services.GetRequiredService<AuditStore>().ListAsync(new(), 1, null, Actor.Local("test"), CancellationToken.None))[0];
}
