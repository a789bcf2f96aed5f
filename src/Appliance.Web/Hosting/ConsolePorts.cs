using System.Collections.Immutable;
using Appliance.Proxy;
using Appliance.Web.Startup;

namespace Appliance.Web.Hosting;

/// <summary>The ports that the console listens on.</summary>
/// <param name="Http">Its port for plain http.</param>
/// <param name="Https">Its port for https; null when it does not listen.</param>
/// <param name="Metrics">The port that has metrics alone; null when it does not listen.</param>
internal sealed record ConsolePorts(int Http, int? Https, int? Metrics)
{
    /// <summary>All that there are.</summary>
    public IEnumerable<int> All => new[] { Http, Https, Metrics }.OfType<int>();

    /// <summary>Those of a console that has started.</summary>
    public static ConsolePorts Of(WebApplication console, ApplianceOptions options) =>
        new(
            Listeners.PortOf(console),
            options.ConsoleHttpsPort is null ? null : Listeners.PortOf(console, "https"),
            options.Telemetry.MetricsPort is null ? null : Listeners.PortOf(console, at: 1)
        );

    /// <summary>What listens where, as people read it.</summary>
    public static ImmutableArray<(string Name, string Address)> Shown(ApplianceOptions options, ProxyHost proxy, WebApplication console)
    {
        var ports = Of(console, options);
        (string Name, string? Address)[] all =
        [
            ("Proxy, http", $"{options.Bind}:{proxy.HttpEndPoint.Port}"),
            ("Proxy, https", proxy.HttpsEndPoint is { } https ? $"{options.Bind}:{https.Port}" : "off"),
            ("Console, http", $"{options.ConsoleBind}:{ports.Http}"),
            ("Console, https", ports.Https is { } secure ? $"{options.ConsoleBind}:{secure}" : null),
            ("Metrics", ports.Metrics is { } metrics ? $"{options.Telemetry.MetricsBind}:{metrics}" : null),
            ("Public URL", options.PublicUrl?.GetLeftPart(UriPartial.Authority)),
        ];
        return [.. all.Where(place => place.Address is not null).Select(place => (place.Name, place.Address!))]; // those that have one
    }
}
