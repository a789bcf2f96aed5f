namespace Appliance.Data.Figures;

/// <summary>What figures are kept of: the whole proxy, a route, a pool, or a server of a pool.</summary>
/// <param name="Id">The identity of the route or pool; empty: the whole proxy.</param>
/// <param name="Server">The address of the server as configured; empty: the route or the pool itself.</param>
public readonly record struct FigureItem(Guid Id, string Server)
{
    /// <summary>The whole proxy.</summary>
    public static FigureItem Total { get; } = new(Guid.Empty, "");

    /// <summary>A route or a pool.</summary>
    public static FigureItem Of(Guid id) => new(id, "");
}
