namespace Appliance.Proxy.Config;

/// <summary>A config and the number under which it is stored. Number 0 is the empty config before the first save.</summary>
public sealed record ConfigRevision(long Number, ProxyConfig Config)
{
    /// <summary>What an empty database holds.</summary>
    public static ConfigRevision None { get; } = new(0, ProxyConfig.Empty);
}
