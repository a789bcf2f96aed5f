using System.Collections.Concurrent;
using Appliance.Proxy.Connections;
using Appliance.Web.Live;

namespace Appliance.Web.Connections;

/// <summary>
/// The open WebSockets as of one second, and the pages of them that somebody asked for. Nothing is read before somebody looks, and twenty
/// people with the same view cost one search.
/// </summary>
public sealed class OpenConnections(Lazy<IReadOnlyList<LiveConnection>> all)
{
    private readonly ConcurrentDictionary<ConnectionQuery, Lazy<ConnectionPage>> _pages = new();

    /// <summary>Those of a view.</summary>
    public static OpenConnections Of(ConsoleView view) => new(view.Sockets);

    /// <summary>What a query finds.</summary>
    public ConnectionPage Page(ConnectionQuery query) =>
        _pages.GetOrAdd(query, asked => new(() => ConnectionPage.Of(all.Value, asked))).Value;
}
