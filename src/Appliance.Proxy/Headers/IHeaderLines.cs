namespace Appliance.Proxy.Headers;

/// <summary>
/// Something header rules can be applied to: YARP's outgoing request, the response, the raw lines of a WebSocket handshake.
/// </summary>
public interface IHeaderLines
{
    /// <summary>Replaces every line called <paramref name="name"/> by one.</summary>
    void Set(string name, string value);

    /// <summary>Adds a line behind those of this name.</summary>
    void Append(string name, string value);

    /// <summary>Removes every line called <paramref name="name"/>, ignoring case.</summary>
    void Remove(string name);
}
