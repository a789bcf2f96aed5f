using Appliance.Data.Notices;

namespace Appliance.Web.Notices.Channels;

/// <summary>A channel as the page shows it: without its secrets.</summary>
/// <param name="Id">The id of the channel.</param>
/// <param name="Settings">Where it leads.</param>
/// <param name="Waiting">Notices that wait for it.</param>
/// <param name="Dropped">Notices that were dropped since the start because too many waited.</param>
/// <param name="Deliveries">The last tries since the start, the newest first.</param>
public sealed record ChannelState(Guid Id, ChannelSettings Settings, int Waiting, int Dropped, IReadOnlyList<Delivery> Deliveries)
{
    /// <summary>False: the secrets were sealed with another master key.</summary>
    public bool HasSecrets { get; init; } = true;
}
