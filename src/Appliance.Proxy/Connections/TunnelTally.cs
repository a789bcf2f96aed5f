using System.Collections.Immutable;
using Appliance.Proxy.Traffic;

namespace Appliance.Proxy.Connections;

/// <summary>
/// Carries a connection's counts over to the counters of its route, pool and server in batches, so that a message costs one counter and not
/// four. Called once a second and once at the end, which may meet: hence the lock.
/// </summary>
internal sealed class TunnelTally(ImmutableArray<ExchangeTraffic> counters)
{
    private readonly Lock _lock = new();
    private ImmutableArray<ExchangeTraffic> _counters = counters;
    private long _messagesIn;
    private long _bytesIn;
    private long _messagesOut;
    private long _bytesOut;

    /// <summary>Where the counts go.</summary>
    public ImmutableArray<ExchangeTraffic> Counters => _counters;

    /// <summary>Adds what passed since the last call, and returns it per second when that was <paramref name="seconds"/> ago.</summary>
    public ConnectionRates Take(LiveConnection connection, double seconds)
    {
        lock (_lock)
        {
            var client = connection.FromClient.Counts;
            var server = connection.FromServer.Counts;
            if (
                client.WireBytes == _bytesIn
                && server.WireBytes == _bytesOut
                && client.Messages == _messagesIn
                && server.Messages == _messagesOut
            )
                return default;
            var per = (float)(1 / Math.Max(seconds, 0.001));
            var rates = new ConnectionRates(
                (client.Messages - _messagesIn) * per,
                (client.WireBytes - _bytesIn) * per,
                (server.Messages - _messagesOut) * per,
                (server.WireBytes - _bytesOut) * per
            );
            foreach (var counter in _counters)
            {
                counter.AddMessages(
                    server.Messages - _messagesOut,
                    server.WireBytes - _bytesOut,
                    client.Messages - _messagesIn,
                    client.WireBytes - _bytesIn
                );
            }

            (_messagesIn, _bytesIn, _messagesOut, _bytesOut) = (client.Messages, client.WireBytes, server.Messages, server.WireBytes);
            return rates;
        }
    }

    /// <summary>
    /// The last time, when the connection is over; returns the counters, and keeps none: how a connection ended is remembered for long, and
    /// would keep what was deleted meanwhile.
    /// </summary>
    public ImmutableArray<ExchangeTraffic> TakeLast(LiveConnection connection)
    {
        lock (_lock)
        {
            Take(connection, 1);
            var known = _counters;
            _counters = [];
            return known;
        }
    }
}
