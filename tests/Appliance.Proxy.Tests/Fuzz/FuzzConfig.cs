using System.Collections.Immutable;
using Appliance.Proxy.Config;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Items;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Upstreams;

namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>
/// The config that the positions are made for: for each kind of server one route for each way in which the proxy writes a request.
/// </summary>
internal static class FuzzConfig
{
    private const int MostRounds = 5;

    /// <summary>
    /// The config, and which of its texts the validator has refused: <c>cfg/10</c> is the character of number 10 in a header rule.
    /// </summary>
    public static (ProxyConfig Config, IReadOnlySet<string> Refused) Make(string http, string https, string h2c)
    {
        var config = new ProxyConfig
        {
            Routes = [.. Enum.GetValues<ServerKind>().SelectMany(Routes), .. OwnAnswers()],
            UpstreamPools = [Pool(ServerKind.Http, http), Pool(ServerKind.Https, https), Pool(ServerKind.H2c, h2c)],
            HeaderMaps =
            [
                new()
                {
                    Name = "$mapped",
                    Source = "$http_x_in",
                    Rows =
                    [
                        new()
                        {
                            Kind = HeaderMapRowKind.Regex,
                            Pattern = "^a(?<rest>[\\s\\S]*)z$",
                            Value = "m:$rest",
                        },
                    ],
                    Default = "none",
                },
                .. ConfigPositions.Characters.Select(
                    (character, number) =>
                        new HeaderMap
                        {
                            Name = $"$row{number}",
                            Source = "$http_x_in",
                            Rows = [new() { Pattern = $"k{character}y", Value = $"row {Literal(character)}." }],
                            Default = "none",
                        }
                ),
            ],
        };

        // What a validator refuses cannot go live; what it lets pass must work.
        var refused = new HashSet<string>();
        for (var round = 0; round < MostRounds; round++)
        {
            var errors = new ConfigValidator().Check(ProxyConfig.Empty, config).Errors;
            if (errors.Count == 0)
                return (config, refused);
            var paths = errors.Select(error => error.Path.Split('/')).ToArray();
            HashSet<string> Bad(string kind) => [.. paths.Where(path => path[0] == kind).Select(path => path[1])];
            var (routes, maps) = (Bad("routes"), Bad("headerMaps"));
            if (routes.Count + maps.Count == 0)
                throw new InvalidOperationException(string.Join("\n", errors));
            refused.UnionWith(routes.Select(PartOf));
            config = config with { Routes = Without(config.Routes, routes), HeaderMaps = Without(config.HeaderMaps, maps) };
        }

        throw new InvalidOperationException("The config is never valid.");
    }

    /// <summary>The part and the number out of a path or a name such as <c>cfg/1/10</c>.</summary>
    public static string PartOf(string path)
    {
        var parts = path.Trim('/').Split('/', ' ');
        return $"{parts[0]}/{parts.Skip(1).LastOrDefault(part => int.TryParse(part, out _))}";
    }

    private static ImmutableArray<T> Without<T>(ImmutableArray<T> items, HashSet<string> names)
        where T : ConfigItem => [.. items.Where(item => !names.Contains(item.Name))];

    private static UpstreamPool Pool(ServerKind kind, string address) =>
        new()
        {
            Name = kind.ToString(),
            Servers = [new() { Address = address }],
            Tls = new() { Verify = false },
        };

    private static IEnumerable<Route> Routes(ServerKind kind)
    {
        var key = Placing.KeyOf(kind);
        RouteAction To(string? path = null) => new RouteAction.Proxy { Pool = kind.ToString(), UpstreamPath = path };
        yield return new()
        {
            Name = $"plain {key}",
            Path = $"/{key}/",
            Action = To(),
        };
        yield return new()
        {
            Name = $"replaced {key}",
            Path = $"/r/{key}/",
            Action = To("/up/"),
        };
        yield return new()
        {
            Name = $"ruled {key}",
            Path = $"/v/{key}/",
            Action = To(),
            RequestHeaders = [Rule("X-Rule", "<$http_x_in>"), Rule("X-Map", "$mapped")],
        };
        yield return new()
        {
            Name = $"argument {key}",
            Path = $"/a/{key}/",
            Action = To(),
            RequestHeaders = [Rule("X-Arg", "<$arg_a>")],
        };
        yield return new()
        {
            Name = $"capture {key}",
            Path = $"^/c/{key}/(.*)$",
            PathKind = PathKind.Regex,
            Action = To(),
            RequestHeaders = [Rule("X-Cap", "<$1>"), Rule("X-Uri", "<$uri>")],
        };
        foreach (var (number, character) in ConfigPositions.Characters.Index())
        {
            var text = Rule("X-Cfg", $"<{Literal(character)}>");
            yield return Exact($"cfg {key} {number}", $"/cfg/{key}/{number}", To()) with
            {
                RequestHeaders = [text],
            };
            var row = Rule("X-Row", $"$row{number}");
            yield return Exact($"cfgmap {key} {number}", $"/cfgmap/{key}/{number}", To()) with
            {
                RequestHeaders = [row],
            };
            yield return new()
            {
                Name = $"cfgup {key} {number}",
                Path = $"/cfgup/{key}/{number}/",
                Action = To($"/u{character}v/"),
            };
        }
    }

    private static IEnumerable<Route> OwnAnswers()
    {
        yield return new()
        {
            Name = "red u",
            Path = "/red/u/",
            Action = new RouteAction.Redirect { Location = "https://x.test$uri" },
        };
        var byHeader = new RouteAction.Redirect { Location = "https://x.test/$http_x_in" };
        yield return new()
        {
            Name = "red h",
            Path = "/red/h/",
            Action = byHeader,
        };
        var page = new RouteAction.Respond { Body = "<$http_x_in>" };
        yield return new()
        {
            Name = "res",
            Path = "/res/",
            Action = page,
            ResponseHeaders = [Rule("X-Res", "<$http_x_in>")],
        };
        foreach (var (number, character) in ConfigPositions.Characters.Index())
        {
            var redirect = new RouteAction.Redirect { Location = $"https://x.test/a{Literal(character)}z" };
            yield return Exact($"cfgred {number}", $"/cfgred/{number}", redirect);
            yield return Exact($"cfgres {number}", $"/cfgres/{number}", new RouteAction.Respond { Body = $"<{Literal(character)}>" });
        }
    }

    private static Route Exact(string name, string path, RouteAction action) =>
        new()
        {
            Name = name,
            Path = path,
            PathKind = PathKind.Exact,
            Action = action,
        };

    private static HeaderRule Rule(string name, string value) => new() { Name = name, Value = value };

    private static string Literal(string character) => character == "$" ? "$$" : character;
}
