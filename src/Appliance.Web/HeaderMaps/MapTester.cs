using System.Collections.Frozen;
using System.Collections.Immutable;
using Appliance.Proxy.Config;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Variables;

namespace Appliance.Web.HeaderMaps;

/// <summary>Tries a value on a map as it stands in the form: the very lookup of the request path.</summary>
public static class MapTester
{
    /// <summary>Which row wins for this value of the source, and what comes out. A map that cannot be compiled yet says why.</summary>
    public static MapTrial Try(ProxyConfig config, HeaderMap map, string value)
    {
        var maps = CompiledHeaderMaps.Compile(config.HeaderMaps, CompiledHeaderMaps.Empty, []);
        CompiledHeaderMap compiled;
        try
        {
            compiled = CompiledHeaderMap.Compile(map, maps.Names with { Captures = FrozenSet<string>.Empty });
        }
        catch (FormatException exception)
        {
            return new(null, [], "", $"It can be tried when the rows are right: {exception.Message}");
        }

        try
        {
            var found = compiled.Lookup(HeaderText.FromConfig(value));
            var captures = found.Captures is { } match
                ? match
                    .Groups.Values.Where(group => group.Success)
                    .Select(group => ("$" + group.Name, HeaderText.Shown(group.Value)))
                    .ToImmutableArray()
                : [];
            return new(found.Row, captures, HeaderText.Shown(found.Render(Sample(maps))), null);
        }
        catch (RegexOutOfTimeException slow)
        {
            return new(
                null,
                [],
                "",
                $"The regex {slow.Pattern} ({slow.Place}) takes too long for this value; requests with it are answered 500."
            );
        }
    }

    // Variables in a result read a request; there is none, so they read one without headers.
    private static RequestFacts Sample(CompiledHeaderMaps maps) =>
        new()
        {
            Method = "GET",
            RawTarget = "/",
            Path = RequestPath.TryParse("/") ?? throw new System.Diagnostics.UnreachableException(),
            Protocol = "HTTP/1.1",
            Scheme = "http",
            Headers = new HeaderDictionary { ["Host"] = "example.com" },
            Host = "example.com",
            PeerAddress = System.Net.IPAddress.Parse("192.0.2.10"),
            ClientAddress = System.Net.IPAddress.Parse("192.0.2.10"),
            Maps = maps,
        };
}

/// <summary>The result of trying a value with a map.</summary>
/// <param name="Row">Index of the row, -1 for the default, null when the map cannot be tried.</param>
/// <param name="Captures">What the row's regex captured: <c>$0</c>, <c>$1</c>, <c>$name</c>.</param>
/// <param name="Result">The map's value.</param>
/// <param name="Fault">Why it cannot be tried.</param>
public sealed record MapTrial(int? Row, ImmutableArray<(string Name, string Value)> Captures, string Result, string? Fault);
