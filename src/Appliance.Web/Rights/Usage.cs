using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Appliance.Proxy.Config;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Headers;
using Appliance.Proxy.Items;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Upstreams;

namespace Appliance.Web.Rights;

/// <summary>Who refers to what, and how references follow a rename, a move or a deletion. All pure.</summary>
public static partial class Usage
{
    /// <summary>The routes that send to a pool, or the routes and maps that read a map. A route refers to nothing that refers back.</summary>
    public static IReadOnlyList<ConfigItem> Of(ProxyConfig config, ConfigItem item) => item switch
    {
        UpstreamPool pool => [.. config.Routes.Where(route => route.Action is RouteAction.Proxy proxy && proxy.Pool == pool.Name)],
        HeaderMap map =>
        [
            .. config.Routes.Where(route => Reads(route, map.Name)),
            .. config.HeaderMaps.Where(other => other.Id != map.Id && Reads(other, map.Name)),
        ],
        _ => [],
    };

    /// <summary>Puts an item; when it had another name before, whatever refers to it follows.</summary>
    public static ProxyConfig Put(ProxyConfig config, ConfigItem item)
    {
        var before = Items.Find(config, item.Id);
        var next = before is null || before.Name == item.Name ? config : Redirect(config, before, item.Name);
        return Items.Put(next, item);
    }

    /// <summary>Lets everything that refers to <paramref name="item"/> refer to the item called <paramref name="name"/>.</summary>
    public static ProxyConfig Redirect(ProxyConfig config, ConfigItem item, string name)
    {
        var next = config;
        foreach (var user in Of(config, item))
            next = Items.Put(next, item is UpstreamPool ? WithPool((Route)user, name) : Renamed(user, item.Name, name));
        return next;
    }

    private static Route WithPool(Route route, string pool) => route.Action is RouteAction.Proxy proxy ? route with { Action = proxy with { Pool = pool } } : route;

    private static bool Reads(Route route, string map) => Texts(route).Any(text => Reads(text, map));

    private static bool Reads(HeaderMap reader, string map) =>
        Reads(reader.Source, map) || Reads(reader.Default, map) || reader.Rows.Any(row => Reads(row.Value, map));

    private static bool Reads(string template, string map) => Variable().Matches(template).Any(match => IsThis(match, map));

    private static IEnumerable<string> Texts(Route route) =>
        route.RequestHeaders.Concat(route.ResponseHeaders).Select(rule => rule.Value).Append(route.Action switch
        {
            RouteAction.Redirect redirect => redirect.Location,
            RouteAction.Respond respond => respond.Body,
            _ => "",
        });

    private static ConfigItem Renamed(ConfigItem user, string from, string to)
    {
        string Text(string template) => Variable().Replace(template, match => !IsThis(match, from) ? match.Value : match.Groups["braces"].Success ? "${" + to.TrimStart('$') + "}" : to);
        ImmutableArray<HeaderRule> Rules(ImmutableArray<HeaderRule> rules) => [.. rules.Select(rule => rule with { Value = Text(rule.Value) })];
        return user switch
        {
            Route route => route with
            {
                RequestHeaders = Rules(route.RequestHeaders),
                ResponseHeaders = Rules(route.ResponseHeaders),
                Action = route.Action switch
                {
                    RouteAction.Redirect redirect => redirect with { Location = Text(redirect.Location) },
                    RouteAction.Respond respond => respond with { Body = Text(respond.Body) },
                    _ => route.Action,
                },
            },
            HeaderMap map => map with { Source = Text(map.Source), Default = Text(map.Default), Rows = [.. map.Rows.Select(row => row with { Value = Text(row.Value) })] },
            _ => user,
        };
    }

    private static bool IsThis(Match match, string map) =>
        match.Groups["name"].Success && match.Groups["name"].Value.Equals(map.TrimStart('$'), StringComparison.OrdinalIgnoreCase);

    // "$$" is a dollar sign and swallows the name behind it; a digit is one capture.
    [GeneratedRegex(@"\$\$|\$(?<braces>\{)(?<name>\w+)\}|\$(?<name>[A-Za-z_]\w*|\d)", RegexOptions.ExplicitCapture)]
    private static partial Regex Variable();
}
