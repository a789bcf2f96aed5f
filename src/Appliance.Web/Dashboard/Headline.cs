using System.Collections.Immutable;
using Appliance.Web.Controls;
using Appliance.Web.Live;
using Appliance.Web.Troubles;

namespace Appliance.Web.Dashboard;

/// <summary>Something that the dashboard says before all figures.</summary>
/// <param name="IsBad">Clients get errors; false: other servers take the work.</param>
/// <param name="Sentence">What happened.</param>
/// <param name="Path">The page to look at.</param>
public sealed record Headline(bool IsBad, string Sentence, string Path)
{
    /// <summary>Routes that the proxy runs without, and pools with failing servers; the worst first.</summary>
    public static ImmutableArray<Headline> Of(ConsoleView view)
    {
        var all = new List<Headline>();
        foreach (var (route, sentence) in ConfigTroubles.LeftOut(view))
            all.Add(new(true, sentence, $"/routes/{route.Id}"));
        foreach (var pool in view.Upstreams.Pools.Values.OrderBy(pool => pool.Pool.Name, StringComparer.OrdinalIgnoreCase))
        {
            var failing = UpstreamTroubles.Failing(pool);
            if (failing.Count == 0)
                continue;
            var path = $"/pools/{pool.Pool.Id}";
            all.Add(
                UpstreamTroubles.IsDead(pool)
                    ? new(true, UpstreamTroubles.DeadSentence(pool), path)
                    : new(
                        false,
                        $"Pool {pool.Pool.Name}: {failing.Count} of {Shown.Some(pool.Servers.Length, "server")} "
                            + $"{(failing.Count == 1 ? "is" : "are")} failing ({failing[0].Address}).{UpstreamTroubles.Why(failing[0])}",
                        path
                    )
            );
        }

        return [.. all.OrderByDescending(headline => headline.IsBad)];
    }
}
