using System.Net.WebSockets;
using System.Text.Json;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests;

/// <summary>What a shell does to open WebSockets, seen by their clients.</summary>
public sealed class WebSocketDeedsTests
{
    [Fact]
    public async Task CloseAndDrain_FromAShell_ClientsHearTheCodesAndTheRestGoesOn()
    {
        await using var product = new ApplianceProcess();
        await using var first = await BackendProcess.NodeAsync();
        await using var second = await BackendProcess.PythonAsync();
        await product.StartAsync();
        (
            await product.ApplyAsync(
                $$"""
                { "routes": [ { "name": "chat", "path": "/chat", "action": { "kind": "proxy", "pool": "pair" } }, { "name": "feed", "path": "/feed", "action": { "kind": "proxy", "pool": "pair" } } ],
                  "upstreamPools": [ { "name": "pair", "servers": [ { "address": "{{first.Address}}" }, { "address": "{{second.Address}}" } ] } ] }
                """
            )
        ).ExitCode.ShouldBe(0);
        var chat = await Clients.OpenAsync(product.HttpPort, "/chat", 4);
        var feed = await Clients.OpenAsync(product.HttpPort, "/feed", 2);

        // One route hears a code of our own, the other goes on.
        (await product.RunAsync("close", "--route", "chat", "--code", "4001", "--reason", "moved")).ShouldBe(
            (0, $"Closed 4 WebSockets with code 4001.{Environment.NewLine}", "")
        );
        foreach (var socket in chat)
            (await Clients.HearCloseAsync(socket)).ShouldBe((4001, "moved"));
        foreach (var socket in feed)
            await Clients.EchoAsync(socket, "still here");

        // The server that is drained loses its half; whoever comes goes to the other.
        var drained = await product.RunAsync("drain", "server", first.Address, "--leave", "--code", "1012", "--window", "0s", "--json");
        (drained.ExitCode, JsonDocument.Parse(drained.Output).RootElement.GetProperty("drain").GetProperty("atStart").GetInt32()).ShouldBe(
            (0, 1)
        );
        (await await Task.WhenAny(feed.Select(Clients.HearCloseAsync))).Code.ShouldBe(1012);
        var late = await Clients.OpenAsync(product.HttpPort, "/feed", 4);
        (await ServersAsync(product)).ShouldAllBe(server => server == second.Address);

        // A route: 503 for new ones, until it is taken back.
        (await product.RunAsync("drain", "route", "feed")).ExitCode.ShouldBe(0);
        (await Should.ThrowAsync<WebSocketException>(() => Clients.OpenAsync(product.HttpPort, "/feed", 1))).Message.ShouldContain("503");
        (await product.RunAsync("drain", "cancel", "route", "feed")).ExitCode.ShouldBe(0);
        (await Clients.OpenAsync(product.HttpPort, "/feed", 1)).ShouldHaveSingleItem().Abort();
        (await product.RunAsync("connections", "--ended", "--limit", "200")).Output.ShouldContain("moved");
        foreach (var socket in late)
            socket.Abort();
    }

    private static async Task<string?[]> ServersAsync(ApplianceProcess product)
    {
        using var control = product.Control();
        string?[] servers = [];
        await Eventually.TrueAsync(
            async () =>
            {
                var open = JsonDocument.Parse(await control.GetStringAsync("control/connections")).RootElement.EnumerateArray().ToList();
                servers = [.. open.Select(one => one.GetProperty("server").GetString())];
                return servers.Length == 5; // one of the two that stayed, and four that came
            },
            "the closed ones are gone"
        );
        return servers;
    }
}
