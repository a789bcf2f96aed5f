namespace Appliance.Proxy.Connections;

/// <summary>The relay that carries a tunnel's bytes, as its connection sees it.</summary>
internal interface ITunnelRelay
{
    /// <summary>
    /// Somebody besides the two ends wants it over; code and reason are in the connection. May come more than once; never waits. Any
    /// thread.
    /// </summary>
    void EndRequested();

    /// <summary>An end may want a ping, or be dead: look at both. Never waits. Any thread.</summary>
    void PingDue();
}
