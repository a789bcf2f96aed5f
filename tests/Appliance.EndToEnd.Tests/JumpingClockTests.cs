using System.Net.WebSockets;
using Appliance.Testing;

namespace Appliance.EndToEnd.Tests;

/// <summary>
/// A machine whose clock jumps by days, there and back: nothing that runs depends on what time it is. Needs libfaketime (Debian: faketime)
/// on Linux.
/// </summary>
public sealed class JumpingClockTests
{
    private const string Library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

    [Fact]
    [Trait("Kind", "Long")]
    public async Task Clock_JumpsForwardAndBack_WhatRunsGoesOn()
    {
        if (!File.Exists(Library))
            return;
        await using var product = new ApplianceProcess();
        var clock = Path.Combine(product.Folder, "clock");
        await File.WriteAllTextAsync(clock, "+0");

        // The clock that counts on is never set: timers and deadlines go by it, as on a real machine.
        foreach (
            var (name, value) in new[]
            {
                ("LD_PRELOAD", Library),
                ("FAKETIME_TIMESTAMP_FILE", clock),
                ("FAKETIME_NO_CACHE", "1"),
                ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            }
        )
            product.Settings[name] = value;
        await using var backend = await BackendProcess.NodeAsync();
        await product.StartAsync();
        (await product.ApplyAsync(Document(backend.Address, "first"))).ExitCode.ShouldBe(0);
        var standing = (await Clients.OpenAsync(product.HttpPort, "/chat", 1))[0];

        foreach (var jump in new[] { "+10d", "-10d", "+0" })
        {
            await File.WriteAllTextAsync(clock, jump);
            await Clients.EchoAsync(standing, jump);
            (await RawHttp.GetAsync(product.HttpPort, "/nothing")).Status.ShouldBe(404);
            (await product.ApplyAsync(Document(backend.Address, "name" + jump.Replace('+', 'p')))).ExitCode.ShouldBe(0, jump);
            var health = await product.RunAsync("healthcheck");
            (health.ExitCode, health.Errors).ShouldBe((0, ""), jump);

            // A drain with a window asks everybody within it, and a close waits for no other time.
            var leaving = (await Clients.OpenAsync(product.HttpPort, "/leave", 1))[0];
            (await product.RunAsync("drain", "route", "leave", "--leave", "--window", "1s")).ExitCode.ShouldBe(0, jump);
            (await Clients.HearCloseAsync(leaving)).Code.ShouldBe((int)WebSocketCloseStatus.EndpointUnavailable, jump);
            (await product.RunAsync("drain", "cancel", "route", "leave")).ExitCode.ShouldBe(0, jump);
            (await product.RunAsync("audit", "verify")).ExitCode.ShouldBe(0, jump);
            (await product.RunAsync("setup-link")).ExitCode.ShouldBe(0, jump);
        }

        await Clients.EchoAsync(standing, "still here");
        standing.Abort();
        (await product.TerminateAsync()).ShouldBe(0);
    }

    private static string Document(string server, string pool) =>
        $$"""
            { "routes": [ { "name": "chat", "path": "/chat", "action": { "kind": "proxy", "pool": "{{pool}}" } }, { "name": "leave", "path": "/leave", "action": { "kind": "proxy", "pool": "{{pool}}" } } ],
              "upstreamPools": [ { "name": "{{pool}}", "servers": [ { "address": "{{server}}" } ] } ] }
            """;
}
