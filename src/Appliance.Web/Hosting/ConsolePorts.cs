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
}
