namespace Appliance.Proxy.Dialing;

/// <summary>No connection may go there. The message is a sentence that names the host and says why.</summary>
public sealed class DeniedDestinationException(string message) : HttpRequestException(message);
