using System.Collections.Concurrent;
using Appliance.Proxy.Connections;

namespace Appliance.Web.Connections;

/// <summary>
/// The open WebSockets as of one second, and the pages of them that somebody asked for. Nothing is read before somebody looks, and twenty people with the
/// same view cost one search.
/// </summary>
public sealed class OpenConnections(Func<IReadOnlyList<LiveConnection>> read)
{
    private readonly Lazy<IReadOnlyList<LiveConnection>> all = new(read);
    private readonly ConcurrentDictionary<ConnectionQuery, Lazy<ConnectionPage>> pages = new();

    /// <summary>All of them, oldest first.</summary>
    public IReadOnlyList<LiveConnection> All => all.Value;

    /// <summary>What a query finds.</summary>
    public ConnectionPage Page(ConnectionQuery query) => pages.GetOrAdd(query, asked => new(() => ConnectionPage.Of(All, asked))).Value;
}
