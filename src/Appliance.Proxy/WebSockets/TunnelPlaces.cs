using Appliance.Proxy.Connections;
using Appliance.Proxy.Upstreams;

namespace Appliance.Proxy.WebSockets;

/// <summary>
/// What a WebSocket holds while it is admitted, connected and carried: a seat, and the lease of the server that is tried or carries it. The
/// handshake gives both back when it fails; once <see cref="PassOn"/> was called, they belong to the <see cref="TunnelLife"/>, and the
/// handshake's own <see cref="Dispose"/> does nothing any more. Not thread-safe: only one of the two holds it at a time.
/// </summary>
internal sealed class TunnelPlaces(SocketSeat seat) : IDisposable
{
    private ServerLease? _lease;
    private bool _isPassedOn;

    /// <summary>The next server is tried, and its lease kept from here on.</summary>
    public void Take(ServerLease lease) => _lease = lease;

    /// <summary>The server did not take it: its lease is given back, unless a tunnel has it now.</summary>
    public void ReturnLease()
    {
        if (!_isPassedOn)
            _lease?.Dispose();
    }

    /// <summary>From here on, seat and lease live as long as the tunnel. Never throws.</summary>
    public void PassOn() => _isPassedOn = true;

    /// <summary>Gives back what the handshake still holds.</summary>
    public void Dispose()
    {
        if (!_isPassedOn)
            GiveBack();
    }

    /// <summary>
    /// Gives everything back, the lease first, each whatever the other threw. What was given back already is passed over.
    /// </summary>
    public void GiveBack()
    {
        try
        {
            _lease?.Dispose();
        }
        finally
        {
            seat.Dispose();
        }
    }
}
