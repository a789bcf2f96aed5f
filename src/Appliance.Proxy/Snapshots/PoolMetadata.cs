using System.Globalization;
using System.Text.Json;
using Appliance.Proxy.Config;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Upstreams;

namespace Appliance.Proxy.Snapshots;

/// <summary>
/// What a pool's connections are made by, as text that YARP carries from a snapshot to the client of the pool. Defaults are left out.
/// </summary>
internal static class PoolMetadata
{
    private const string Tls = "appliance.tls";
    private const string Idle = "appliance.idle";
    private const string Age = "appliance.age";
    private static readonly UpstreamPool _defaults = new() { Name = "" };

    /// <summary>A pool's settings of connections. Null: all are the defaults.</summary>
    public static IReadOnlyDictionary<string, string>? Of(UpstreamPool pool)
    {
        var metadata = new Dictionary<string, string>();
        if (pool.Tls != _defaults.Tls)
            metadata[Tls] = JsonSerializer.Serialize(pool.Tls, ConfigSerializer.Compact);
        if (pool.KeepAliveTimeout != _defaults.KeepAliveTimeout)
            metadata[Idle] = pool.KeepAliveTimeout.ToString("c", CultureInfo.InvariantCulture);
        if (pool.KeepAliveTime != _defaults.KeepAliveTime)
            metadata[Age] = pool.KeepAliveTime.ToString("c", CultureInfo.InvariantCulture);
        return metadata.Count == 0 ? null : metadata;
    }

    /// <summary>True when connections that were made by the one are right for the other.</summary>
    public static bool AreSame(IReadOnlyDictionary<string, string>? before, IReadOnlyDictionary<string, string>? after) =>
        new[] { Tls, Idle, Age }.All(key => before?.GetValueOrDefault(key) == after?.GetValueOrDefault(key));

    /// <summary>How servers are trusted over TLS. Null: as the defaults say.</summary>
    public static UpstreamTls? TlsOf(IReadOnlyDictionary<string, string>? metadata) =>
        metadata?.GetValueOrDefault(Tls) is { } json ? JsonSerializer.Deserialize<UpstreamTls>(json, ConfigSerializer.Compact) : null;

    /// <summary>How long a connection is kept that nothing uses.</summary>
    public static TimeSpan KeepAliveTimeoutOf(IReadOnlyDictionary<string, string>? metadata) =>
        Span(metadata, Idle, _defaults.KeepAliveTimeout);

    /// <summary>How old a connection may become; zero: any age.</summary>
    public static TimeSpan KeepAliveTimeOf(IReadOnlyDictionary<string, string>? metadata) => Span(metadata, Age, _defaults.KeepAliveTime);

    private static TimeSpan Span(IReadOnlyDictionary<string, string>? metadata, string key, TimeSpan standard) =>
        metadata?.GetValueOrDefault(key) is { } text ? TimeSpan.ParseExact(text, "c", CultureInfo.InvariantCulture) : standard;
}
