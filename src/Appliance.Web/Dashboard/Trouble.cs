using System.Collections.Immutable;
using Appliance.Proxy.Upstreams;
using Appliance.Web.Controls;
using Appliance.Web.Live;

namespace Appliance.Web.Dashboard;

/// <summary>Something that the dashboard says before all figures.</summary>
/// <param name="IsBad">Clients get errors; false: other servers take the work.</param>
/// <param name="Sentence">What happened.</param>
/// <param name="Path">The page to look at.</param>
public sealed record Trouble(bool IsBad, string Sentence, string Path)
{
    /// <summary>Routes that the proxy runs without, and pools with failing servers; the worst first.</summary>
    public static ImmutableArray<Trouble> Of(ConsoleView view)
    {
        var all = new List<Trouble>();
        foreach (var problem in view.Report.Problems)
        {
            if (
                problem.Path.Split('/') is ["routes", var name, ..]
                && view.Head.Config.Routes.FirstOrDefault(route => route.Name == name) is { } route
            )
                all.Add(new(true, $"Route {name} is left out: {problem.Message}", $"/routes/{route.Id}"));
        }

        foreach (var pool in view.Upstreams.Pools.Values.OrderBy(pool => pool.Pool.Name, StringComparer.OrdinalIgnoreCase))
        {
            var failing = pool.Servers.Where(server => server.Condition == ServerCondition.Failing).ToList();
            if (failing.Count == 0)
                continue;
            var why = failing[0].LastError is { } error ? " " + error : "";
            var path = $"/pools/{pool.Pool.Id}";
            all.Add(
                IsDead(pool)
                    ? new(true, $"No server of pool {pool.Pool.Name} answers.{why}", path)
                    : new(
                        false,
                        $"Pool {pool.Pool.Name}: {failing.Count} of {Shown.Some(pool.Servers.Length, "server")} "
                            + $"{(failing.Count == 1 ? "is" : "are")} failing ({failing[0].Address}).{why}",
                        path
                    )
            );
        }

        return [.. all.OrderByDescending(trouble => trouble.IsBad)];
    }

    /// <summary>True for a pool of which every server fails or is switched off, and at least one fails.</summary>
    public static bool IsDead(PoolView pool) =>
        pool.Servers.All(server => server.Condition is ServerCondition.Failing or ServerCondition.Down)
        && pool.Servers.Any(server => server.Condition == ServerCondition.Failing);
}
