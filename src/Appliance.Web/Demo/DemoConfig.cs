using Appliance.Data;
using Appliance.Data.Revisions;
using Appliance.Data.Rights;
using Appliance.Proxy.Config;
using Appliance.Proxy.Items;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Upstreams;
using Appliance.Web.Editing;
using Appliance.Web.Rights;

namespace Appliance.Web.Demo;

/// <summary>The routes of the demo: what a newcomer would write after an nginx config of two servers and a map.</summary>
public static class DemoConfig
{
    /// <summary>
    /// The host that the demo gets where others have routes already. Browsers take every name below localhost for their own machine.
    /// </summary>
    public const string Host = "demo.localhost";

    /// <summary>
    /// Sees to it that there are routes to the demo's servers: as the first revision, or on a host of their own beside what is there.
    /// Routes of an earlier start are used as they are. Never throws because of what is stored.
    /// </summary>
    public static async Task<DemoPlace> StoreAsync(
        ConfigStore store,
        ConfigEditor editor,
        DemoBackends backends,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var head = await store.ReadHeadAsync(cancellationToken);
            if (Existing(head.Config, backends) is { } place)
                return place;
            var isFirst = head.Number == 0;
            var result = await editor.ApplyAsync(
                config => isFirst ? First(backends) : Beside(config, backends),
                seen: isFirst ? 0 : null,
                new(Actor.Local("demo"), "The routes of --demo", "demo"),
                dryRun: false,
                cancellationToken
            );
            return result switch
            {
                EditResult.Saved or EditResult.Unchanged => new(isFirst ? null : Host, null),
                EditResult.Rejected rejected => new(null, rejected.Problems[0].Message),
                _ => new(null, "somebody else changes the config now; start it again."),
            };
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            // Going on is right: the proxy serves what ran last, and the console says what is wrong.
            return new(null, StoreFaults.SentenceOf(exception));
        }
    }

    private static DemoPlace? Existing(ProxyConfig config, DemoBackends backends)
    {
        var pools = config
            .UpstreamPools.Where(pool => pool.Servers.Any(server => backends.Addresses.Contains(server.Address)))
            .Select(pool => pool.Name)
            .ToHashSet();
        var chat = config.Routes.FirstOrDefault(route =>
            route.Enabled && route.Path == "/chat" && route.Action is RouteAction.Proxy proxy && pools.Contains(proxy.Pool)
        );
        return chat is null || chat.Hosts.Any(host => host != Host) ? null : new(chat.Hosts.FirstOrDefault(), null);
    }

    private static ProxyConfig First(DemoBackends backends) =>
        new()
        {
            UpstreamPools = [Pool("demo", backends)],
            HeaderMaps =
            [
                new()
                {
                    Name = "$connection_upgrade",
                    Source = "$http_upgrade",
                    Default = "upgrade",
                    Rows = [new() { Pattern = "", Value = "close" }],
                },
            ],
            Routes =
            [
                new()
                {
                    Name = "echo",
                    Path = "/echo",
                    Action = new RouteAction.Proxy { Pool = "demo" },
                    RequestHeaders =
                    [
                        new() { Name = "X-Connection-Upgrade", Value = "$connection_upgrade" },
                        new() { Name = "X-Real-IP", Value = "$remote_addr" },
                    ],
                },
                new()
                {
                    Name = "chat",
                    Path = "/chat",
                    Action = new RouteAction.Proxy { Pool = "demo" },
                },
            ],
        };

    private static ProxyConfig Beside(ProxyConfig config, DemoBackends backends)
    {
        var pool = Name("demo", config.UpstreamPools);
        Route Route(string word) =>
            new()
            {
                Name = Name($"demo-{word}", config.Routes),
                Hosts = [Host],
                Path = $"/{word}",
                Action = new RouteAction.Proxy { Pool = pool },
            };
        return config with
        {
            UpstreamPools = config.UpstreamPools.Add(Pool(pool, backends)),
            Routes = [.. config.Routes, Route("echo"), Route("chat")],
        };
    }

    private static string Name(string wanted, IEnumerable<ConfigItem> taken) =>
        taken.Any(item => item.Name.Equals(wanted, StringComparison.OrdinalIgnoreCase)) ? Items.FreeName(wanted, taken) : wanted;

    private static UpstreamPool Pool(string name, DemoBackends backends) =>
        new()
        {
            Name = name,
            Balancing = Balancing.LeastConn,
            Servers = [.. backends.Addresses.Select(address => new UpstreamServer { Address = address })],
        };
}

/// <summary>The host on which the demo's routes are, or why they are missing.</summary>
/// <param name="Host">The host of its routes; null: every host that no other route names.</param>
/// <param name="Problem">Why it has no routes, a sentence; null: it has.</param>
public sealed record DemoPlace(string? Host, string? Problem)
{
    /// <summary>What people are told. <paramref name="proxy"/> is where the proxy listens: <c>http://localhost:8080</c>.</summary>
    public string Sentence(Uri proxy)
    {
        if (Problem is not null)
            return $"no routes were added: {Problem}";
        var at = Host is null ? proxy : new UriBuilder(proxy) { Host = Host }.Uri;
        var start = at.GetLeftPart(UriPartial.Authority);
        return $"{start}/chat/ in two browser windows, or {start}/echo";
    }
}
