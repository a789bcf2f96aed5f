using Microsoft.EntityFrameworkCore;

namespace Appliance.Data.Notices;

/// <summary>The two stores of notices on one database. The master key has <c>32</c> bytes.</summary>
public sealed class NoticeStores(IDbContextFactory<ApplianceDbContext> contexts, byte[] masterKey, TimeProvider time)
{
    /// <summary>What people were told of.</summary>
    public NoticeStore Told { get; } = new(contexts);

    /// <summary>The channels by which they are told.</summary>
    public NoticeChannelStore Channels { get; } = new(contexts, masterKey, time);
}
