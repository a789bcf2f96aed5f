using System.Net.WebSockets;
using Appliance.Bench.Measures;
using Appliance.Proxy.Config;
using Appliance.Proxy.Connections;
using Appliance.Testing;
using Appliance.Web.Control;
using Microsoft.Playwright;

namespace Appliance.Browser.Tests.Live;

/// <summary>
/// The short form of <c>./dev bench steady</c>: what has ended or was deleted is gone from the heap of the product, whoever might have kept
/// it. The bench looks at every type over many rounds; here each kind that lives long is looked at once.
/// </summary>
public sealed class NothingStaysTests(RunningConsole console) : ConsoleTests(console), IClassFixture<RunningConsole>
{
    private const int Rounds = 4;

    // One is shown, and one may be on its way.
    private const int Newest = 3;

    // The runtime calls a type inside another one by its own name alone.
    private const string Subscription = "Subscription";
    private const string Drain = "Drain";

    // What is looked for must be seen while it is there: a name that is wrong is never left over.
    private static readonly string[] _seen =
    [
        "Microsoft.AspNetCore.Components.Server.Circuits.CircuitHost",
        "Microsoft.AspNetCore.SignalR.HubConnectionContext",
        Subscription,
        Drain,
        "Appliance.Proxy.Traffic.RouteTraffic",
        "Appliance.Proxy.Traffic.PoolTraffic",
        "Appliance.Proxy.Upstreams.ServerState",
        "Appliance.Proxy.Http1.Http1Connection",
        "Appliance.Proxy.Epoll.EpollConnection",
        "Appliance.Proxy.Epoll.EpollSocket",
    ];

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [BrowserFact]
    public async Task EverythingThatEndsOrIsDeleted_AfterACollection_IsGone()
    {
        await using var server = await BackendProcess.NodeAsync();
        await RoundAsync(server.Address, "warm", isLookedAt: true);
        var before = await LookAsync();
        for (var round = 0; round < Rounds; round++)
            await RoundAsync(server.Address, $"round-{round}");

        var left = "";
        try
        {
            await Eventually.TrueAsync(async () => (left = Left(before, await LookAsync())).Length == 0, "nothing stays", _patience);
        }
        finally
        {
            if (left.Length > 0)
                Assert.Fail("Left over: " + left);
        }
    }

    // What is there that should have gone.
    private static string Left(LiveHeap before, LiveHeap heap)
    {
        string?[] wrong =
        [
            AtMost(heap, 0, "Microsoft.AspNetCore.Components.Server.Circuits.CircuitHost"),
            AtMost(heap, 0, "Microsoft.AspNetCore.SignalR.HubConnectionContext"),
            AtMost(heap, 0, Subscription),
            AtMost(heap, 0, Drain),
            AtMost(heap, 0, "Appliance.Proxy.Forwarding.ProxyExchange"),
            AtMost(heap, Newest, "Appliance.Web.Live.ConsoleView"),
            AtMost(heap, Newest, "Appliance.Proxy.Traffic.TrafficView"),
            AtMost(heap, Newest, "Appliance.Proxy.Upstreams.UpstreamView"),
            AtMost(heap, Newest, "Appliance.Proxy.Snapshots.ProxySnapshot"),
            AtMost(heap, Newest, "Appliance.Proxy.Config.ConfigRevision"),
            // Of the first round as many as of the last: routes of two kinds, and the sum of all.
            AtMost(heap, Count(before, "Appliance.Proxy.Traffic.RouteTraffic"), "Appliance.Proxy.Traffic.RouteTraffic"),
            AtMost(heap, Count(before, "Appliance.Proxy.Traffic.PoolTraffic"), "Appliance.Proxy.Traffic.PoolTraffic"),
            AtMost(heap, Count(before, "Appliance.Proxy.Upstreams.ServerState"), "Appliance.Proxy.Upstreams.ServerState"),
            AtMost(heap, Count(before, "Appliance.Proxy.Http1.Http1Connection"), "Appliance.Proxy.Http1.Http1Connection"),
            AtMost(heap, Count(before, "Appliance.Data.Accounts.SessionUse") + 1, "Appliance.Data.Accounts.SessionUse"),
            // A WebSocket that ended is remembered, and its sockets are not.
            AtMost(heap, Count(before, "Appliance.Proxy.Epoll.EpollConnection") + 1, "Appliance.Proxy.Epoll.EpollConnection"),
            AtMost(heap, Count(before, "Appliance.Proxy.Epoll.EpollSocket") + 2, "Appliance.Proxy.Epoll.EpollSocket"),
        ];
        return string.Join("; ", wrong.OfType<string>());
    }

    private async Task RoundAsync(string server, string name, bool isLookedAt = false)
    {
        await console.ApplyAsync(new() { Routes = [Configs.Proxy(name, "/", pool: name)], UpstreamPools = [Configs.Pool(name, server)] });

        // 1. Somebody looks, at pages that live.
        var page = await console.OpenAsync("/");
        await page.GotoAsync(console.Url + "/connections");
        await Assertions.Expect(page.Locator("main h1")).ToBeVisibleAsync();

        // 2. Something is carried, drained and closed.
        using var client = new HttpClient();
        using (await client.GetAsync(console.ProxyUrl + "/")) { }

        using var socket = await console.ConnectAsync("/");
        using var node = (await RunningNode.TryConnectAsync(console.Process.Data, RunningConsole.Limit())).ShouldNotBeNull();
        (
            await node.DrainAsync(
                new()
                {
                    Kind = DrainKind.Route,
                    Name = name,
                    Leave = true,
                    Window = "0s",
                },
                RunningConsole.Limit()
            )
        ).ExitCode.ShouldBe(0);
        if (isLookedAt)
        {
            // The socket has not answered its close yet, so that the drain goes on.
            var heap = await LookAsync();
            _seen.Where(type => heap.Count(type) == 0).ShouldBeEmpty();
        }

        (await RunningConsole.HearCloseAsync(socket)).Code.ShouldBe((int)WebSocketCloseStatus.EndpointUnavailable);

        // 3. All of it goes.
        // Who leaves a page tells the product; a page that is cut off is kept for minutes, so that it can come back. The tab stays: closing
        // it now could cut
        // off the message that tells.
        await page.GotoAsync("about:blank");
        await console.ApplyAsync(new ProxyConfig());
    }

    private Task<LiveHeap> LookAsync() => LiveHeap.OfAsync(console.Process.Process.Id, RunningConsole.Limit());

    private static int Count(LiveHeap heap, string type) => heap.Count(type);

    private static string? AtMost(LiveHeap heap, int most, string type) =>
        Count(heap, type) is var count && count > most ? $"{count} {type}, at most {most}" : null;
}
