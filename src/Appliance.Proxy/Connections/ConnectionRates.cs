namespace Appliance.Proxy.Connections;

/// <summary>What passed in the last second, per second.</summary>
/// <param name="MessagesIn">Messages from the client.</param>
/// <param name="BytesIn">Wire bytes from the client.</param>
/// <param name="MessagesOut">Messages from the server.</param>
/// <param name="BytesOut">Wire bytes from the server.</param>
public readonly record struct ConnectionRates(float MessagesIn, float BytesIn, float MessagesOut, float BytesOut)
{
    /// <summary>Messages both ways.</summary>
    public float Messages => MessagesIn + MessagesOut;

    /// <summary>Bytes both ways.</summary>
    public float Bytes => BytesIn + BytesOut;
}
