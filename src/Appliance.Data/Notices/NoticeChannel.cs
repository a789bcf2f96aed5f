namespace Appliance.Data.Notices;

/// <summary>A channel with its secrets, as notices are sent through it. Never shown.</summary>
/// <param name="Id">The id of the channel.</param>
/// <param name="Settings">Where it leads.</param>
/// <param name="Secrets">Null: they were sealed with another master key, and have to be typed again.</param>
/// <param name="Version">Counts its changes.</param>
/// <param name="UpdatedUtc">When it was changed last, UTC.</param>
/// <param name="UpdatedBy">Who changed it last.</param>
public sealed record NoticeChannel(
    Guid Id,
    ChannelSettings Settings,
    ChannelSecrets? Secrets,
    long Version,
    DateTime UpdatedUtc,
    string UpdatedBy
);
