using System.Net;
using System.Runtime.InteropServices;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.WebSocketPolicies;

namespace Appliance.Proxy.Connections;

/// <summary>
/// Counts the WebSockets, and the handshakes that may become one, of each route and of each client on it. A handshake takes its seat before
/// a server is asked. Of a thousand handshakes at the same moment, only as many get in as the limit says.
/// </summary>
internal sealed class SocketSeats
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, int> _routes = [];
    private readonly Dictionary<(Guid, IPAddress?), int> _clients = [];

    /// <summary>Takes a seat, or says which limit is full.</summary>
    public (SocketSeat? Seat, HandshakeRefusal Full) Take(Guid route, IPAddress? client, WebSocketPolicy policy)
    {
        lock (_lock)
        {
            ref var onRoute = ref CollectionsMarshal.GetValueRefOrAddDefault(_routes, route, out _);
            ref var ofClient = ref CollectionsMarshal.GetValueRefOrAddDefault(_clients, (route, client), out _);
            if (policy.MaxPerClient > 0 && ofClient >= policy.MaxPerClient)
                return (null, HandshakeRefusal.ClientLimit);
            if (policy.MaxSockets > 0 && onRoute >= policy.MaxSockets)
            {
                if (ofClient == 0)
                    _clients.Remove((route, client));
                return (null, HandshakeRefusal.RouteLimit);
            }

            (onRoute, ofClient) = (onRoute + 1, ofClient + 1);
            return (new SocketSeat(this, route, client), default);
        }
    }

    /// <summary>Gives a seat back; <see cref="SocketSeat"/> does, once.</summary>
    public void Leave(Guid route, IPAddress? client)
    {
        lock (_lock)
        {
            if (--CollectionsMarshal.GetValueRefOrAddDefault(_routes, route, out _) <= 0)
                _routes.Remove(route);
            if (--CollectionsMarshal.GetValueRefOrAddDefault(_clients, (route, client), out _) <= 0)
                _clients.Remove((route, client));
        }
    }
}

/// <summary>One seat of <see cref="SocketSeats"/>; disposing it more than once gives it back once.</summary>
internal sealed class SocketSeat(SocketSeats seats, Guid route, IPAddress? client) : IDisposable
{
    private int _left;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _left, 1) == 0)
            seats.Leave(route, client);
    }
}
