using System.Net;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests;

/// <summary>
/// A process with little memory among hostile clients: it turns them away, keeps what is open, and has its memory back when they leave.
/// </summary>
public sealed class LittleMemoryTests
{
    [Fact]
    public Task Crowd_Hostile_ProcessAndItsWebSocketsLive() =>
        MeetAsync("0x10000000", sockets: 20, halfHeads: 250, bigHeads: 30, slowBodies: 100, heldBodies: 40, deaf: 40);

    [Fact]
    [Trait("Kind", "Long")]
    public Task Crowd_Of2000_ProcessAndItsWebSocketsLive() =>
        MeetAsync("0x10000000", sockets: 50, halfHeads: 800, bigHeads: 100, slowBodies: 400, heldBodies: 600, deaf: 100);

    private static async Task MeetAsync(string limit, int sockets, int halfHeads, int bigHeads, int slowBodies, int heldBodies, int deaf)
    {
        await using var product = new ApplianceProcess { Settings = { ["DOTNET_GCHeapHardLimit"] = limit } };
        await using var crowd = new HostileCrowd(product.HttpPort);
        await using var echo = await BackendProcess.NodeAsync();
        await product.StartAsync();
        (
            await product.ApplyAsync(
                $$"""
                { "routes": [ { "name": "echo", "path": "/echo", "action": { "kind": "proxy", "pool": "echo" } }, { "name": "held", "path": "/held", "action": { "kind": "proxy", "pool": "held" } } ],
                  "upstreamPools": [ { "name": "echo", "servers": [ { "address": "{{echo.Address}}" } ] },
                                     { "name": "held", "servers": [ { "address": "{{crowd.ServerAddress}}" }, { "address": "{{crowd.ServerAddress.Replace(
                    "127.0.0.1",
                    "localhost",
                    StringComparison.Ordinal
                )}}" } ] } ] }
                """
            )
        ).ExitCode.ShouldBe(0);
        var open = await Clients.OpenAsync(product.HttpPort, "/echo", sockets);
        using var console = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };

        // 1. They come, all kinds side by side.
        crowd.SendHeldBodies(heldBodies);
        crowd.SendHalfHeads(halfHeads);
        crowd.SendSlowBodies(slowBodies);
        crowd.SendToDeafSockets(deaf);
        crowd.SendBigHeads(bigHeads);
        var all = halfHeads + bigHeads + slowBodies + heldBodies + deaf;
        await Eventually.TrueAsync(
            () => Task.FromResult(crowd.Connected == all || product.Process.HasExited),
            $"{all} are connected",
            TimeSpan.FromSeconds(60)
        );

        // 2. Meanwhile.
        for (var round = 0; round < 10; round++)
        {
            product.Process.HasExited.ShouldBeFalse(product.Output);
            foreach (var socket in open)
                await Clients.EchoAsync(socket, $"still here {round}");
            (await console.GetAsync($"http://127.0.0.1:{product.ConsolePort}/healthz")).StatusCode.ShouldBe(HttpStatusCode.OK);
            (await console.GetAsync($"http://127.0.0.1:{product.ConsolePort}/sign-in")).StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        // 3. They leave.
        await crowd.LeaveAsync();
        using var next = new HttpClient();
        await Eventually.TrueAsync(
            async () =>
            {
                product.Process.HasExited.ShouldBeFalse(product.Output);
                return (await next.GetAsync($"http://127.0.0.1:{product.HttpPort}/nowhere")).StatusCode == HttpStatusCode.NotFound;
            },
            "the port takes new clients",
            TimeSpan.FromSeconds(60)
        );
        await Eventually.TrueAsync(
            async () => (await console.GetAsync($"http://127.0.0.1:{product.ConsolePort}/readyz")).IsSuccessStatusCode,
            "it is ready",
            TimeSpan.FromSeconds(30)
        );
        foreach (var socket in open)
            await Clients.EchoAsync(socket, "after all");
        foreach (var socket in open)
            socket.Abort();
        (await product.TerminateAsync()).ShouldBe(0);
        product.Output.ShouldNotContain("OutOfMemoryException");
    }
}
