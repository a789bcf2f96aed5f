namespace Appliance.Proxy.Forwarding;

/// <summary>What carries plain HTTP to servers.</summary>
public enum ForwarderChoice
{
    /// <summary>Our own forwarder to servers of HTTP/1.1, YARP's to all others. The default.</summary>
    Auto,

    /// <summary>YARP's to all of them.</summary>
    Yarp,
}
