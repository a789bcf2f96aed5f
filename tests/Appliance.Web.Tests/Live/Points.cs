using System.Collections.Immutable;
using Appliance.Proxy.Traffic;

namespace Appliance.Web.Tests.Live;

/// <summary>History of traffic that nobody made: one point a second.</summary>
internal static class Points
{
    /// <summary>A whole five minutes, so that buckets of five and ten seconds begin here.</summary>
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>These numbers of requests, a second each, from <paramref name="after"/> seconds after <see cref="Start"/> on.</summary>
    public static ImmutableArray<TrafficPoint> Of(IEnumerable<double> requests, int after = 0) =>
        [.. requests.Select((value, second) => new TrafficPoint { At = Start.AddSeconds(after + second), Requests = (float)value })];
}
