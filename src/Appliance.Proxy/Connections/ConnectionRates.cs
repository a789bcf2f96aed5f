namespace Appliance.Proxy.Connections;

/// <summary>The rates of one connection over the last second.</summary>
/// <param name="MessagesIn">Messages from the client.</param>
/// <param name="BytesIn">Wire bytes from the client.</param>
/// <param name="MessagesOut">Messages from the server.</param>
/// <param name="BytesOut">Wire bytes from the server.</param>
public readonly record struct ConnectionRates(float MessagesIn, float BytesIn, float MessagesOut, float BytesOut)
{
    /// <summary>Messages a second, both directions together.</summary>
    public float Messages => MessagesIn + MessagesOut;

    /// <summary>Bytes a second, both directions together.</summary>
    public float Bytes => BytesIn + BytesOut;
}
