using System.Collections.Immutable;
using System.Net;

namespace Appliance.Web.Hosting;

/// <summary>What monitors read at <c>/metrics</c>, and what is sent to a collector by OTLP.</summary>
public sealed record TelemetryOptions
{
    /// <summary>What a scraper sends as <c>Authorization: Bearer</c>. Default null: the console has no metrics.</summary>
    public string? MetricsToken { get; init; }

    /// <summary>Port that has metrics alone; 0 takes a free one. Default null: none.</summary>
    public int? MetricsPort { get; init; }

    /// <summary>The address of that port. Default only this machine.</summary>
    public IPAddress MetricsBind { get; init; } = IPAddress.Loopback;

    /// <summary>The collector. Default null: nothing is sent.</summary>
    public Uri? OtlpEndpoint { get; init; }

    /// <summary>OTLP over gRPC; false: over HTTP, with protobuf. Default true.</summary>
    public bool OtlpIsGrpc { get; init; } = true;

    /// <summary>Headers for the collector: <c>name=value,name=value</c>. Default none.</summary>
    public string? OtlpHeaders { get; init; }

    /// <summary>What is sent. Default all three.</summary>
    public ImmutableHashSet<string> OtlpSignals { get; init; } = ["traces", "metrics", "logs"];

    /// <summary>The share of requests that have a trace, 0 to 1. Default 0.1.</summary>
    public double OtlpSampling { get; init; } = 0.1;
}
