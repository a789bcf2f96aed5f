using System.Net;

namespace Appliance.Web.Hosting;

/// <summary>What monitors read at <c>/metrics</c>.</summary>
public sealed record TelemetryOptions
{
    /// <summary>What a scraper sends as <c>Authorization: Bearer</c>. Default null: the console has no metrics.</summary>
    public string? MetricsToken { get; init; }

    /// <summary>Port that has metrics alone; 0 takes a free one. Default null: none.</summary>
    public int? MetricsPort { get; init; }

    /// <summary>The address of that port. Default only this machine.</summary>
    public IPAddress MetricsBind { get; init; } = IPAddress.Loopback;
}
