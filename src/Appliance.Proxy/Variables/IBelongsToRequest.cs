namespace Appliance.Proxy.Variables;

/// <summary>A feature of a request that knows its facts.</summary>
public interface IBelongsToRequest
{
    /// <summary>The request as facts.</summary>
    RequestFacts Request { get; }
}
